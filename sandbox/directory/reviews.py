"""Access reviews: definitions, their instances, and what the reviewers decided.

https://learn.microsoft.com/graph/api/resources/accessreviewsv2-overview, read 2026-11-23.
"""

import re
from typing import Any, Final
from uuid import uuid4

from sandbox.directory.policies import SINCE, made_up
from sandbox.directory.refusals import bad, unlicensed
from sandbox.directory.rows import listed, one, with_id
from sandbox.directory.world import Answer, Call, World

PAGE: Final = "identityGovernance/accessReviews/definitions"
GROUP: Final = re.compile(r"/?(?:v1\.0/|beta/)?groups/([0-9a-fA-F-]{36})/")
Row = dict[str, Any]
EMPTY: Final[Row] = {
    **dict.fromkeys(("descriptionForAdmins", "descriptionForReviewers")),
    **dict.fromkeys(("instanceEnumerationScope", "createdBy")),
    **{name: [] for name in ("reviewers", "fallbackReviewers", "stageSettings")},
    "additionalNotificationRecipients": [],
    "lastModifiedDateTime": SINCE,
    "status": "InProgress",
}
SETTINGS: Final[Row] = {
    "mailNotificationsEnabled": False,
    "reminderNotificationsEnabled": False,
    "justificationRequiredOnApproval": False,
    "defaultDecisionEnabled": False,
    "defaultDecision": None,
    "autoApplyDecisionsEnabled": False,
    "recommendationsEnabled": False,
    "recommendationLookBackDuration": None,
    "recommendationInsightSettings": [],
    "decisionHistoriesForReviewersEnabled": False,
    "recurrence": None,
    "applyActions": [],
}
DECISION: Final[Row] = {
    "decision": "NotReviewed",
    "applyResult": "New",
    "recommendation": "NoInfoAvailable",
    "justification": "",
    **dict.fromkeys(("principal", "resource", "principalLink", "resourceLink")),
    **dict.fromkeys(("reviewedBy", "reviewedDateTime", "appliedBy", "appliedDateTime")),
}


def list_definitions(call: Call) -> Answer:
    return listed(call, [_shown(row) for row in _rows(call)], PAGE)


def get_definition(call: Call) -> Answer:
    return one(call, _shown(_definition(call)), PAGE)


def add_definition(call: Call) -> Answer:
    rows = _rows(call)
    _sound(call)
    now = call.world.stamp()
    stamps = {"createdDateTime": now, "lastModifiedDateTime": now}
    row = {"id": str(uuid4())} | stamps | {"status": "NotStarted"} | call.body
    call.world.tenant = call.world.tenant.changed({"accessReviews": [*rows, row]})
    return Answer(201, call.context(f"{PAGE}/$entity") | _shown(row))


def delete_definition(call: Call) -> Answer:
    gone = _definition(call)
    rows = [row for row in _rows(call) if row is not gone]
    call.world.tenant = call.world.tenant.changed({"accessReviews": rows})
    return Answer(204)


def list_instances(call: Call) -> Answer:
    definition = _definition(call)
    rows = [_instance(row) for row in definition.get("instances", ())]
    return listed(call, rows, f"{PAGE}('{definition['id']}')/instances")


def get_instance(call: Call) -> Answer:
    definition = _definition(call)
    row = with_id(definition.get("instances", []), call.args[1])
    return one(call, _instance(row), f"{PAGE}('{definition['id']}')/instances")


def list_decisions(call: Call) -> Answer:
    definition = _definition(call)
    instance = with_id(definition.get("instances", []), call.args[1])
    rows = [DECISION | {"accessReviewId": instance["id"]} | row for row in instance["decisions"]]
    where = f"{PAGE}('{definition['id']}')/instances('{instance['id']}')/decisions"
    return listed(call, rows, where)


def held(world: World, body: Row) -> Row:
    """The panel: a review has met. {"definition": id or name, "instance": ..., "decisions": ...}

    Raises ValueError when there is no such definition.
    """
    rows = world.tenant.access_reviews
    name = body["definition"]
    found = next((row for row in rows if name in (row["id"], row["displayName"])), None)
    if found is None:
        raise ValueError(f"no such access review: {name}")
    before = found.get("instances", [])
    instance: Row = {"id": made_up(f"{found['id']}:{len(before)}")} | body.get("instance", {})
    instance["decisions"] = [
        {"id": made_up(f"{instance['id']}:{number}")} | row
        for number, row in enumerate(body.get("decisions", ()))
    ]
    after = found | {"instances": [*before, instance]}
    changed = [after if row is found else row for row in rows]
    world.tenant = world.tenant.changed({"accessReviews": changed})
    return instance


def _rows(call: Call) -> list[Row]:
    if not {"P2", "Governance"} & set(call.world.tenant.licences):
        raise unlicensed()
    return call.world.tenant.access_reviews


def _definition(call: Call) -> Row:
    return with_id(_rows(call), call.args[0])


def _shown(row: Row) -> Row:
    plain = {name: value for name, value in row.items() if name not in INNER}
    return EMPTY | plain | {"settings": SETTINGS | row["settings"]}


INNER: Final = frozenset({"instances", "modifiedDateTime"})


def _instance(row: Row) -> Row:
    dates = {"startDateTime": SINCE, "endDateTime": SINCE, "status": "InProgress", "scope": None}
    lists: Row = {"reviewers": [], "fallbackReviewers": []}
    return dates | lists | {name: v for name, v in row.items() if name != "decisions"}


def _sound(call: Call) -> None:
    body, settings = call.body, call.body["settings"]
    if settings["instanceDurationInDays"] < 1:
        raise bad("instanceDurationInDays must be at least one day.")
    if settings.get("defaultDecisionEnabled") and not settings.get("defaultDecision"):
        raise bad("defaultDecision is required when defaultDecisionEnabled is true.")
    if "reviewers" not in body and not body.get("stageSettings"):
        raise bad("A value is required for property 'reviewers'.")
    if body["scope"].get("inactiveDuration") and "Governance" not in call.world.tenant.licences:
        raise unlicensed()
    if not body["scope"].get("query") and not body["scope"].get("resourceScopes"):
        raise bad("A value is required for property 'query'.")
    named = GROUP.match(body["scope"].get("query") or "")
    if named is not None:
        call.world.group(named[1])
