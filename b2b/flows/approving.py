"""An operator approves what a night proposed: recorded first, then queued from the record."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from b2b import events
from b2b.domain.errors import Refused, TryLater
from b2b.domain.lifecycle import ActionId, Approval, Proposal, Run, RunId, State
from b2b.domain.lifecycle.approval import MOST, approval_id, oldest_first
from b2b.domain.policy import Policy
from b2b.flows import approving_reasons as reasons
from b2b.flows.approvals import Approvals
from b2b.flows.changing import until_ours
from b2b.flows.sweep import Sweep
from b2b.flows.taking_back import undo_of
from b2b.ports import Clock, Journal, PolicyFile, PolicyNow

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Approved:
    """`queued` guests are worked on now; `waiting` wait for the caps of the coming nights."""

    queued: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approving:
    """Every method raises Refused and TryLater. `by` is the operator's object id."""

    journal: Journal
    sweep: Sweep
    policy: PolicyNow
    policy_file: PolicyFile
    clock: Clock

    async def waiting(self, run: RunId, by: str) -> Sequence[Proposal]:
        """The proposals of a run that nobody has approved yet, the oldest first."""
        await self._checked(run, by)
        return await self._waiting(run)

    async def approve(self, run: RunId, chosen: Collection[ActionId], by: str) -> Approved:
        """Records the approval of the chosen proposals, and queues what the caps allow.

        Asked twice, it is one approval. Without any chosen, what was approved earlier is queued: a
        process may have died after the record.
        """
        await self._checked(run, by)
        if len(chosen) > MOST:
            raise Refused(reasons.too_many(MOST))
        open_ones = {one.action.id for one in await self._waiting(run)}
        ids = frozenset(chosen) & open_ones
        if ids:
            await self._record(run, ids, by)
        if await self.journal.run(undo_of(run)) is not None:  # undone while we recorded
            await self._approvals.withdraw(run)
            raise Refused(reasons.undone(run))
        before = len(await self.journal.actions(run))
        await until_ours(lambda: self._reopen(run))
        queued = len(await self.journal.actions(run)) - before
        return Approved(queued, await self._left(run))

    async def _record(self, run: RunId, ids: frozenset[ActionId], by: str) -> None:
        now = self.clock()
        name = approval_id(run, by, now, ids)
        known = await self.journal.approval(name)
        if known is not None and known.holds(now):
            return
        version = known.version if known else None
        approval = Approval(id=name, run=run, by=by, at=now, proposals=ids, version=version)
        try:
            await self.journal.keep_approval(approval)
        except TryLater as wait:  # the same operator, twice at once
            if wait.reason.code != "changed_meanwhile":
                raise
        facts = {"run": run, "by": by, "approval": name, "guests": len(ids)}
        log.info(events.SWEEP_APPROVED, extra=facts)

    async def _reopen(self, name: RunId) -> None:
        run = await self.journal.run(name)
        assert run is not None
        again = replace(run, state=State.PLANNED, finished=None, approved=self.clock())
        await self.sweep.act(await self.journal.keep_run(again))

    async def _waiting(self, run: RunId) -> Sequence[Proposal]:
        now = self.clock()
        approvals = [one for one in await self._approvals.of(run) if one.holds(now)]
        approved = {one for approval in approvals for one in approval.proposals}
        kept = {action.id for action in await self.journal.actions(run)}
        found = await self._approvals.proposals(run)
        still = [one for one in found if one.needs_approval and one.action.id not in approved]
        return sorted((one for one in still if one.action.id not in kept), key=oldest_first)

    async def _left(self, run: RunId) -> int:
        """How many are approved and not queued yet."""
        now = self.clock()
        approvals = [one for one in await self._approvals.of(run) if one.holds(now)]
        approved = {one for approval in approvals for one in approval.proposals}
        return len(approved - {action.id for action in await self.journal.actions(run)})

    async def _checked(self, name: RunId, by: str) -> None:
        policy = await self.policy()
        if not policy.lifecycle.mode.acts:
            raise Refused(reasons.ONLY_REPORTS)
        run = await self.journal.run(name)
        if run is None:
            raise Refused(reasons.unknown(name))
        if not run.planned or not run.mode.acts:
            raise Refused(reasons.no_plan(run))
        newest = _newest(await self.journal.runs())
        if newest.id != name:
            raise Refused(reasons.not_current(name, newest.id))
        if await self.journal.run(undo_of(name)) is not None:
            raise Refused(reasons.undone(name))
        await self._another_person(policy, by)

    async def _another_person(self, policy: Policy, by: str) -> None:
        if not policy.lifecycle.second_person:
            return
        written = await self.policy_file.written()
        if written.version != policy.version:
            raise Refused(reasons.POLICY_CHANGES)
        if not written.by:
            raise Refused(reasons.WRITER_UNKNOWN)
        if written.by.casefold() == by.casefold():
            raise Refused(reasons.SAME_PERSON)

    @property
    def _approvals(self) -> Approvals:
        return self.sweep.approvals


def _newest(runs: Sequence[Run]) -> Run:
    """The last sweep with a plan; called when there is one."""
    return [run for run in runs if run.planned][-1]
