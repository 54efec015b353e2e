"""What the tenant's policies hold: settings that Graph can change, and so can the panel."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from uuid import NAMESPACE_URL, uuid5

from pydantic import AfterValidator, BaseModel

from sandbox.directory import policy_shapes as shapes
from sandbox.directory import review_shapes as reviews
from sandbox.directory.bodies import Body, Field, check
from sandbox.directory.refusals import Refused

SINCE: Final = "2026-01-01T00:00:00Z"
KEPT: Final = {"id": Field(), "createdDateTime": Field(), "modifiedDateTime": Field()}
INSTANCE: Final[Body] = {**reviews.INSTANCE, "decisions": Field("things", inner=reviews.DECISION)}
DEFINITION: Final[Body] = {
    **reviews.DEFINITION,
    **KEPT,
    "status": Field(),
    "lastModifiedDateTime": Field(),
    "createdBy": Field("object", inner=reviews.NAMED),
    "instances": Field("things", inner=INSTANCE),
}
LOCATION: Final[Body] = {
    **KEPT,
    "displayName": Field(required=True),
    "countriesAndRegions": Field("strings"),
    "countryLookupMethod": Field(),
    "includeUnknownCountriesAndRegions": Field("bool"),
    "ipRanges": Field("things", inner={"cidrAddress": Field()}),
    "isTrusted": Field("bool"),
}
STRENGTH: Final[Body] = {
    **KEPT,
    "displayName": Field(required=True),
    "description": Field(),
    "allowedCombinations": Field("strings"),
    "policyType": Field("string", values=frozenset({"builtIn", "custom"})),
    "requirementsSatisfied": Field("string", values=frozenset({"mfa", "none"})),
}
HOME: Final[Body] = {
    "tenantId": Field(required=True),
    **dict.fromkeys(("displayName", "defaultDomainName", "federationBrandName"), Field()),
}


def made_up(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"sandbox:policy:{name.lower()}"))


def _held(value: Any, body: Body) -> Any:
    try:
        return check(value, body)
    except Refused as refused:
        raise ValueError(refused.message) from refused


def _one(body: Body) -> AfterValidator:
    return AfterValidator(lambda value: _held(value, body))


def _many(body: Body) -> AfterValidator:
    """Each of them as Graph would have taken it, with an id that follows from its name."""
    return AfterValidator(lambda rows: [_with_id(_held(row, body)) for row in rows])


def _with_id(row: dict[str, Any]) -> dict[str, Any]:
    return {"id": made_up(row.get("displayName") or ""), "createdDateTime": SINCE} | row


def _each(body: Body) -> Callable[[list[Any]], list[Any]]:
    return lambda rows: [_held(row, body) for row in rows]


Rows = list[dict[str, Any]]


def _b2b(rows: Rows | None) -> Rows | None:
    body = {**shapes.NEW_B2B, "id": Field(), "deletedDateTime": Field()}
    if rows is None:
        return None
    kept = [{"id": made_up(f"b2b:{n}")} | _held(row, body) for n, row in enumerate(rows)]
    return [{"isOrganizationDefault": False} | row for row in kept]


class Policies(BaseModel):
    """`null` for `domainPolicies` means: follow from `allowedDomains` and `blockedDomains`."""

    authorization: Annotated[dict[str, Any], _one(shapes.AUTHORIZATION)] = {}
    domain_policies: Annotated[Rows | None, AfterValidator(_b2b)] = None
    external_identities: Annotated[dict[str, Any], _one(shapes.EXTERNAL_IDENTITIES)] = {}
    cross_tenant_default: Annotated[dict[str, Any], _one(shapes.CROSS_TENANT_DEFAULT)] = {}
    cross_tenant_partners: Annotated[Rows, AfterValidator(_each(shapes.NEW_PARTNER))] = []
    security_defaults: bool = False
    authentication_strengths: Annotated[Rows, _many(STRENGTH)] = []
    conditional_access: Annotated[Rows, _many({**shapes.NEW_CONDITIONAL_ACCESS, **KEPT})] = []
    named_locations: Annotated[Rows, _many(LOCATION)] = []
    access_reviews: Annotated[Rows, _many(DEFINITION)] = []
    known_tenants: dict[str, Annotated[dict[str, str], _one(HOME)]] = {}  # by domain


def domain_lists(definition: str) -> dict[str, list[str]]:
    """`AllowedDomains` and `BlockedDomains` of a definition. Raises ValueError."""
    whole = json.loads(definition)
    inner = whole.get("B2BManagementPolicy") if isinstance(whole, Mapping) else None
    if not isinstance(inner, Mapping) or set(whole) != {"B2BManagementPolicy"}:
        raise ValueError("the root key is B2BManagementPolicy, and nothing else")
    lists = inner.get("InvitationsAllowedAndBlockedDomainsPolicy") or {}
    unknown = set(lists) - {"AllowedDomains", "BlockedDomains"}
    if unknown or not all(isinstance(value, list) for value in lists.values()):
        raise ValueError("AllowedDomains or BlockedDomains, each a list")
    if lists.get("AllowedDomains") and lists.get("BlockedDomains"):
        raise ValueError("AllowedDomains and BlockedDomains exclude each other")
    return {name: list(value) for name, value in lists.items()}


def definition_of(allowed: list[str], blocked: list[str]) -> str:
    lists = {"AllowedDomains": allowed} if allowed else {"BlockedDomains": blocked}
    inner = {
        "InvitationsAllowedAndBlockedDomainsPolicy": lists,
        "AutoRedeemPolicy": {
            "AdminConsentedForUsersIntoTenantIds": [],
            "NoAADConsentForUsersFromTenantsIds": [],
        },
    }
    return json.dumps({"B2BManagementPolicy": inner}, separators=(",", ":"))
