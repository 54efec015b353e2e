"""The operations on the tenant's policies, its Conditional Access and its access reviews."""

from collections.abc import Callable
from typing import Final

from sandbox.directory import (
    conditional_access,
    cross_tenant,
    guest_policies,
    permits,
    policy_shapes,
    review_shapes,
    reviews,
)
from sandbox.directory.bodies import Body
from sandbox.directory.operations import Operation
from sandbox.directory.refusals import scopes_missing
from sandbox.directory.rows import ALONE, LIST
from sandbox.directory.world import Answer, Call

Act = Callable[[Call], Answer]
Names = tuple[str, ...]
CROSS: Final = "/policies/crossTenantAccessPolicy"
B2B: Final = "/policies/b2bManagementPolicies"
ACCESS: Final = "/identity/conditionalAccess"
REVIEWS: Final = "/identityGovernance/accessReviews/definitions"


def _read(
    path: str, act: Act, allowed: Names, *, many: bool = False, beta: bool = False
) -> Operation:
    version = "beta" if beta else "v1.0"
    return Operation("GET", path, act, allowed, LIST if many else ALONE, version=version)


def _write(
    method: str, path: str, act: Act, allowed: Names, admins: Names, body: Body | None = None
) -> Operation:
    return Operation(method, path, act, allowed, body=body, admins=admins)


def _beta(method: str, path: str, act: Act, allowed: Names, body: Body | None = None) -> Operation:
    only = permits.ONLY_GLOBAL_ADMINISTRATORS
    return Operation(method, path, act, allowed, body=body, version="beta", admins=only)


def _access(
    method: str, path: str, act: Act, body: Body | None = None, *, many: bool = False
) -> Operation:
    reads = method == "GET"
    return Operation(
        method,
        ACCESS + path,
        act,
        permits.READ_ANY_POLICY if reads else permits.WRITE_CONDITIONAL_ACCESS,
        (LIST if many else ALONE) if reads else frozenset(),
        body=body,
        service="protection",
        admins=permits.CONDITIONAL_ACCESS_READERS if reads else permits.CONDITIONAL_ACCESS_ADMINS,
        refusal=scopes_missing,
    )


def _review(
    method: str, path: str, act: Act, body: Body | None = None, *, many: bool = False
) -> Operation:
    reads = method == "GET"
    return Operation(
        method,
        REVIEWS + path,
        act,
        permits.READ_REVIEWS if reads else permits.WRITE_REVIEWS,
        (LIST if many else ALONE) if reads else frozenset(),
        body=body,
        service="governance",
        admins=permits.REVIEW_READERS if reads else permits.REVIEW_ADMINS,
    )


POLICY_ROWS: Final = [
    _write(
        "PATCH",
        "/policies/authorizationPolicy",
        guest_policies.change_authorization_policy,
        permits.WRITE_AUTHORIZATION,
        permits.AUTHORIZATION_ADMINS,
        policy_shapes.AUTHORIZATION,
    ),
    _read(CROSS, cross_tenant.policy, permits.READ_CROSS_TENANT),
    _read(f"{CROSS}/default", cross_tenant.get_default, permits.READ_CROSS_TENANT),
    _write(
        "PATCH",
        f"{CROSS}/default",
        cross_tenant.change_default,
        permits.WRITE_CROSS_TENANT,
        permits.CROSS_TENANT_ADMINS,
        policy_shapes.CROSS_TENANT_DEFAULT,
    ),
    _read(f"{CROSS}/partners", cross_tenant.list_partners, permits.READ_CROSS_TENANT, many=True),
    _read(f"{CROSS}/partners/{{}}", cross_tenant.get_partner, permits.READ_CROSS_TENANT),
    _write(
        "POST",
        f"{CROSS}/partners",
        cross_tenant.add_partner,
        permits.WRITE_CROSS_TENANT,
        permits.CROSS_TENANT_ADMINS,
        policy_shapes.NEW_PARTNER,
    ),
    _write(
        "PATCH",
        f"{CROSS}/partners/{{}}",
        cross_tenant.change_partner,
        permits.WRITE_CROSS_TENANT,
        permits.CROSS_TENANT_ADMINS,
        policy_shapes.PARTNER,
    ),
    _write(
        "DELETE",
        f"{CROSS}/partners/{{}}",
        cross_tenant.delete_partner,
        permits.WRITE_CROSS_TENANT,
        permits.CROSS_TENANT_ADMINS,
    ),
    Operation(
        "GET",
        "/tenantRelationships/findTenantInformationByDomainName(domainName='{}')",
        cross_tenant.tenant_of_domain,
        permits.FIND_TENANTS,
    ),
    _read(B2B, guest_policies.list_b2b, permits.READ_B2B, many=True, beta=True),
    _read(f"{B2B}/{{}}", guest_policies.get_b2b, permits.READ_B2B, beta=True),
    _beta("POST", B2B, guest_policies.add_b2b, permits.WRITE_B2B, policy_shapes.NEW_B2B),
    _beta("PATCH", f"{B2B}/{{}}", guest_policies.change_b2b, permits.WRITE_B2B, policy_shapes.B2B),
    _beta("DELETE", f"{B2B}/{{}}", guest_policies.delete_b2b, permits.WRITE_B2B),
    _read(
        "/policies/externalIdentitiesPolicy",
        guest_policies.external_identities,
        permits.READ_EXTERNAL_IDENTITIES,
        beta=True,
    ),
    _beta(
        "PATCH",
        "/policies/externalIdentitiesPolicy",
        guest_policies.change_external_identities,
        permits.WRITE_EXTERNAL_IDENTITIES,
        policy_shapes.EXTERNAL_IDENTITIES,
    ),
    _read(
        "/policies/identitySecurityDefaultsEnforcementPolicy",
        conditional_access.security_defaults,
        permits.READ_SECURITY_DEFAULTS,
    ),
    _read(
        "/policies/authenticationStrengthPolicies",
        conditional_access.list_strengths,
        permits.READ_STRENGTHS,
        many=True,
    ),
    _access("GET", "/policies", conditional_access.list_policies, many=True),
    _access("GET", "/policies/{}", conditional_access.get_policy),
    _access(
        "POST",
        "/policies",
        conditional_access.add_policy,
        policy_shapes.NEW_CONDITIONAL_ACCESS,
    ),
    _access(
        "PATCH",
        "/policies/{}",
        conditional_access.change_policy,
        policy_shapes.CONDITIONAL_ACCESS,
    ),
    _access("DELETE", "/policies/{}", conditional_access.delete_policy),
    _access("GET", "/namedLocations", conditional_access.list_locations, many=True),
    _review("GET", "", reviews.list_definitions, many=True),
    _review("GET", "/{}", reviews.get_definition),
    _review("POST", "", reviews.add_definition, review_shapes.DEFINITION),
    _review("DELETE", "/{}", reviews.delete_definition),
    _review("GET", "/{}/instances", reviews.list_instances, many=True),
    _review("GET", "/{}/instances/{}", reviews.get_instance),
    _review("GET", "/{}/instances/{}/decisions", reviews.list_decisions, many=True),
]
