"""The link that redeems an invitation, asked for anew whenever it is needed, and kept nowhere."""

from dataclasses import dataclass
from datetime import timedelta

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import Invitation
from b2b.domain.mail import LeftOut, Letter
from b2b.domain.policy import Admission, UserType
from b2b.domain.request import Delivery
from b2b.flows import mail_reasons as reasons
from b2b.flows.sponsor_mail import about, without
from b2b.ports import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshLink:
    """Inviting a pending guest again answers the same guest, and a link.

    Raises Refused or TryLater.
    """

    directory: Directory

    async def fetch(self, letter: Letter) -> str:
        """Without a mail of Microsoft's, so asking twice does no harm."""
        try:
            return (await self._invite(letter, mail=False)).link
        except TryLater as wait:
            raise TryLater(wait.reason, max(wait.after, timedelta(seconds=1))) from wait

    async def fetch_each(self, letter: Letter) -> tuple[Letter, dict[str, str]]:
        """One for each line, by its key; the letter comes back without the lines that have none.

        Raises the last refusal when no line has one.
        """
        links: dict[str, str] = {}
        left: list[LeftOut] = []
        for line in letter.facts.lines:
            try:
                links[line.key] = await self.fetch(about(letter, line))
            except Refused as refusal:
                last = refusal
                left.append(LeftOut(line.key, refusal.reason.code, refusal.reason.sentence))
        if not links:
            raise last
        return without(letter, left), links

    async def mail(self, letter: Letter) -> None:
        """Microsoft mails a fresh link."""
        await self._invite(letter, mail=True)

    async def _invite(self, letter: Letter, *, mail: bool) -> Invitation:
        facts = letter.facts
        answer = await self.directory.invite(facts.address, "", _as_before(letter), mail=mail)
        if not isinstance(answer, Invitation):
            raise Refused(reasons.NO_LONGER_PENDING)
        if letter.guest is not None and answer.guest != letter.guest:
            raise Refused(reasons.NOT_THIS_GUEST)
        return answer


def _as_before(letter: Letter) -> Admission:
    """Of an admission only what an invitation is made of."""
    return Admission(
        partner=letter.facts.partner,
        groups=(),
        access_packages=(),
        expires_on=None,
        sponsor="",
        redirect_url=letter.facts.redirect_url,
        language=letter.language,
        delivery=Delivery.LINK,
        user_type=UserType.GUEST,
        notes=(),
        policy_version="",
    )
