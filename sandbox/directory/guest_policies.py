"""Who may invite whom, and what guests may see: the tenant's policies about guests.

https://learn.microsoft.com/graph/api/resources/authorizationpolicy and, in beta only,
https://learn.microsoft.com/graph/api/resources/b2bmanagementpolicy, read 2026-11-23.
"""

import re
from typing import Any, Final
from uuid import uuid4

from sandbox.directory.policies import definition_of, domain_lists, made_up
from sandbox.directory.refusals import bad
from sandbox.directory.rows import listed, merged, one, selected, with_id
from sandbox.directory.world import Answer, Call

LONGEST_DEFINITION: Final = 25_000  # https://learn.microsoft.com/entra/external-id/allow-deny-list
DOMAIN: Final = re.compile(r"([a-z0-9-]+\.)+[a-z0-9-]+\Z", re.IGNORECASE)
PAGE: Final = "policies/b2bManagementPolicies"
Row = dict[str, Any]


def change_authorization_policy(call: Call) -> Answer:
    changes = dict(call.body)
    if not changes:
        raise bad("Empty Payload. JSON content expected.", "BadRequest")
    tenant = call.world.tenant
    settings: dict[str, Any] = {
        name: changes.pop(name)
        for name in ("allowInvitesFrom", "guestUserRoleId")
        if name in changes
    }
    settings["authorization"] = merged(tenant.authorization, changes)
    call.world.tenant = tenant.changed(settings)
    return Answer(204)


def external_identities(call: Call) -> Answer:
    policy = {
        "id": "externalIdentitiesPolicy",
        "deletedDateTime": None,
        "displayName": "External Identities Policy",
        "description": None,
        "allowExternalIdentitiesToLeave": True,
        "allowDeletedIdentitiesDataRemoval": False,
    }
    whole = policy | call.world.tenant.external_identities
    return Answer(200, call.context("policies/externalIdentitiesPolicy") | selected(call, whole))


def change_external_identities(call: Call) -> Answer:
    before = call.world.tenant.external_identities
    call.world.tenant = call.world.tenant.changed({"externalIdentities": before | call.body})
    return Answer(204)


# The list of domains


def list_b2b(call: Call) -> Answer:
    return listed(call, [_shown(row) for row in b2b_policies(call)], PAGE)


def get_b2b(call: Call) -> Answer:
    return one(call, _shown(with_id(b2b_policies(call), call.args[0])), PAGE)


def add_b2b(call: Call) -> Answer:
    row = {"id": str(uuid4()), "isOrganizationDefault": False} | call.body
    _keep(call, [*b2b_policies(call), _sound(row)])
    return Answer(201, call.context(f"{PAGE}/$entity") | _shown(row))


def change_b2b(call: Call) -> Answer:
    rows = b2b_policies(call)
    before = with_id(rows, call.args[0])
    after = _sound(before | call.body)
    _keep(call, [after if row is before else row for row in rows])
    return Answer(204)


def delete_b2b(call: Call) -> Answer:
    rows = b2b_policies(call)
    gone = with_id(rows, call.args[0])
    _keep(call, [row for row in rows if row is not gone])
    return Answer(204)


def b2b_policies(call: Call) -> list[Row]:
    """As they were written, or, when nobody wrote any, as the tenant's domains make them."""
    tenant = call.world.tenant
    if tenant.domain_policies is not None:
        return tenant.domain_policies
    if not tenant.allowed_domains and not tenant.blocked_domains:
        return []
    definition = definition_of(tenant.allowed_domains, tenant.blocked_domains)
    return [
        {
            "id": made_up("b2b"),
            "displayName": "B2BManagementPolicy",
            "definition": [definition],
            "isOrganizationDefault": True,
        }
    ]


def _shown(row: Row) -> Row:
    return {"deletedDateTime": None, "description": None} | row


def _keep(call: Call, rows: list[Row]) -> None:
    if sum(bool(row["isOrganizationDefault"]) for row in rows) > 1:
        raise bad("Only one policy of this type can be the default of the organization.")
    default: Row = next((row for row in rows if row["isOrganizationDefault"]), {})
    lists = domain_lists(default["definition"][0]) if default else {}
    call.world.tenant = call.world.tenant.changed(
        {
            "domainPolicies": rows,
            "allowedDomains": lists.get("AllowedDomains", []),
            "blockedDomains": lists.get("BlockedDomains", []),
        }
    )


def _sound(row: Row) -> Row:
    """Raises Refused (400) unless the definition is one, and short enough."""
    if len(row["definition"]) != 1:
        raise bad("Property definition holds exactly one string.")
    if len(row["definition"][0]) > LONGEST_DEFINITION:
        raise bad("The definition of the policy is longer than 25,000 characters.")
    try:
        lists = domain_lists(row["definition"][0])
    except ValueError as wrong:
        raise bad(f"Property definition has an invalid value: {wrong}.") from wrong
    for name in (name for names in lists.values() for name in names):
        if not isinstance(name, str) or not DOMAIN.match(name):
            raise bad(f"'{name}' is not a domain.")
    return row
