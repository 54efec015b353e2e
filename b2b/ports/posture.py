"""What the audit of the tenant asks for."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Protocol

from b2b.domain.posture import SignIn, Tenant
from b2b.domain.request import GroupId


class Inspector(Protocol):
    """Reads the tenant; changes nothing."""

    async def inspect(self, groups: Mapping[GroupId, str], now: datetime) -> Tenant:
        """Every source but the sign-ins. `groups` are those of the policy, by name.

        A source that cannot be read, or not to its end, is NotReadable: nothing is raised for it,
        and nothing of it is told.
        """


class SignInLines(Protocol):
    """The sign-ins that `export_activity` has kept."""

    def since(self, moment: datetime) -> AsyncIterator[SignIn]:
        """In any order, perhaps some twice, perhaps some older ones.

        Raises Refused `activity_missing` when none were exported, or none lately, and TryLater.
        """
