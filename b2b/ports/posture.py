"""What the audit of the tenant asks for."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from b2b.domain.request import GroupId

if TYPE_CHECKING:  # a cold worker meets every port, and none of the nights' values
    from b2b.domain.activity import Coverage
    from b2b.domain.posture import Tenant


class Inspector(Protocol):
    """Reads the tenant; changes nothing."""

    async def inspect(self, groups: Mapping[GroupId, str], now: datetime) -> "Tenant":
        """Every source but the sign-ins. `groups` are those of the policy, by name.

        A source that cannot be read, or not to its end, is NotReadable: nothing is raised for it,
        and nothing of it is told.
        """


ExportReach = Callable[[], Awaitable["Coverage"]]
"""How far the logs were exported. Raises TryLater."""
