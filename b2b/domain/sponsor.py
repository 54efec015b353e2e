"""Who answers for a guest: a colleague in the tenant."""

from dataclasses import dataclass
from typing import NewType

SponsorId = NewType("SponsorId", str)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the tenant. `at_work`: the account is enabled.

    `unclear`: the directory does not say whether it is a member's, or enabled; then it must not
    be taken for that of somebody who left, and nobody may be given to it.
    """

    id: SponsorId
    at_work: bool
    unclear: bool = False
