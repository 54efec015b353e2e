"""Cross-tenant access: what every other tenant may do, and what single ones may.

https://learn.microsoft.com/graph/api/resources/crosstenantaccesspolicy-overview, read 2026-11-23.
"""

import json
from typing import Any, Final
from uuid import UUID

from sandbox.directory.refusals import Refused, bad, missing
from sandbox.directory.rows import listed, one, selected, with_id
from sandbox.directory.world import Answer, Call

PAGE: Final = "policies/crossTenantAccessPolicy"
# https://learn.microsoft.com/entra/external-id/troubleshoot: the policy may be 25 KB long.
LONGEST: Final = 25 * 1024
Row = dict[str, Any]


def _targets(access: str) -> Row:
    def of(target: str, kind: str) -> Row:
        return {"accessType": access, "targets": [{"target": target, "targetType": kind}]}

    return {
        "usersAndGroups": of("AllUsers", "user"),
        "applications": of("AllApplications", "application"),
    }


def _default() -> Row:
    return {
        "id": "default",
        "isServiceDefault": True,
        "b2bCollaborationInbound": _targets("allowed"),
        "b2bCollaborationOutbound": _targets("allowed"),
        "b2bDirectConnectInbound": _targets("blocked"),
        "b2bDirectConnectOutbound": _targets("blocked"),
        "inboundTrust": {
            "isMfaAccepted": False,
            "isCompliantDeviceAccepted": False,
            "isHybridAzureADJoinedDeviceAccepted": False,
        },
        "automaticUserConsentSettings": {"inboundAllowed": False, "outboundAllowed": False},
        "tenantRestrictions": {"devices": None} | _targets("blocked"),
        "invitationRedemptionIdentityProviderConfiguration": {
            "primaryIdentityProviderPrecedenceOrder": [
                *("azureActiveDirectory", "externalFederation", "socialIdentityProviders")
            ],
            "fallbackIdentityProvider": "defaultConfiguredIdp",
        },
    }


INHERITED: Final[Row] = {
    "isServiceProvider": None,
    "isInMultiTenantOrganization": False,
    "b2bCollaborationInbound": None,
    "b2bCollaborationOutbound": None,
    "b2bDirectConnectInbound": None,
    "b2bDirectConnectOutbound": None,
    "inboundTrust": None,
    "automaticUserConsentSettings": {"inboundAllowed": None, "outboundAllowed": None},
    "tenantRestrictions": None,
}


def policy(call: Call) -> Answer:
    whole: Row = {
        "id": "crossTenantAccessPolicy",
        "deletedDateTime": None,
        "displayName": "CrossTenantAccessPolicy",
        "description": None,
        "allowedCloudEndpoints": [],
    }
    return Answer(200, call.context(f"{PAGE}/$entity") | selected(call, whole))


def get_default(call: Call) -> Answer:
    written = call.world.tenant.cross_tenant_default
    whole = _default() | written | {"isServiceDefault": not written}
    return Answer(200, call.context(f"{PAGE}/default/$entity") | selected(call, whole))


def change_default(call: Call) -> Answer:
    """A complex property is replaced as a whole: what is left out of inboundTrust is null."""
    _keep(call, {"crossTenantDefault": call.world.tenant.cross_tenant_default | call.body})
    return Answer(204)


def list_partners(call: Call) -> Answer:
    return listed(call, [_shown(row) for row in _rows(call)], f"{PAGE}/partners")


def get_partner(call: Call) -> Answer:
    return one(call, _shown(_named(call)), f"{PAGE}/partners")


def add_partner(call: Call) -> Answer:
    identity = _guid(call.body["tenantId"])
    if any(row["tenantId"] == identity for row in _rows(call)):
        raise Refused(409, "Conflict", f"A partner configuration for {identity} exists already.")
    row = call.body | {"tenantId": identity}
    _keep(call, {"crossTenantPartners": [*_rows(call), row]})
    return Answer(201, call.context(f"{PAGE}/partners/$entity") | _shown(row))


def change_partner(call: Call) -> Answer:
    before = _named(call)
    rows = [row | call.body if row is before else row for row in _rows(call)]
    _keep(call, {"crossTenantPartners": rows})
    return Answer(204)


def delete_partner(call: Call) -> Answer:
    gone = _named(call)
    _keep(call, {"crossTenantPartners": [row for row in _rows(call) if row is not gone]})
    return Answer(204)


def tenant_of_domain(call: Call) -> Answer:
    """findTenantInformationByDomainName"""
    known = {name.lower(): home for name, home in call.world.tenant.known_tenants.items()}
    found = known.get(call.args[0].lower())
    if found is None:
        raise missing(call.args[0])
    empty = {"displayName": None, "defaultDomainName": call.args[0], "federationBrandName": None}
    return Answer(200, call.context("microsoft.graph.tenantInformation") | empty | found)


def _rows(call: Call) -> list[Row]:
    return call.world.tenant.cross_tenant_partners


def _shown(row: Row) -> Row:
    return INHERITED | row


def _named(call: Call) -> Row:
    return with_id(_rows(call), call.args[0], "tenantId")


def _keep(call: Call, settings: Row) -> None:
    after = call.world.tenant.changed(settings)
    whole = json.dumps([after.cross_tenant_default, after.cross_tenant_partners])
    if len(whole) > LONGEST:
        raise bad("Failure to update policy due to object limit.")
    call.world.tenant = after


def _guid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError as wrong:
        raise bad("Property 'tenantId' is not the id of a tenant.") from wrong
