"""Right before a mail is written: whether what it tells still holds."""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import DeletedGuest, Guest, Known, Redemption, as_ours
from b2b.domain.mail import LeftOut, Letter, LetterId, MailKind, Stage
from b2b.domain.policy import Policy
from b2b.flows import mail_reasons as reasons
from b2b.flows.sponsor_mail import about, without
from b2b.ports import Directory, Journal, Ledger
from b2b.ports.mail import Outbox

FRESH_PAUSE = timedelta(seconds=15)
LOSS_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StillTrue:
    """`journal` knows who is being brought back, `outbox` who was told of a loss."""

    directory: Directory
    ledger: Ledger
    journal: Journal
    outbox: Outbox

    async def check(self, letter: Letter, policy: Policy) -> Letter:
        """Returns the letter with the lines that still hold. Raises Refused with the reason why
        nothing does, or TryLater."""
        asked_for = letter.kind is MailKind.INVITATION
        back = letter.kind in (MailKind.ACCESS_RESTORED, MailKind.GUESTS_RESTORED)
        # Who was told of a loss is told of the return whatever the policy says by then.
        if not (asked_for or back) and not policy.lifecycle.mode.acts:
            raise Refused(reasons.MODE_IS_REPORT)
        if not letter.kind.collects:
            await self._check(letter)
            return letter
        left_out = []
        for line in letter.facts.lines:
            try:
                await self._check(about(letter, line))
            except Refused as refusal:
                left_out.append(LeftOut(line.key, refusal.reason.code, refusal.reason.sentence))
        shorter = without(letter, left_out)
        _demand(shorter.facts.total > 0)
        return shorter

    async def _check(self, letter: Letter) -> None:
        match letter.kind:
            case MailKind.DIGEST:
                return
            case MailKind.ENDS_SOON | MailKind.GUEST_ENDS_SOON | MailKind.GUESTS_END_SOON:
                await self._ends_then(letter)
            case MailKind.INVITATION | MailKind.REDEEM | MailKind.GUESTS_OPEN:
                _open(await self._known(letter))
            case MailKind.BLOCKED:
                known = await self._known(letter)
                _demand(isinstance(known, Guest) and not known.enabled)
            case MailKind.REMOVED:
                _demand(isinstance(await self._known(letter), DeletedGuest | None))
            case MailKind.ACCESS_RESTORED:
                await self._was_told(letter)
                await self._is_back(letter)
            case MailKind.GUESTS_RESTORED:
                await self._is_back(letter)
            case _:
                assert_never(letter.kind)

    async def _was_told(self, letter: Letter) -> None:
        """Of a block or removal that nobody was told of, nobody is told that it was undone."""
        losses = [await self.outbox.letter(LetterId(one)) for one in letter.facts.losses]
        stages = {loss.stage for loss in losses if loss is not None}
        if Stage.SENT in stages:
            return
        if stages - {Stage.DROPPED}:
            raise TryLater(reasons.LOSS_ON_ITS_WAY, LOSS_PAUSE)
        raise Refused(reasons.LOSS_NOT_TOLD)

    async def _is_back(self, letter: Letter) -> None:
        known = await self._known(letter)
        if isinstance(known, Guest) and known.enabled:
            return
        assert letter.guest is not None
        custody = await self.journal.custody(letter.guest)
        if custody.returning is not None:
            raise TryLater(reasons.RETURN_ON_ITS_WAY, FRESH_PAUSE)
        raise Refused(reasons.NO_LONGER_SO)

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
