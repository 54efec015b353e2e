"""A stay ends now because a service of the partner's asks for it: blocked first, removed later.

The end of the stay is put to yesterday, and from there on it is what the sweep does with every stay
that has ended: the same second look, the same days of grace, the same way back.
"""

import logging
from dataclasses import dataclass, replace
from datetime import date, timedelta

from b2b import events
from b2b.domain.command import Asked
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.happening import LEAVES
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Ending,
    Evidence,
    InBin,
    Kind,
    Resident,
    Rule,
    Run,
    RunId,
    State,
)
from b2b.domain.outcome import Left, NotDone, Outcome
from b2b.domain.policy import Effect, Mode, Policy, serves
from b2b.domain.reason import Reason
from b2b.flows import departure_reasons as reasons
from b2b.flows.braking import Braking
from b2b.flows.departure import Departing
from b2b.flows.promises import stay_ended
from b2b.flows.stay_end import put_back_end
from b2b.ports import Accounts, Clock, Journal, Ledger, PolicyNow

log = logging.getLogger(__name__)

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Farewell:
    """What letting a guest go may touch. It removes nobody: the sweep does, after the grace."""

    accounts: Accounts
    ledger: Ledger
    journal: Journal
    departing: Departing
    braking: Braking
    policy: PolicyNow
    clock: Clock

    async def leave(self, asked: Asked, day: date) -> Outcome:
        """`day` is that of the message, however often it comes. Raises Refused, TryLater."""
        run, name = RunId(f"{LEAVES}{day}"), ActionId(asked.id[:32])
        action = await self.journal.action(run, name)
        if action is None:
            policy, record, guest = await self._allowed(asked)
            if await self._gone_already(guest):
                await self._tell_end(asked, record, min(record.expires_on or day, day - A_DAY))
                await self._end_stay(asked, day)
                return Left(guest)
            await self._reserve_place(asked, record, policy)
            action = await self._decide(run, name, record, policy, day)
        if action.outcome is None:
            await self._end_stay(asked, day)
            await self.departing.depart(run, name)
            action = await self.journal.action(run, name) or action
        return await self._outcome(asked, action)

    async def _allowed(self, asked: Asked) -> tuple[Policy, GuestRecord, GuestId]:
        policy = await self.policy()
        partner = serves(policy, asked.email, asked.sender)
        if isinstance(partner, Reason):
            raise Refused(partner)
        if not policy.lifecycle.mode.acts:
            raise Refused(reasons.ONLY_REPORTS)
        if policy.lifecycle.mode is Mode.APPROVE:
            raise Refused(reasons.NO_LEAVES_WHILE_APPROVING)
        record = await self.ledger.guest(asked.email)
        if record is None or record.guest is None:
            raise Refused(reasons.NOT_MANAGED)
        return policy, record, record.guest

    async def _gone_already(self, guest: GuestId) -> bool:
        """By our own hand: whoever was blocked by others is looked at by others."""
        sighting = await self.accounts.look(guest)
        custody = await self.journal.custody(guest)
        if isinstance(sighting, Resident):
            return not sighting.enabled and custody.block is not None and custody.block.sure
        return isinstance(sighting, InBin) and custody.removal is not None

    async def _reserve_place(self, asked: Asked, record: GuestRecord, policy: Policy) -> None:
        """By the day of our clock, whatever day the message names. Raises Refused, TryLater."""
        passed = await self.braking.reserve_guest(policy, Effect.LEAVE, asked.id, record.partner)
        if passed is not None:
            facts = {"request": asked.id, "effect": Effect.LEAVE.value}
            log.error(events.MESSAGE_HELD, extra=facts)
            raise Refused(reasons.too_many_leaves(passed))

    async def _decide(
        self, run: RunId, name: ActionId, record: GuestRecord, policy: Policy, day: date
    ) -> Action:
        """Kept before anything is done. `detail` is the end that the stay had."""
        assert record.guest is not None
        action = Action(
            id=name,
            run=run,
            guest=record.guest,
            address=record.address,
            kind=Kind.BLOCK,
            evidence=Evidence(Rule.EXPIRED, day - A_DAY, 1),
            policy_version=policy.version,
            detail=record.expires_on.isoformat() if record.expires_on else "",
        )
        await self.journal.keep_run(_run(run, policy, self.clock))
        await self.journal.keep_actions([action])
        return action

    async def _end_stay(self, asked: Asked, day: date) -> None:
        record = await self.ledger.guest(asked.email)
        assert record is not None
        end = min(record.expires_on or day, day - A_DAY)
        if record.expires_on != end or record.correlation != asked.correlation:
            ended = replace(record, expires_on=end, sender=asked.sender)
            await self.ledger.keep_guest(replace(ended, correlation=asked.correlation))

    async def _tell_done(self, asked: Asked, action: Action) -> None:
        record = await self.ledger.guest(asked.email)
        if record is not None and record.guest == action.guest:
            before = date.fromisoformat(action.detail) if action.detail else None
            end = min(before or action.evidence.day, action.evidence.day)
            await self._tell_end(asked, replace(record, expires_on=before), end)

    async def _tell_end(self, asked: Asked, record: GuestRecord, end: date) -> None:
        """`record` has the end of before; what an earlier delivery told stays."""
        if record.expires_on != end:
            await self.ledger.keep_stay(asked.row, stay_ended(record, end, self.clock()))

    async def _outcome(self, asked: Asked, action: Action) -> Outcome:
        assert action.outcome is not None
        if action.outcome.ending is Ending.DONE:
            await self._tell_done(asked, action)
            return Left(action.guest)
        await put_back_end(self.ledger, action)
        reason = action.outcome.reason or reasons.GONE
        return NotDone(reason, action.guest)


def _run(name: RunId, policy: Policy, clock: Clock) -> Run:
    """The day's leaves are one run, so that they can be undone as one."""
    now = clock()
    return Run(
        id=name,
        state=State.DONE,
        mode=Mode.ENFORCE,
        started=now,
        finished=now,
        policy_version=policy.version,
    )
