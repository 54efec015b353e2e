"""Conditional Access: policies, named locations, and strengths of authentication.

https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy, read 2026-11-23.
"""

from typing import Any, Final
from uuid import uuid4

from sandbox.directory.policies import SINCE
from sandbox.directory.policy_shapes import GUEST_KINDS
from sandbox.directory.refusals import Refused, bad
from sandbox.directory.rows import listed, merged, one, with_id
from sandbox.directory.world import Answer, Call

PAGE: Final = "identity/conditionalAccess/policies"
# https://learn.microsoft.com/entra/identity/users/directory-service-limits-restrictions
MOST_POLICIES: Final = 195
WORDS: Final = frozenset({"All", "None", "GuestsOrExternalUsers"})
Row = dict[str, Any]
USERS: Final[Row] = {
    **{name: [] for name in ("includeUsers", "excludeUsers", "includeGroups", "excludeGroups")},
    **{name: [] for name in ("includeRoles", "excludeRoles")},
    "includeGuestsOrExternalUsers": None,
    "excludeGuestsOrExternalUsers": None,
}
APPLICATIONS: Final[Row] = {
    **{name: [] for name in ("includeApplications", "excludeApplications", "includeUserActions")},
    "includeAuthenticationContextClassReferences": [],
    "applicationFilter": None,
}
CONDITIONS: Final[Row] = {
    **{name: [] for name in ("userRiskLevels", "signInRiskLevels", "servicePrincipalRiskLevels")},
    **dict.fromkeys(("insiderRiskLevels", "clientApplications", "platforms")),
    **dict.fromkeys(("locations", "devices", "authenticationFlows")),
    "clientAppTypes": [],
}
GRANTS: Final[Row] = {
    "operator": None,
    **{name: [] for name in ("builtInControls", "customAuthenticationFactors", "termsOfUse")},
    "authenticationStrength": None,
}
STRENGTHS: Final = (
    ("00000000-0000-0000-0000-000000000002", "Multifactor authentication", ["password,sms"]),
    ("00000000-0000-0000-0000-000000000003", "Passwordless MFA", ["windowsHelloForBusiness"]),
    ("00000000-0000-0000-0000-000000000004", "Phishing-resistant MFA", ["fido2"]),
)


def list_policies(call: Call) -> Answer:
    return listed(call, [_shown(call, row) for row in _rows(call)], PAGE)


def get_policy(call: Call) -> Answer:
    return one(call, _shown(call, with_id(_rows(call), call.args[0])), PAGE)


def add_policy(call: Call) -> Answer:
    if len(_rows(call)) >= MOST_POLICIES:
        raise bad(f"The tenant has {MOST_POLICIES} policies, which is the most.", "BadRequest")
    row = {"id": str(uuid4()), "createdDateTime": call.world.stamp()} | call.body
    _sound(call, row)
    _keep(call, [*_rows(call), row])
    return Answer(201, call.context(f"{PAGE}/$entity") | _shown(call, row))


def change_policy(call: Call) -> Answer:
    before = with_id(_rows(call), call.args[0])
    after = merged(before, call.body) | {"modifiedDateTime": call.world.stamp()}
    _sound(call, after)
    _keep(call, [after if row is before else row for row in _rows(call)])
    return Answer(204)


def delete_policy(call: Call) -> Answer:
    gone = with_id(_rows(call), call.args[0])
    _keep(call, [row for row in _rows(call) if row is not gone])
    return Answer(204)


def list_locations(call: Call) -> Answer:
    _licensed(call)
    rows = [
        {"modifiedDateTime": None, "deletedDateTime": None} | row
        for row in call.world.tenant.named_locations
    ]
    return listed(call, rows, "identity/conditionalAccess/namedLocations")


def list_strengths(call: Call) -> Answer:
    return listed(call, _strengths(call), "policies/authenticationStrengthPolicies")


def security_defaults(call: Call) -> Answer:
    row = {
        "id": "00000000-0000-0000-0000-000000000005",
        "deletedDateTime": None,
        "displayName": "Security Defaults",
        "description": "Security defaults is a set of basic identity security mechanisms.",
        "isEnabled": call.world.tenant.security_defaults,
    }
    return one(call, row, "policies/identitySecurityDefaultsEnforcementPolicy")


def _rows(call: Call) -> list[Row]:
    _licensed(call)
    return call.world.tenant.conditional_access


