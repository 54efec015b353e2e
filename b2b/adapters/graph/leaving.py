"""Guests taken out of one group: who they are first, then one reference after the other.

Always .../members/{id}/$ref: without /$ref the request would delete the person.
https://learn.microsoft.com/graph/api/group-delete-members (read 2026-11-23)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kiota_abstractions.method import Method
from msgraph import GraphServiceClient

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import LARGEST_BATCH, Ask, Graph
from b2b.adapters.graph.errors import translate
from b2b.adapters.graph.groups import why_group_refuses
from b2b.adapters.graph.models import KIND_FIELDS, GraphIds, GraphKind
from b2b.adapters.graph.pacing import Budget
from b2b.domain.access import Membership
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId

NOT_A_GUEST = Reason(
    "member_of_tenant",
    "The account is no guest by now: it is a member, or one of your own tenant's. Nothing was "
    "taken away.",
)
BY_ANOTHER_GROUP = Reason(
    "member_through_another_group",
    "The guest is in this group through another group, which has to be changed by hand.",
)


@dataclass(slots=True)
class Leaving:
    """Taking many guests out of one group; what could not be done gathers in the mappings."""

    graph: Graph
    api: GraphServiceClient
    group: GroupId
    as_members: frozenset[GuestId] = frozenset()
    refused: dict[GuestId, Reason] = field(default_factory=dict)
    later: dict[GuestId, TryLater] = field(default_factory=dict)

    async def remove(self, guests: Sequence[GuestId]) -> Membership:
        """Raises Refused when the group lets nobody go."""
        for start in range(0, len(guests), LARGEST_BATCH):
            try:
                await self._remove_twenty(guests[start : start + LARGEST_BATCH])
            except TryLater as wait:
                done = {*self.refused, *self.later}
                self.later.update({one: wait for one in guests[start:] if one not in done})
                break
        return Membership(self.refused, self.later)

    async def _remove_twenty(self, twenty: Sequence[GuestId]) -> None:
        for guest in await self._guests_among(twenty):
            try:
                await self._leave(guest)
            except TryLater as wait:
                self.later[guest] = wait

    async def _guests_among(self, twenty: Sequence[GuestId]) -> list[GuestId]:
        """Read right before the write. Who is not in the directory is in no group either."""
        asks = [
            Ask(Method.GET, self.api.users.by_user_id(guest), {"$select": KIND_FIELDS})
            for guest in twenty
        ]
        found = []
        for guest, answer in zip(twenty, await self.graph.send_all(asks), strict=True):
            if answer.status == 404:
                continue
            if not answer.ok:
                raise translate(answer)
            refusal = _why_not(answer, as_member=guest in self.as_members)
            if refusal is None:
                found.append(guest)
            else:
                self.refused[guest] = refusal
        return found

    async def _leave(self, guest: GuestId) -> None:
        membership = self.api.groups.by_group_id(self.group).members.by_directory_object_id(guest)
        answer = await self.graph.send(Ask(Method.DELETE, membership.ref))
        if answer.ok:
            return
        if answer.status == 404:
            if await self._is_still_in(guest):
                self.refused[guest] = BY_ANOTHER_GROUP
            return
        error = translate(answer)
        if isinstance(error, Refused):
            reason = await why_group_refuses(self.graph, self.api, self.group)
            raise Refused(reason or error.reason)
        raise error

    async def _is_still_in(self, guest: GuestId) -> bool:
        """No direct member; perhaps one of a group within the group. Unknown groups hold nobody."""
        check = self.api.users.by_user_id(guest).check_member_groups
        body = {"groupIds": [self.group]}
        answer = await self.graph.send(Ask(Method.POST, check, body=body, budget=Budget.READS))
        if answer.status == 404:
            return False
        if not answer.ok:
            raise translate(answer)
        return self.group in answer.read(GraphIds).value


def _why_not(answer: Answer, *, as_member: bool) -> Reason | None:
    """An account that cannot be read is left alone, and holds up no other."""
    try:
        ours = answer.read(GraphKind).is_ours(as_member=as_member)
    except Refused as refusal:
        return refusal.reason
    return None if ours else NOT_A_GUEST
