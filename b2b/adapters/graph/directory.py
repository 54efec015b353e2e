"""The Directory of the flows, kept by Microsoft Graph."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient

from b2b.adapters.graph import lookup
from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.errors import UNFORESEEN, error_of, translate
from b2b.adapters.graph.kinds import read_kinds
from b2b.adapters.graph.leaving import Leaving
from b2b.adapters.graph.members import Joining, read_members_among
from b2b.adapters.graph.models import USER_FIELDS, GraphInvitation, GraphUser
from b2b.adapters.graph.pacing import Pacing
from b2b.domain.access import AccountKind, Membership
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId, Invitation, Known
from b2b.domain.policy import Admission
from b2b.domain.request import Address, GroupId
from b2b.domain.sponsor import SponsorId

_HOLDER = re.compile(r"object id:?\s*'?([0-9a-f-]{36})", re.IGNORECASE)


class GraphDirectory:
    """`initial_domain` ends the user principal names of guests: tenant.onmicrosoft.com."""

    def __init__(
        self, adapter: RequestAdapter, initial_domain: str, pacing: Pacing | None = None
    ) -> None:
        self._graph = Graph(adapter, pacing)
        self._api = GraphServiceClient(request_adapter=adapter)
        self._initial_domain = initial_domain

    async def find(self, address: Address) -> Known | None:
        return await lookup.find(self._graph, self._api, address, self._initial_domain)

    async def invite(
        self,
        address: Address,
        name: str,
        admission: Admission,
        *,
        mail: bool,
        sponsor: SponsorId | None = None,
    ) -> Invitation | Known:
        body: dict[str, Any] = {
            "invitedUserEmailAddress": address,
            "inviteRedirectUrl": admission.redirect_url,
            "sendInvitationMessage": mail,
            "invitedUserType": admission.user_type,
        }
        if name:
            body["invitedUserDisplayName"] = name
        if mail and admission.language:
            body["invitedUserMessageInfo"] = {"messageLanguage": admission.language}
        answer = await self._post(body, sponsor)
        if answer.ok:
            return _made(answer)
        return await self._holder(answer)

    async def _post(self, body: dict[str, Any], sponsor: SponsorId | None) -> Answer:
        """Where Graph refuses the sponsor the guest is invited without one.

        The reference gives no JSON form of invitedUserSponsors; `[{"id": ...}]` is what programs
        in the field send. docs/decisions/sponsors.md.
        """
        invitations = self._api.invitations
        if sponsor is not None:
            named = body | {"invitedUserSponsors": [{"id": sponsor}]}
            answer = await self._graph.send(Ask(Method.POST, invitations, body=named))
            if not _refuses_sponsor(answer, sponsor):
                return answer
        return await self._graph.send(Ask(Method.POST, invitations, body=body))

    async def kinds(self, accounts: Sequence[GuestId]) -> Mapping[GuestId, AccountKind]:
        return await read_kinds(self._graph, self._api, accounts)

    async def members_among(self, group: GroupId, guests: Sequence[GuestId]) -> frozenset[GuestId]:
        return await read_members_among(self._graph, self._api, group, guests)

    async def remove_members(
        self,
        group: GroupId,
        guests: Sequence[GuestId],
        *,
        as_members: frozenset[GuestId] = frozenset(),
    ) -> Membership:
        return await Leaving(self._graph, self._api, group, as_members).remove(guests)

    async def add_members(self, group: GroupId, guests: Sequence[GuestId]) -> Membership:
        return await Joining(self._graph, self._api, group).add(guests)

    async def _holder(self, answer: Answer) -> Known:
        """The account that the error names as the holder of the address, or that error."""
        named = _HOLDER.search(error_of(answer)[1])
        if named is None:
            raise translate(answer)
        user = self._api.users.by_user_id(named[1])
        found = await self._graph.send(Ask(Method.GET, user, {"$select": USER_FIELDS}))
        if not found.ok:
            reading = translate(found)
            raise reading if isinstance(reading, TryLater) else translate(answer)
        return lookup.as_known(found.read(GraphUser))


def _made(answer: Answer) -> Invitation:
    """The invitation was sent: an answer that tells nothing of it is no reason to send another."""
    try:
        made = answer.read(GraphInvitation)
    except Refused as refusal:
        raise TryLater(refusal.reason, timedelta(seconds=15), unclear=True) from refusal
    return Invitation(GuestId(made.invited_user.id), made.invite_redeem_url or "")


def _refuses_sponsor(answer: Answer, sponsor: SponsorId) -> bool:
    """Also in words that nobody foresaw: of a 400 only what is said of the address is believed."""
    text = error_of(answer)[1].lower()
    if answer.status == 400 and _HOLDER.search(text) is None:
        error = translate(answer)
        return isinstance(error, Refused) and error.reason.code == UNFORESEEN
    return answer.status == 404 and ("sponsor" in text or sponsor in text)
