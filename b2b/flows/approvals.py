"""Proposals of a night, the approvals of them, and the actions that come of both."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    GRAVE,
    Action,
    ActionId,
    Approval,
    Earlier,
    Ending,
    Evidence,
    Fate,
    Finding,
    Kind,
    Proposal,
    Rule,
    Run,
    RunId,
    Subject,
)
from b2b.domain.lifecycle.approval import oldest_first
from b2b.domain.policy import Lifecycle
from b2b.domain.request import Address
from b2b.flows.changing import content_of, pieces
from b2b.ports import Clock, Files, Journal

CONTAINER = "sweeps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Every method raises TryLater when storage is out of reach."""

    journal: Journal
    files: Files
    clock: Clock

    async def keep_proposals(self, run: RunId, proposals: Sequence[Proposal]) -> None:
        """Whole or not at all. The proposals that a run has already stay as they are."""
        body = json.dumps([_json(proposal) for proposal in proposals]).encode()
        try:
            await self.files.replace(CONTAINER, _name(run), "", pieces([body]))
        except TryLater as wait:
            if wait.reason.code != "changed_meanwhile":
                raise

    async def proposals(self, run: RunId) -> Sequence[Proposal]:
        content, _ = await content_of(self.files, CONTAINER, _name(run))
        return [_proposal(run, found) for found in json.loads(content or b"[]")]

    async def earlier(self, runs: Sequence[Run]) -> Earlier:
        """What tonight's plan has to know of the nights before."""
        last = last_acting(runs)
        actions = await self.journal.actions(last.id) if last else ()
        proposals = await self.proposals(last.id) if last else ()
        return Earlier(
            in_vain=frozenset(action.guest for action in actions if not _is_done(action)),
            approved=await self._approved(),
            passed=frozenset(one.subject for one in proposals if one.passed),
        )

    async def _approved(self) -> Mapping[Subject, str]:
        now = self.clock()
        kept = [one for one in await self.journal.approvals() if one.holds(now)]
        return {
            subject: approval.id for approval in kept for subject in await self._subjects(approval)
        }

    async def _subjects(self, approval: Approval) -> Sequence[Subject]:
        proposals = await self.proposals(approval.run)
        return [one.subject for one in proposals if one.action.id in approval.proposals]

    async def lapsed(
        self, runs: Sequence[Run], wanted: Mapping[Subject, object], approved: Mapping[Subject, str]
    ) -> list[Finding]:
        """Tells once of each approval that lapsed before everything in it was done."""
        last, now = last_acting(runs), self.clock()
        since = last.started if last else None
        found = []
        for approval in await self.journal.approvals():
            told = since is not None and approval.lapses <= since
            if approval.withdrawn or told or approval.holds(now):
                continue
            left = [
                subject
                for subject in await self._subjects(approval)
                if subject in wanted and subject not in approved
            ]
            if left:
                found.append(_lapsed(approval, len(left)))
        return found

    async def queue(self, run: Run, terms: Lifecycle) -> None:
        """Keeps the approved proposals of a run as actions, as many as its caps allow."""
        now = self.clock()
        approvals = [one for one in await self.of(run.id) if one.holds(now)]
        if not approvals:
            return
        kept = await self.journal.actions(run.id)
        proposals = await self.proposals(run.id)
        await self.journal.keep_actions(list(_within_caps(proposals, approvals, kept, terms)))

    async def of(self, run: RunId) -> Sequence[Approval]:
        return [one for one in await self.journal.approvals() if one.run == run]

    async def withdraw(self, run: RunId) -> None:
        """Withdraws the approvals of a run, and those by which its actions are done."""
        named = {action.approval for action in await self.journal.actions(run)}
        for approval in await self.journal.approvals():
            if (approval.run == run or approval.id in named) and not approval.withdrawn:
                await self.journal.keep_approval(replace(approval, withdrawn=True))


def last_acting(runs: Sequence[Run]) -> Run | None:
    """The last sweep that did more than report."""
    return next((run for run in reversed(runs) if run.mode.acts and run.guests), None)


def _within_caps(
    proposals: Iterable[Proposal],
    approvals: Sequence[Approval],
    kept: Sequence[Action],
    terms: Lifecycle,
) -> Iterator[Action]:
    """The oldest first. What the run does or did already counts towards its caps."""
    approved = {one: approval.id for approval in approvals for one in approval.proposals}
    known = {action.id for action in kept}
    room = Counter({Kind.BLOCK: terms.block_cap, Kind.REMOVE: terms.remove_cap})
    room.subtract(action.kind for action in kept if action.kind in GRAVE)
    for proposal in sorted(proposals, key=oldest_first):
        action = proposal.action
        if action.id in approved and action.id not in known and room[action.kind] > 0:
            room[action.kind] -= 1
            yield replace(action, approval=approved[action.id])


def _lapsed(approval: Approval, left: int) -> Finding:
    return Finding(
        "approval_lapsed",
        f"{left} guests of run {approval.run}, approved at {approval.at:%Y-%m-%d %H:%M} UTC by "
        f"{approval.by}, were not reached within three nights, so the approval has lapsed. "
        "Approve them again: python -m b2b approve RUN.",
    )


def _is_done(action: Action) -> bool:
    return action.outcome is not None and action.outcome.ending is Ending.DONE


def _name(run: RunId) -> str:
    return f"{run}/proposals.json"


def _json(proposal: Proposal) -> dict[str, Any]:
    action = proposal.action
    return {
        "action": action.id,
        "guest": action.guest,
        "email": action.address,
        "kind": action.kind.value,
        "rule": action.evidence.rule.value,
        "day": action.evidence.day.isoformat(),
        "limit": action.evidence.limit,
        "policyVersion": action.policy_version,
        "fate": proposal.fate.value,
        "passed": proposal.passed,
    }


def _proposal(run: RunId, found: Mapping[str, Any]) -> Proposal:
    day = date.fromisoformat(found["day"])
    action = Action(
        id=ActionId(found["action"]),
        run=run,
        guest=GuestId(found["guest"]),
        address=Address(found["email"]),
        kind=Kind(found["kind"]),
        evidence=Evidence(Rule(found["rule"]), day, found["limit"]),
        policy_version=found["policyVersion"],
    )
    return Proposal(action=action, fate=Fate(found["fate"]), passed=found["passed"])
