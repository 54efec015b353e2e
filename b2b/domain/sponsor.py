"""Who answers for a guest: a colleague in the tenant."""

from dataclasses import dataclass
from typing import NewType

SponsorId = NewType("SponsorId", str)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the tenant. `at_work`: the account is enabled."""

    id: SponsorId
    at_work: bool
