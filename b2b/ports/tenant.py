"""What is asked of the tenant's own settings, and of Azure's, with an administrator's sign-in."""

from collections.abc import Sequence
from typing import Protocol

from b2b.domain.policy import AzureRole
from b2b.domain.tenant import (
    AssignRole,
    Change,
    Collaboration,
    CrossTenant,
    DomainPolicy,
    Held,
    Review,
    Rule,
)


class TenantSettings(Protocol):
    """Reading never writes. Each raises Refused, with what the administrator lacks, or TryLater."""

    async def collaboration(self) -> Collaboration: ...

    async def domain_policy(self) -> DomainPolicy:
        """Raises Refused too when the list that is there cannot be understood."""

    async def cross_tenant(self) -> CrossTenant:
        """Every partner with settings of its own."""

    async def tenant_of(self, domain: str) -> str | None:
        """The tenant that has the domain; None when no tenant has it."""

    async def rules(self) -> Sequence[Rule]:
        """Every Conditional Access policy."""

    async def reviews(self) -> Sequence[Review]:
        """Every access review."""

    async def person(self, address: str) -> str | None:
        """The directory's id of somebody; None when it does not know the address."""

    async def write(self, change: Change) -> None:
        """One change of any kind but a role in Azure. What is already so is written again."""


class AzureRoles(Protocol):
    """Raises Refused or TryLater."""

    async def held(self, wanted: Sequence[AzureRole]) -> Held:
        """What is held of what is wanted; what could not be read is in the remarks."""

    async def assign(self, change: AssignRole) -> None:
        """An assignment that is there already counts as made."""
