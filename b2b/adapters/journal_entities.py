"""How runs, actions and custody lie in table entities."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Approval,
    Custody,
    Ending,
    Evidence,
    Hold,
    Kind,
    Outcome,
    Promise,
    Rule,
    Run,
    RunId,
    State,
)
from b2b.domain.policy import Mode
from b2b.domain.reason import Reason
from b2b.domain.request import Address

Entity = dict[str, Any]
IDS_AT_ONCE = 900
PROMISE_FIELDS = ["guest", "email", "partner", "sponsor", "expires", "since", "asMember"]


def run_entity(run: Run) -> Entity:
    return {
        "PartitionKey": "run",
        "RowKey": run.id,
        "state": run.state.value,
        "mode": run.mode.value,
        "started": run.started,
        "finished": run.finished.isoformat() if run.finished else "",
        "policy": run.policy_version,
        "guests": -1 if run.guests is None else run.guests,
        "managed": run.managed,
        "blocks": run.blocks,
        "removals": run.removals,
        "undoes": run.undoes,
        "approved": run.approved.isoformat() if run.approved else "",
    }


def as_run(entity: Mapping[str, Any], version: str) -> Run:
    return Run(
        id=RunId(entity["RowKey"]),
        state=State(entity["state"]),
        mode=Mode(entity["mode"]),
        started=_moment(entity["started"]),
        finished=datetime.fromisoformat(entity["finished"]) if entity["finished"] else None,
        policy_version=entity["policy"],
        guests=None if entity["guests"] < 0 else entity["guests"],
        managed=entity["managed"],
        blocks=entity["blocks"],
        removals=entity["removals"],
        undoes=entity["undoes"],
        approved=datetime.fromisoformat(when) if (when := entity.get("approved")) else None,
        version=version,
    )


def action_entity(action: Action) -> Entity:
    return {
        "PartitionKey": action.run,
        "RowKey": action.id,
        "guest": action.guest,
        "email": action.address,
        "kind": action.kind.value,
        "rule": action.evidence.rule.value,
        "day": action.evidence.day.isoformat(),
        "limit": action.evidence.limit,
        "policy": action.policy_version,
        "detail": action.detail,
        "approval": action.approval,
        **outcome_fields(action.outcome),
    }


def outcome_fields(outcome: Outcome | None) -> Entity:
    if outcome is None:
        return {"ending": "", "done": "", "code": "", "sentence": ""}
    reason = outcome.reason or Reason("", "")
    return {
        "ending": outcome.ending.value,
        "done": outcome.at.isoformat(),
        "code": reason.code,
        "sentence": reason.sentence[:1000],
    }


def as_action(entity: Mapping[str, Any]) -> Action:
    return Action(
        id=ActionId(entity["RowKey"]),
        run=RunId(entity["PartitionKey"]),
        guest=GuestId(entity["guest"]),
        address=Address(entity["email"]),
        kind=Kind(entity["kind"]),
        evidence=Evidence(Rule(entity["rule"]), date.fromisoformat(entity["day"]), entity["limit"]),
        policy_version=entity["policy"],
        detail=entity["detail"],
        outcome=_outcome(entity),
        approval=entity.get("approval", ""),
    )


def approval_entity(approval: Approval) -> Entity:
    """The ids of the proposals fill as many properties as they need: one holds 32 Ki characters.

    https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
    """
    ids = sorted(approval.proposals)
    parts = [ids[start : start + IDS_AT_ONCE] for start in range(0, len(ids), IDS_AT_ONCE)]
    return {
        "PartitionKey": "approval",
        "RowKey": approval.id,
        "run": approval.run,
        "operator": approval.by,
        "at": approval.at,
        "withdrawn": approval.withdrawn,
        **{f"proposals{number}": ",".join(part) for number, part in enumerate(parts)},
    }


def as_approval(entity: Mapping[str, Any], version: str) -> Approval:
    parts = [str(value) for name, value in entity.items() if name.startswith("proposals")]
    return Approval(
        id=entity["RowKey"],
        run=RunId(entity["run"]),
        by=entity["operator"],
        at=_moment(entity["at"]),
        proposals=frozenset(ActionId(one) for part in parts for one in part.split(",")),
        withdrawn=entity["withdrawn"],
        version=version,
    )


def _outcome(entity: Mapping[str, Any]) -> Outcome | None:
    if not entity["ending"]:
        return None
    reason = Reason(entity["code"], entity["sentence"]) if entity["code"] else None
    return Outcome(Ending(entity["ending"]), datetime.fromisoformat(entity["done"]), reason)


def custody_key(guest: GuestId) -> Entity:
    return {"PartitionKey": sha256(guest.encode()).hexdigest()[:2], "RowKey": guest}


def custody_entity(custody: Custody) -> Entity:
    return {
        **custody_key(custody.guest),
        "block": _hold_text(custody.block),
        "removal": _hold_text(custody.removal),
        "reenabled": _day_text(custody.reenabled_on),
        "returning": custody.returning.isoformat() if custody.returning else "",
        "sponsorless": _day_text(custody.sponsorless_since),
        "reminded": "\n".join(sorted(custody.reminded)),
    }


def as_custody(entity: Mapping[str, Any], version: str) -> Custody:
    return Custody(
        guest=GuestId(entity["RowKey"]),
        block=_hold(entity["block"]),
        removal=_hold(entity["removal"]),
        reenabled_on=_day(entity["reenabled"]),
        returning=datetime.fromisoformat(since) if (since := entity.get("returning")) else None,
        sponsorless_since=_day(entity["sponsorless"]),
        reminded=frozenset(entity["reminded"].split("\n")) - {""},
        version=version,
    )


def as_promise(entity: Mapping[str, Any]) -> Promise:
    return Promise(
        guest=GuestId(entity["guest"]),
        address=Address(entity["email"]),
        since=entity["since"].date(),
        partner=entity["partner"],
        sponsor=entity["sponsor"],
        expires_on=_day(entity["expires"]),
        as_member=bool(entity.get("asMember")),
    )


def _hold_text(hold: Hold | None) -> str:
    if hold is None:
        return ""
    return json.dumps(
        {
            "at": hold.at.isoformat(),
            "run": hold.run,
            "action": hold.action,
            "rule": hold.rule.value,
            "mark": hold.mark,
            "sure": hold.sure,
        }
    )


def _hold(text: str) -> Hold | None:
    if not text:
        return None
    held = json.loads(text)
    return Hold(
        at=datetime.fromisoformat(held["at"]),
        run=RunId(held["run"]),
        action=ActionId(held["action"]),
        rule=Rule(held["rule"]),
        mark=held["mark"],
        sure=held["sure"],
    )


def _day_text(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(value: datetime) -> datetime:
    """The SDK answers a subclass of datetime; a plain one compares and prints as expected."""
    return datetime.fromtimestamp(value.timestamp(), UTC)
