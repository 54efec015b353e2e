"""Everybody of contoso.com is a colleague at work, unless a test says otherwise."""

from asyncio import sleep
from collections.abc import Mapping, Sequence

from b2b.domain.guest import GuestId
from b2b.domain.sponsor import Colleague, SponsorId
from tests.fakes.footing import Footing


class FakeColleagues:
    """`look_ups`: the addresses of each round trip. `links`: sponsors as the directory shows them.

    `gone` and `blocked` hold addresses in small letters.
    """

    def __init__(self, footing: Footing) -> None:
        self.gone: set[str] = set()
        self.blocked: set[str] = set()
        self.look_ups: list[list[str]] = []
        self.links: dict[GuestId, set[SponsorId]] = {}
        self._footing = footing

    async def colleagues(self, addresses: Sequence[str]) -> Mapping[str, Colleague]:
        self.look_ups.append(list(addresses))
        await sleep(0)  # others may come in between, as they do on a wire
        keys = {address.casefold() for address in addresses} - self.gone
        return {
            key: Colleague(SponsorId(f"id-of-{key}"), key not in self.blocked)
            for key in keys
            if key.endswith("@contoso.com")
        }

    async def hand_over(
        self, guest: GuestId, sponsor: SponsorId, instead_of: SponsorId | None
    ) -> None:
        self._footing.tread()
        held = self.links.setdefault(guest, set())
        self.links[guest] = (held - {instead_of} | {sponsor}) if instead_of else held | {sponsor}
        self._footing.tread()
