"""Whether a sponsor is at work, asked of the directory once in a while for the whole process.

A file of ten thousand rows names a handful of sponsors. Whoever asks while a look-up is under
way is looked up together with all others who came meanwhile.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.domain.sponsor import Colleague, SponsorId
from b2b.ports import Clock, Colleagues, SponsorLinks

KNOWN_FOR = timedelta(minutes=10)
MISSING_FOR = timedelta(minutes=1)  # somebody may be mending it
MOST_KNOWN = 10_000
AT_ONCE = 140  # seven in a filter, twenty filters in a batch


@dataclass(slots=True, kw_only=True)
class Sponsoring:
    """Every method raises TryLater, and Refused when the directory cannot be read."""

    colleagues: Colleagues
    links: SponsorLinks
    clock: Clock
    _known: dict[str, tuple[datetime, Colleague | None]] = field(default_factory=dict)
    _wanted: dict[str, None] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def require(self, address: str, *, of_partner: str = "") -> SponsorId:
        """Raises Refused `sponsor_not_found` or `sponsor_blocked` unless they are at work.

        `of_partner`: not the request names them, but the policy for this partner.
        """
        found = await self._find(address)
        if found is None:
            raise Refused(_not_found(address, of_partner))
        if found.unclear:
            raise Refused(_unclear(address, of_partner))
        if not found.at_work:
            raise Refused(_blocked(address, of_partner))
        return found.id

    async def hand_over(self, guest: GuestId, sponsor: str, instead_of: str) -> None:
        """In the directory. Whoever left without a trace has left no link there either."""
        new = await self.require(sponsor)
        old = await self._find(instead_of) if instead_of else None
        gone = old.id if old is not None and old.id != new else None
        await self.links.hand_over(guest, new, gone)

    async def _find(self, address: str) -> Colleague | None:
        key = address.casefold()
        while not self._knows(key):
            self._wanted[key] = None
            async with self._turn:
                if not self._knows(key):
                    await self._look_up(key)
        return self._known[key][1]

    def _knows(self, key: str) -> bool:
        return key in self._known and self.clock() < self._known[key][0]

    async def _look_up(self, key: str) -> None:
        """Together with all others that wait. Raises Refused only for what `key` itself says."""
        names = [key, *(name for name in self._wanted if name != key)][:AT_ONCE]
        try:
            found = await self.colleagues.colleagues(names)
        except Refused:
            if len(names) == 1:
                raise
            # The directory refuses one of them and does not say which.
            names, found = [key], await self.colleagues.colleagues([key])
        finally:
            for name in names:
                self._wanted.pop(name, None)
        self._learn(names, found)

    def _learn(self, names: Sequence[str], found: Mapping[str, Colleague]) -> None:
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        for name in names:
            colleague = found.get(name)
            lasts = KNOWN_FOR if colleague is not None and colleague.at_work else MISSING_FOR
            self._known[name] = (self.clock() + lasts, colleague)


def _not_found(address: str, of_partner: str) -> Reason:
    return Reason(
        "sponsor_not_found",
        f"{_whose(address, of_partner)} is no member of your tenant. {_mend(of_partner)}",
    )


def _unclear(address: str, of_partner: str) -> Reason:
    return Reason(
        "sponsor_unclear",
        f"{_whose(address, of_partner)} has an account of which the directory does not say that it "
        "is a member's, or that it is enabled. Set its user type, or name somebody else.",
    )


def _blocked(address: str, of_partner: str) -> Reason:
    return Reason(
        "sponsor_blocked",
        f"{_whose(address, of_partner)} is blocked from signing in. {_mend(of_partner)}",
    )


def _whose(address: str, of_partner: str) -> str:
    return f"The sponsor {address}" + (f" of {of_partner} in the policy" if of_partner else "")


def _mend(of_partner: str) -> str:
    if of_partner:
        return "Name a sponsor in the request, or ask the owner of the policy to name another."
    return "Give the mail address of a colleague who is at work and answers for the guest."
