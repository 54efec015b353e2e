"""Asks the directory for an invitation, with the sponsor of the guest, or for the link of one."""

from dataclasses import dataclass, replace

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestRecord, Invitation, Known, Standing
from b2b.domain.mail import one_line
from b2b.domain.policy import WriteSponsors
from b2b.domain.request import Delivery
from b2b.domain.sponsor import SponsorId
from b2b.flows.promises import AdmittedRequest
from b2b.flows.sponsoring import Sponsoring
from b2b.ports import Directory, Ledger

LONGEST_NAME = 256  # of a displayName in the directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """What an invitation may touch. Every method raises Refused and TryLater."""

    directory: Directory
    ledger: Ledger
    sponsoring: Sponsoring

    async def sponsor_at_work(self, case: AdmittedRequest) -> SponsorId | None:
        """Of a guest who is new to us. Raises Refused."""
        wish, admission = case.request.wish, case.admission
        if not admission.sponsor:
            return None
        of_partner = "" if wish.sponsor else admission.partner
        return await self.sponsoring.require(admission.sponsor, of_partner=of_partner)

    async def ask(
        self, case: AdmittedRequest, inviting: GuestRecord, sponsor: SponsorId | None
    ) -> Invitation | Known:
        try:
            return await self._invite(case, sponsor)
        except (Refused, TryLater) as failure:
            if not (isinstance(failure, TryLater) and failure.unclear):
                await self.ledger.keep_guest(replace(inviting, standing=Standing.ASKED))
            raise

    async def _invite(self, case: AdmittedRequest, sponsor: SponsorId | None) -> Invitation | Known:
        wish, admission = case.request.wish, case.admission
        writes = case.write_sponsors is not WriteSponsors.NEVER
        return await self.directory.invite(
            wish.email,
            one_line(wish.display_name, LONGEST_NAME),
            admission,
            mail=admission.delivery is Delivery.GRAPH,
            sponsor=sponsor if writes else None,
        )

    async def fetch_link(self, case: AdmittedRequest) -> None:
        """Inviting a pending guest again, without mail, answers their redemption link."""
        wish = case.request.wish
        answer = await self.directory.invite(
            wish.email, one_line(wish.display_name, LONGEST_NAME), case.admission, mail=False
        )
        if isinstance(answer, Invitation):
            await self.ledger.keep_guest_of(case.request.row, answer.guest, answer.link)
