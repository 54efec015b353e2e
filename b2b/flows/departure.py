"""One action of a run is done once, or closed with the reason why not."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from json import dumps
from typing import assert_never

from b2b import events
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.happening import LEAVES
from b2b.domain.lifecycle import (
    GRAVE,
    Action,
    ActionId,
    Custody,
    Ending,
    Hold,
    InBin,
    Kind,
    Outcome,
    Resident,
    Rule,
    RunId,
    Sighting,
)
from b2b.domain.policy import Mode, Policy, WriteSponsors
from b2b.domain.reason import Reason
from b2b.flows import departure_reasons as reasons
from b2b.flows.returning import OURS_WITHIN, Returning, Skip, TellReturn, same_kind
from b2b.flows.second_look import SecondLook
from b2b.flows.sponsoring import Sponsoring
from b2b.flows.stay_end import put_back_end
from b2b.ports import Accounts, Clock, Files, Journal, Ledger, Packages, PolicyNow, Roll

log = logging.getLogger(__name__)

CONTAINER = "departures"
TOLD = frozenset({Kind.BLOCK, Kind.REMOVE})
Tell = Callable[[Action, Policy], Awaitable[None]]
"""Tells people what is done, once, however often it is asked to."""


Remind = Callable[[Action, Policy], Awaitable[Reason | None]]
"""Reminds people. Returns None once a mail went out, or why none did; TryLater in between."""


async def _tell_nobody(action: Action, policy: Policy) -> None:
    del action, policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Departing:
    """What acting on a decision may touch."""

    accounts: Accounts
    roll: Roll
    packages: Packages
    sponsoring: Sponsoring
    journal: Journal
    ledger: Ledger
    files: Files
    policy: PolicyNow
    clock: Clock
    remind: Remind
    tell_return: TellReturn
    tell: Tell = _tell_nobody

    async def depart(self, run: RunId, action: ActionId) -> None:
        """However often it is delivered. Raises TryLater, and Refused for an unknown action."""
        meant = await self.journal.action(run, action)
        if meant is None:
            raise Refused(reasons.UNKNOWN_ACTION)
        if meant.outcome is not None:
            return
        outcome = await self._outcome(meant)
        await self.journal.close_action(run, action, outcome)
        facts = {"run": run, "action": action, "kind": meant.kind, "ending": outcome.ending}
        log.info(events.ACTION_CLOSED, extra=facts)

    async def _outcome(self, action: Action) -> Outcome:
        try:
            remark = await self._do(action)
            return Outcome(Ending.DONE, self.clock(), remark)
        except Skip as skip:
            return Outcome(Ending.SKIPPED, self.clock(), skip.reason)
        except Refused as refusal:
            return Outcome(Ending.REFUSED, self.clock(), refusal.reason)

    async def _do(self, action: Action) -> Reason | None:
        """Answers what there is to remark although it was done."""
        returning = Returning(
            accounts=self.accounts, journal=self.journal, clock=self.clock, tell=self.tell_return
        )
        match action.kind:
            case Kind.BLOCK | Kind.REMOVE | Kind.REMIND | Kind.HAND_OVER:
                return await self._carry_out(action)
            case Kind.ENABLE:
                await self._stay_again(action)
                await returning.enable(action)
            case Kind.RESTORE:
                await returning.restore(action)
            case Kind.REINSTATE:
                await returning.reinstate(action.guest)
            case _:
                assert_never(action.kind)
        return None

    async def _carry_out(self, action: Action) -> Reason | None:
        """Done first, then told: whoever dies in between finds it done, and tells."""
        await self._act(action)
        try:
            if action.kind in TOLD:
                await self.tell(action, await self.policy())
        except Refused as refusal:  # done it is all the same
            return refusal.reason
        return None

    async def _act(self, action: Action) -> None:
        """What this very action did already needs no policy: done it is, whatever that says now."""
        sighting = await self.accounts.look(action.guest)
        custody = await self.journal.custody(action.guest)
        if self._removed_by(action, sighting, custody):
            await self._note_removed(custody)
            return
        resident = _present(sighting)
        if self._blocked_by(action, resident, custody):
            await self._note_blocked(custody)
            return
        if action.kind is Kind.REMIND and action.detail in custody.reminded:
            return
        policy = await self.policy()
        await self._agree(action, resident, custody, policy)
        match action.kind:
            case Kind.BLOCK:
                await self._block(action, resident, custody)
            case Kind.REMOVE:
                await self._remove(action, resident, custody)
            case Kind.HAND_OVER:
                await self._hand_over(action, policy)
            case _:
                await self._remind(action, custody, policy)

    async def _remind(self, action: Action, custody: Custody, policy: Policy) -> None:
        """Noted once a reminder went out. An end that comes nearer has its next reminder; an open
        invitation is tried again night after night, since nobody is blocked who was not told."""
        why = await self.remind(action, policy)
        untold = f"untold.{action.detail}"
        again = untold in custody.reminded
        marks = {untold} if why else {action.detail}
        if action.evidence.rule is Rule.ENDS_SOON:
            marks = {action.detail}
        await self.journal.keep_custody(replace(custody, reminded=custody.reminded | marks))
        if why is not None:
            raise Skip(reasons.not_reminded(why, again=again))

    async def _agree(
        self, action: Action, resident: Resident, custody: Custody, policy: Policy
    ) -> None:
        """Raises Skip unless everything still speaks for the action at this moment."""
        await self._allow(action, policy.lifecycle.mode)
        look = SecondLook(
            accounts=self.accounts, roll=self.roll, packages=self.packages, ledger=self.ledger
        )
        today = self.clock().date()
        objection = await look.objection(action, resident, custody, policy, today)
        if objection is not None:
            raise Skip(objection)

    async def _allow(self, action: Action, mode: Mode) -> None:
        """An approval is read again: it may have lapsed or been withdrawn since it was queued."""
        if not mode.acts:
            raise Skip(reasons.MODE_IS_REPORT)
        if not action.approval:
            if mode is Mode.APPROVE and action.kind in GRAVE:
                raise Skip(reasons.NOT_APPROVED)
            return
        approval = await self.journal.approval(action.approval)
        if approval is None or approval.withdrawn:
            raise Skip(reasons.APPROVAL_WITHDRAWN)
        if not approval.holds(self.clock()):
            raise Skip(reasons.APPROVAL_LAPSED)

    async def _block(self, action: Action, resident: Resident, custody: Custody) -> None:
        hold = self._hold(action, resident.mark)
        intent = replace(custody, block=hold, reenabled_on=None, returning=None)
        done = await self._set_out(action, intent, custody, self.accounts.block)
        await self._note_blocked(done)

    async def _set_out(
        self,
        action: Action,
        intent: Custody,
        before: Custody,
        write: Callable[[GuestId], Awaitable[None]],
    ) -> Custody:
        """The intention is kept first: who dies after it is known to have set out.

        Whoever undoes a run closes its actions and then looks for intentions; we look the other
        way round, so that at least one of us sees the other.
        """
        kept = await self.journal.keep_custody(intent)
        try:
            meant = await self.journal.action(action.run, action.id)
            if meant is None or meant.outcome is not None:
                raise Skip(reasons.CALLED_OFF)
            await write(action.guest)
        except (Refused, Skip):
            await self.journal.keep_custody(replace(before, version=kept.version))
            raise
        return kept

    def _blocked_by(self, action: Action, resident: Resident, custody: Custody) -> bool:
        """This very action did it, in a delivery that died before it was closed."""
        block = custody.block
        if action.kind is not Kind.BLOCK or resident.enabled or block is None:
            return False
        if block.action != action.id or not same_kind(block, resident):
            return False
        if not block.sure and self.clock() - block.at > OURS_WITHIN:
            raise Skip(reasons.BLOCK_UNCLEAR)
        return True

    async def _note_blocked(self, custody: Custody) -> None:
        assert custody.block is not None
        if not custody.block.sure:
            sure = replace(custody.block, sure=True)
            await self.journal.keep_custody(replace(custody, block=sure))

    async def _remove(self, action: Action, resident: Resident, custody: Custody) -> None:
        """What goes along is recorded first; without the record nobody is removed."""
        await self._record(action)
        intent = replace(custody, removal=self._hold(action, resident.mark), returning=None)
        done = await self._set_out(action, intent, custody, self.accounts.remove)
        await self._note_removed(done)

    async def _record(self, action: Action) -> None:
        belongings = await self.accounts.belongings(action.guest)
        record = {
            "run": action.run,
            "action": action.id,
            "guest": action.guest,
            "evidence": str(action.evidence),
            "policyVersion": action.policy_version,
            "at": self.clock().isoformat(),
            **asdict(belongings),
        }
        name = f"{action.run}/{action.id}.json"
        await self.files.write(CONTAINER, name, _once(dumps(record, indent=1).encode()))

    def _removed_by(self, action: Action, sighting: Sighting, custody: Custody) -> bool:
        removal = custody.removal
        mine = removal is not None and removal.action == action.id
        return action.kind is Kind.REMOVE and mine and isinstance(sighting, InBin)

    async def _note_removed(self, custody: Custody) -> None:
        assert custody.removal is not None
        sure = replace(custody.removal, sure=True)
        await self.journal.keep_custody(replace(custody, removal=sure))

    async def _stay_again(self, action: Action) -> None:
        """Of a leave that is undone: what ended by it ends when it would have ended."""
        run = await self.journal.run(action.run)
        if run is not None and run.undoes.startswith(LEAVES):
            left = await self.journal.action(RunId(run.undoes), ActionId(action.detail))
            if left is not None:
                await put_back_end(self.ledger, left)

    async def _hand_over(self, action: Action, policy: Policy) -> None:
        """The directory first: the ledger is what tells that it is still to be done."""
        record = await self.ledger.guest(action.address)
        if record is None:
            raise TryLater(reasons.NOT_MANAGED, timedelta(seconds=5))
        if policy.write_sponsors is WriteSponsors.ALWAYS:
            await self.sponsoring.hand_over(action.guest, action.detail, record.sponsor)
        await self.ledger.keep_guest(replace(record, sponsor=action.detail))

    def _hold(self, action: Action, mark: str) -> Hold:
        return Hold(
            at=self.clock(),
            run=action.run,
            action=action.id,
            rule=action.evidence.rule,
            mark=mark,
        )


def _present(sighting: Sighting) -> Resident:
    if isinstance(sighting, Resident):
        return sighting
    raise Skip(reasons.DELETED if isinstance(sighting, InBin) else reasons.GONE)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
