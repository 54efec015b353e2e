"""Right before a mail is written: whether what it tells still holds."""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import DeletedGuest, Guest, Known, Redemption, as_ours
from b2b.domain.mail import Letter, MailKind
from b2b.domain.policy import Policy
from b2b.flows import mail_reasons as reasons
from b2b.ports import Directory, Ledger

FRESH_PAUSE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class StillTrue:
    directory: Directory
    ledger: Ledger

    async def check(self, letter: Letter, policy: Policy) -> None:
        """Raises Refused with the reason why not, or TryLater."""
        asked_for = letter.kind is MailKind.INVITATION
        if not asked_for and not policy.lifecycle.mode.acts:
            raise Refused(reasons.MODE_IS_REPORT)
        match letter.kind:
            case MailKind.DIGEST:
                return
            case MailKind.ENDS_SOON | MailKind.GUEST_ENDS_SOON:
                await self._ends_then(letter)
            case MailKind.INVITATION | MailKind.REDEEM:
                _open(await self._known(letter))
            case MailKind.BLOCKED:
                known = await self._known(letter)
                _demand(isinstance(known, Guest) and not known.enabled)
            case MailKind.REMOVED:
                _demand(isinstance(await self._known(letter), DeletedGuest | None))
            case _:
                assert_never(letter.kind)

    async def _ends_then(self, letter: Letter) -> None:
        record = await self.ledger.guest(letter.facts.address)
        _demand(record is not None and record.expires_on == letter.facts.until)

    async def _known(self, letter: Letter) -> Known | None:
        record = await self.ledger.guest(letter.facts.address)
        found = await self.directory.find(letter.facts.address)
        known = as_ours(found, record) if found else None
        if known is not None and letter.guest is not None and known.id != letter.guest:
            raise Refused(reasons.NOT_THIS_GUEST)
        return known


def _open(known: Known | None) -> None:
    if known is None:
        raise TryLater(reasons.NOT_SEEN_YET, FRESH_PAUSE)
    pending = isinstance(known, Guest) and known.enabled and known.redemption is Redemption.PENDING
    if not pending:
        raise Refused(reasons.NO_LONGER_PENDING)


def _demand(holds: bool) -> None:
    if not holds:
        raise Refused(reasons.NO_LONGER_SO)