def _licensed(call: Call) -> None:
    if not {"P1", "P2"} & set(call.world.tenant.licences):
        words = "Your tenant is not licensed for this feature."
        raise Refused(403, "AccessDenied", words)


def _keep(call: Call, rows: list[Row]) -> None:
    call.world.tenant = call.world.tenant.changed({"conditionalAccess": rows})


def _strengths(call: Call) -> list[Row]:
    built_in = [
        {
            "id": identity,
            "createdDateTime": SINCE,
            "modifiedDateTime": SINCE,
            "displayName": name,
            "description": None,
            "policyType": "builtIn",
            "requirementsSatisfied": "mfa",
            "allowedCombinations": combinations,
        }
        for identity, name, combinations in STRENGTHS
    ]
    custom = {"policyType": "custom", "requirementsSatisfied": "mfa", "description": None}
    more = {"modifiedDateTime": SINCE, "allowedCombinations": []}
    return [*built_in, *(custom | more | row for row in call.world.tenant.authentication_strengths)]


def _shown(call: Call, row: Row) -> Row:
    conditions = CONDITIONS | row["conditions"]
    conditions["users"] = USERS | conditions["users"]
    conditions["applications"] = APPLICATIONS | conditions["applications"]
    empty = {"sessionControls": None, "modifiedDateTime": None, "templateId": None}
    return empty | row | {"conditions": conditions, "grantControls": _grants(call, row)}


def _grants(call: Call, row: Row) -> Row | None:
    given = row.get("grantControls")
    if given is None:
        return None
    shown: Row = GRANTS | given
    if shown["authenticationStrength"]:
        identity = shown["authenticationStrength"]["id"]
        shown["authenticationStrength"] = with_id(_strengths(call), identity)
    return shown


def _sound(call: Call, row: Row) -> None:
    """Raises Refused (400) for a policy that names nobody, nothing, or what does not exist."""
    users = USERS | row["conditions"]["users"]
    applications = APPLICATIONS | row["conditions"]["applications"]
    grants, sessions = row.get("grantControls"), row.get("sessionControls")
    if not any(value for name, value in users.items() if name.startswith("include")):
        raise bad("1085: Policy includes no users.", "BadRequest")
    if not any(value for name, value in applications.items() if name.startswith("include")):
        raise bad("1016: Policy includes no applications.", "BadRequest")
    if not grants and not sessions:
        raise bad("1024: Policy has no controls.", "BadRequest")
    if grants and not grants.get("operator"):
        raise bad("1017: grantControls has no operator.", "BadRequest")
    if row["state"] == "enabled" and call.world.tenant.security_defaults:
        words = "Security Defaults is enabled in the tenant. You must disable Security defaults "
        raise bad(f"{words}before enabling a Conditional Access policy.", "BadRequest")
    if _risks(row) and "P2" not in call.world.tenant.licences:
        # https://github.com/crossplane-contrib/provider-upjet-azuread/issues/5
        words = "1039: Cannot create or update policies with premium P2 features."
        raise bad(f"{words} Upgrade to a premium P2 license and try again.", "BadRequest")
    _people_exist(call, users)
    _guests_make_sense(users)
    _grants(call, row)


def _risks(row: Row) -> bool:
    conditions = row["conditions"]
    return bool(conditions.get("userRiskLevels") or conditions.get("signInRiskLevels"))


def _people_exist(call: Call, users: Row) -> None:
    for name, known in (("Users", call.store.users), ("Groups", call.store.groups)):
        for identity in (*users[f"include{name}"], *users[f"exclude{name}"]):
            if identity not in WORDS and identity.lower() not in known:
                raise bad(
                    f"1011: Policy contains invalid {name.lower()}: {identity}.", "BadRequest"
                )


def _guests_make_sense(users: Row) -> None:
    for name in ("includeGuestsOrExternalUsers", "excludeGuestsOrExternalUsers"):
        given = users[name]
        if given is None:
            continue
        kinds = {kind.strip() for kind in given["guestOrExternalUserTypes"].split(",")}
        if not kinds <= GUEST_KINDS:
            raise bad(f"Invalid value specified for property '{name}'.", "BadRequest")
        where = given.get("externalTenants") or {}
        if where.get("members") and where.get("membershipKind") != "enumerated":
            raise bad(f"Property 'members' of '{name}' needs enumerated tenants.", "BadRequest")
