"""What a census asks for: everybody as the directory lists them, and what counts cost little."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from b2b.domain.census import Enrolled, Picture, Quota
from b2b.domain.guest import GuestId
from b2b.ports.shared import Page

DrawReport = Callable[[Picture], bytes]
"""The picture as one HTML page that needs nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quick:
    """What the directory counts by itself."""

    guests: int
    pending: int
    disabled: int
    new: int  # created within 30 days
    deleted: int


class Register(Protocol):
    """Every guest of the tenant, for a census. Every method raises Refused or TryLater."""

    async def count(self) -> int:
        """How many accounts of guests the directory says there are, agents among them."""

    async def enrolled(self, following: str = "") -> Page[Enrolled]: ...

    async def sign_ins(self, following: str = "") -> Page[tuple[GuestId, date]]:
        """Guests with the newest date of any kind; who has none is left out.

        Raises Refused `not_readable` when licence or permission do not let dates be read.
        """

    async def in_bin(self) -> Sequence[Enrolled]:
        """The guests in the recycle bin."""

    async def quota(self) -> Quota:
        """Raises Refused `not_readable` when the directory does not tell."""

    async def quick(self, today: date) -> Quick:
        """A handful of requests, however large the tenant."""
