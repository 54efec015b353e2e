"""A tenant of the stand-in that is in order for the policy, and the app's own eyes on it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kiota_abstractions.request_adapter import RequestAdapter

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.tenant.inspector import GraphInspector
from b2b.domain.pace import Pace
from b2b.domain.policy import InvitationsFrom, Partner, PartnerDomain, Policy, Posture
from b2b.domain.posture import Result, Tenant, judge
from b2b.domain.request import GroupId
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from sandbox.directory.newcomers import identity_of
from tests.adapters.standin import SCOPE, Token

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
ANN, MIA = "ann@partner.example", "mia@home.example"
ANN_ID, MIA_ID = identity_of(ANN), identity_of(MIA)
PARTNERS = GroupId("00000000-0000-4000-8000-0000000000a1")
ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
# What infra gives the app for this audit, and nothing that writes.
PERMISSIONS = (
    "User.Read.All",
    "GroupMember.Read.All",
    "GroupSettings.Read.All",
    "Application.Read.All",
    "Policy.Read.All",
    "Policy.Read.B2BManagementPolicy",
    "RoleManagement.Read.Directory",
    "AccessReview.Read.All",
    "EntitlementManagement.Read.All",
    "LifecyclePolicies-Guests.Read.All",
    "IdentityRiskyUser.Read.All",
    "IdentityRiskEvent.Read.All",
    "LicenseAssignment.Read.All",
)
POLICY = Policy(
    version="v1",
    own_domains=("home.example",),
    partners=(
        Partner(
            name="Partner",
            domains=(PartnerDomain("partner.example"),),
            groups={"Partners": PARTNERS},
        ),
    ),
    posture=Posture(invitations_from=InvitationsFrom.MEMBERS),
)
USERS = [{"mail": ANN, "displayName": "Ann"}, {"mail": MIA, "userType": "Member"}]
SEED: dict[str, Any] = {
    "users": USERS,
    "groups": [{"id": PARTNERS, "displayName": "Partners", "members": [ANN]}],
}


def rule(**changes: Any) -> dict[str, Any]:
    """A Conditional Access policy that is a pass; `users`, `grant`, `conditions` change parts."""
    guests = {
        "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest",
        "externalTenants": {
            "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
            "membershipKind": "all",
        },
    }
    users = {"includeGuestsOrExternalUsers": guests} | changes.get("users", {})
    conditions = {
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"]},
        "users": {name: value for name, value in users.items() if value is not None},
    }
    grant = {"operator": "OR", "builtInControls": ["mfa"]}
    return {
        "displayName": "MFA for guests",
        "state": changes.get("state", "enabled"),
        "conditions": conditions | changes.get("conditions", {}),
        "grantControls": changes.get("grant", grant),
    }


def review(
    *decisions: dict[str, Any],
    ended: str | None = "2026-11-01T00:00:00Z",
    status: str = "Applied",
    status_of_all: str = "InProgress",
    recurrence: Any = None,
) -> Any:
    instance = {
        "id": "i1",
        "status": status,
        "endDateTime": ended,
        "decisions": [{"id": str(n)} | one for n, one in enumerate(decisions)],
    }
    query = (
        f"/groups/{PARTNERS}/transitiveMembers/microsoft.graph.user/?$filter=(userType eq 'Guest')"
    )
    return {
        "displayName": "Guests of Partners",
        "status": status_of_all,
        "scope": {"query": query, "queryType": "MicrosoftGraph"},
        "settings": {"instanceDurationInDays": 14, "recurrence": recurrence},
        "reviewers": [{"query": f"/groups/{PARTNERS}/owners", "queryType": "MicrosoftGraph"}],
        "instances": [instance] if ended else [],
    }


def until(day: str) -> Any:
    """A review that is held each quarter, for the last time before that day."""
    return {
        "pattern": {"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 1},
        "range": {"type": "endDate", "startDate": "2026-01-01", "endDate": day},
    }


APPROVED = {"decision": "Approve", "applyResult": "AppliedSuccessfully"}
IN_ORDER: dict[str, Any] = {
    "licences": ["P1", "P2", "Governance"],
    "allowInvitesFrom": "adminsGuestInvitersAndAllMembers",
    "guestUserRoleId": "2af84b1e-32c8-42b7-82bc-daa82404023b",
    "allowedDomains": ["partner.example"],
    "conditionalAccess": [rule()],
    "accessReviews": [review(APPROVED)],
    "lifecyclePolicies": [],
}


@dataclass(slots=True)
class Scene:
    directory: Directory
    adapter: RequestAdapter
    inspector: GraphInspector

    async def inspect(self) -> Tenant:
        return await self.inspector.inspect({PARTNERS: "Partners"}, NOW)

    async def judged(self) -> Mapping[str, Result]:
        return {one.finding.id: one for one in judge(await self.inspect(), POLICY)}

    def fails(self, path: str, **how: Any) -> None:
        self.directory.world.faults.rules.append(Fault(method="GET", path=path, **how))

    def asked(self) -> dict[str, int]:
        found = self.directory.world.counters.shown()["byOperation"]
        return {str(name): int(count) for name, count in found.items()}


async def no_pause(_: float) -> None:
    """Nobody waits in a test: what is waited for is tested with a clock of its own."""


def fast() -> Pacing:
    paces = {budget: Pace(rate=10_000, fastest=10_000) for budget in Budget}
    return Pacing(sleep=no_pause, paces=paces)


@asynccontextmanager
async def scene(
    *,
    seed: Mapping[str, Any] | None = None,
    permissions: tuple[str, ...] = PERMISSIONS,
    quotas: bool = False,
    pacing: Pacing | None = None,
    **changes: Any,
) -> AsyncIterator[Scene]:
    """`changes` are settings of the tenant, on top of one that is in order."""
    settings = IN_ORDER | {"quotas": quotas} | changes
    whole = SEED | dict(seed or {}) | {"tenant": settings}
    async with Directory.running(seed=whole) as directory:
        adapter = connect(Token(directory.token(*permissions)), directory.url, SCOPE)
        yield Scene(directory, adapter, GraphInspector(adapter, pacing or fast()))
