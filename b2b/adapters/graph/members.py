"""Guests added to a group twenty at a time, and a refused twenty narrowed by what one read says.

https://learn.microsoft.com/graph/api/group-post-members: members@odata.bind takes 20 and is
all or nothing; one that is a member already, or not known, and none is added.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from kiota_abstractions.method import Method
from msgraph import GraphServiceClient

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import LARGEST_BATCH, Ask, Graph
from b2b.adapters.graph.errors import error_of, translate
from b2b.adapters.graph.groups import why_group_refuses
from b2b.adapters.graph.models import GraphIds
from b2b.adapters.graph.pacing import Budget
from b2b.domain.access import Membership
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId

UNSEEN = TryLater(
    Reason("not_replicated", "The guest is too fresh to be given access."), timedelta(seconds=15)
)


@dataclass(slots=True)
class Joining:
    """Adding many guests to one group; what could not be done gathers in `refused` and `later`."""

    graph: Graph
    api: GraphServiceClient
    group: GroupId
    refused: dict[GuestId, Reason] = field(default_factory=dict)
    later: dict[GuestId, TryLater] = field(default_factory=dict)

    async def add(self, guests: Sequence[GuestId]) -> Membership:
        """Raises Refused when the group takes nobody."""
        for start in range(0, len(guests), LARGEST_BATCH):
            try:
                await self._add_twenty(guests[start : start + LARGEST_BATCH])
            except TryLater as wait:
                self.later.update(dict.fromkeys(guests[start:], wait))
                break
        return Membership(self.refused, self.later)

    async def _add_twenty(self, twenty: Sequence[GuestId]) -> None:
        answer = await self._bind(twenty)
        if answer.ok:
            return
        await self._look_at_group(answer)
        missing = await self._not_yet_members(twenty)
        if missing:
            again = answer if missing == list(twenty) else await self._bind(missing)
            if not again.ok:
                await self._halve(missing, again)

    async def _look_at_group(self, answer: Answer) -> None:
        """Only an answer that speaks of guests is worth narrowing."""
        message = error_of(answer)[1]
        if _about_guests(answer.status, message) and self.group.lower() not in message.lower():
            return
        error = translate(answer)
        if isinstance(error, Refused):
            reason = await why_group_refuses(self.graph, self.api, self.group)
            if reason is None and answer.status == 400:
                return
            raise Refused(reason or error.reason)
        raise error

    async def _not_yet_members(self, twenty: Sequence[GuestId]) -> list[GuestId]:
        """One round trip tells members, strangers and the unseen apart."""
        asks = [_ask_membership(self.api, self.group, guest) for guest in twenty]
        missing = []
        for guest, answer in zip(twenty, await self.graph.send_all(asks), strict=True):
            if answer.status == 404:
                self.later[guest] = UNSEEN
            elif not answer.ok:
                raise translate(answer)
            elif self.group not in answer.read(GraphIds).value:
                missing.append(guest)
        return missing

    async def _halve(self, guests: Sequence[GuestId], answer: Answer) -> None:
        """Neither the answer nor the read says who it is; a pause is no riddle to be solved."""
        error = translate(answer)
        if isinstance(error, TryLater) and answer.status not in (400, 404):
            self.later.update(dict.fromkeys(guests, error))
            return
        if len(guests) == 1:
            self._note(guests[0], answer)
            return
        middle = len(guests) // 2
        for half in (guests[:middle], guests[middle:]):
            again = await self._bind(half)
            if not again.ok:
                await self._halve(half, again)

    def _note(self, guest: GuestId, answer: Answer) -> None:
        if _already_member(error_of(answer)[1]):
            return
        if answer.status == 404:
            self.later[guest] = UNSEEN
            return
        error = translate(answer)
        if isinstance(error, TryLater):
            self.later[guest] = error
        else:
            self.refused[guest] = error.reason

    async def _bind(self, guests: Sequence[GuestId]) -> Answer:
        links = [f"{self.graph.base_url}/directoryObjects/{guest}" for guest in guests]
        group = self.api.groups.by_group_id(self.group)
        return await self.graph.send(Ask(Method.PATCH, group, body={"members@odata.bind": links}))


async def read_members_among(
    graph: Graph, api: GraphServiceClient, group: GroupId, guests: Sequence[GuestId]
) -> frozenset[GuestId]:
    """Twenty in one round trip. An account that the directory does not show is in no group."""
    found: set[GuestId] = set()
    for start in range(0, len(guests), LARGEST_BATCH):
        twenty = guests[start : start + LARGEST_BATCH]
        asks = [_ask_membership(api, group, guest) for guest in twenty]
        for guest, answer in zip(twenty, await graph.send_all(asks), strict=True):
            if answer.ok:
                found |= {guest} if group in answer.read(GraphIds).value else set()
            elif answer.status != 404:
                raise translate(answer)
    return frozenset(found)


def _ask_membership(api: GraphServiceClient, group: GroupId, guest: GuestId) -> Ask:
    check = api.users.by_user_id(guest).check_member_groups
    return Ask(Method.POST, check, body={"groupIds": [group]}, budget=Budget.READS)


def _already_member(message: str) -> bool:
    text = message.lower()
    return "already exist" in text and "'members'" in text


def _about_guests(status: int, message: str) -> bool:
    text = message.lower()
    return status in (400, 404) and (
        _already_member(message) or "does not exist" in text or "valid reference" in text
    )
