"""What another service asks for: its row is opened in the ledger, then the story begins."""

import logging
from dataclasses import dataclass
from datetime import date
from typing import Protocol, assert_never

from b2b import events
from b2b.domain.batch import LedgerRow
from b2b.domain.command import Asked, Command, Ensure, Leaving, Renewal
from b2b.domain.errors import Refused
from b2b.domain.outcome import HeldByBrake, NotDone, Outcome, status_of
from b2b.domain.request import GuestRequest
from b2b.flows import refusals
from b2b.flows.message_brakes import MessageBrakes
from b2b.flows.onboarding import Onboarding
from b2b.flows.renewing import Renewing
from b2b.ports import Ledger, Queues

log = logging.getLogger(__name__)


class LetsGo(Protocol):
    """Ends one stay. Raises Refused and TryLater."""

    async def leave(self, asked: Asked, day: date) -> Outcome: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Every method raises TryLater, and Refused for a message that speaks for another's row."""

    ledger: Ledger
    queues: Queues
    onboarding: Onboarding
    renewing: Renewing
    farewell: LetsGo
    brakes: MessageBrakes

    async def obey(self, command: Command) -> None:
        """However often it is delivered."""
        match command:
            case GuestRequest():
                await self.onboarding.onboard(command)
            case Ensure(asked, request):
                row = await self._open(asked)
                if not await self._held(asked, request, row):
                    await self.onboarding.onboard(request)
            case Renewal(asked):
                row = await self._open(asked)
                if row.outcome is None:
                    await self._close(asked, await self._renewed(command, row))
                else:  # the process may have stopped between closing the row and this
                    await self.queues.publish(asked.row.batch)
            case _:
                assert_never(command)

    async def _held(self, asked: Asked, request: GuestRequest, row: LedgerRow) -> bool:
        """A held request that is sent again is asked anew: the day or the limit may be another."""
        held = isinstance(row.outcome, HeldByBrake)
        if row.outcome is not None and not held:
            return False
        reason = await self.brakes.held(request, asked.sender)
        if reason is None:
            if held:
                await self.ledger.reopen(row)
            return False
        if held:
            await self.queues.publish(asked.row.batch)
        else:
            await self._close(asked, HeldByBrake(reason))
        return True

    async def let_go(self, command: Leaving, day: date) -> None:
        """`day` is that of the message, however often it comes."""
        row = await self._open(command.asked)
        if row.outcome is None:
            await self._close(command.asked, await self._left(command, day))
        else:
            await self.queues.publish(command.asked.row.batch)

    async def _open(self, asked: Asked) -> LedgerRow:
        (row,) = await self.ledger.open_rows([asked.opened()])
        if row.request != asked.id or row.content != asked.content:
            raise Refused(refusals.CORRELATION_REUSED)
        return row

    async def _renewed(self, command: Renewal, row: LedgerRow) -> Outcome:
        try:
            return await self.renewing.renew(command, row)
        except Refused as refusal:
            return NotDone(refusal.reason)

    async def _left(self, command: Leaving, day: date) -> Outcome:
        try:
            return await self.farewell.leave(command.asked, day)
        except Refused as refusal:
            return NotDone(refusal.reason)

    async def _close(self, asked: Asked, outcome: Outcome) -> None:
        await self.ledger.close(asked.row, outcome)
        log.info(events.REQUEST_CLOSED, extra={"request": asked.id, "ending": status_of(outcome)})
        await self.queues.publish(asked.row.batch)
