"""What one tenant has decided and how it behaves; everything here can be changed while it runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from sandbox.directory.policies import Policies
from sandbox.directory.refusals import without_premium
from sandbox.directory.watch_settings import Watched
from sandbox.identity.tokens import SANDBOX_TENANT

Inviters = Literal["none", "adminsAndGuestInviters", "adminsGuestInvitersAndAllMembers", "everyone"]
Licence = Literal["P1", "P2", "Governance"]

PackageEnding = Literal[
    "delivered", "partiallyDelivered", "deliveryFailed", "denied", "canceled", "pendingApproval"
]

LIMITED_GUEST = "10dae51f-b6af-4016-8d66-8c2a99b929b3"


class Tenant(Policies, Watched, BaseModel):
    """Names outside are camelCase: `PUT /sandbox/tenant {"allowInvitesFrom": "none"}`."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", validate_assignment=True
    )

    id: str = SANDBOX_TENANT
    display_name: str = "Sandbox"
    initial_domain: str = "sandbox.onmicrosoft.com"
    verified_domains: list[str] = []
    size: Literal["S", "M", "L"] | None = None  # None: by the number of users

    allow_invites_from: Inviters = "everyone"
    guest_user_role_id: str = LIMITED_GUEST
    allowed_domains: list[str] = []
    blocked_domains: list[str] = []
    cross_tenant_blocked: list[str] = []
    # The reference page lists `+` among the characters an invited address may not have
    # (https://learn.microsoft.com/graph/api/resources/invitation), yet plus-addresses are
    # invited every day: refusing them by default would refuse people that Graph lets in.
    refuse_plus: bool = False

    licences: list[Licence] = ["P1", "P2"]
    object_quota: int = 300_000
    extensions: dict[str, Literal["String", "Boolean", "Integer", "DateTime"]] = {}

    # From asking for an access package to its delivery, and how a delivery ends.
    package_seconds: float = 0.0
    package_ending: PackageEnding = "delivered"

    # Documented of immutable ids, and denied by people who tried: microsoft-graph-docs issue 1533.
    sent_items_keep_ids: bool = True
    latency_ms: float = 0.0
    replication_seconds: float = 0.0
    log_seconds: float = 0.0  # until what happened can be read in a log
    quotas: bool = True
    # https://learn.microsoft.com/graph/throttling: "all requests accrue against your usage limits".
    throttled_requests_count: bool = True
    budgets: dict[str, int] = Field(default_factory=dict)  # name of a budget -> another limit

    def domains(self) -> list[str]:
        return [self.initial_domain, *self.verified_domains]

    @property
    def premium(self) -> bool:
        return bool({"P1", "P2"} & set(self.licences))

    def needs_premium(self) -> None:
        """Raises Refused (403) without a licence that includes the log of sign-ins."""
        if not self.premium:
            raise without_premium()

    def changed(self, changes: dict[str, object]) -> "Tenant":
        """A tenant with these settings instead. Raises pydantic's ValidationError."""
        lists = {"allowedDomains", "blockedDomains", "allowed_domains", "blocked_domains"}
        if lists & changes.keys():
            changes = {"domainPolicies": None} | changes
        return Tenant.model_validate(self.model_dump(by_alias=True) | changes)
