"""Settings of groups, of entitlement management and of one-time passcodes; lifecycle policies."""

from typing import Any, Final

from sandbox.directory.policies import SINCE
from sandbox.directory.refusals import Refused, bad, unlicensed
from sandbox.directory.rows import listed, one
from sandbox.directory.world import Answer, Call

GUEST_POLICY: Final = "#microsoft.graph.identityGovernance.guestLifecyclePolicy"
Row = dict[str, Any]


def group_settings(call: Call) -> Answer:
    return listed(call, _settings(call.world.tenant.group_settings), "groupSettings")


def settings_of_group(call: Call) -> Answer:
    group = call.world.group(call.args[0])
    rows = call.world.tenant.settings_of_groups.get(group.id, [])
    return listed(call, _settings(rows), f"groups('{group.id}')/settings")


def lifecycle_policies(call: Call) -> Answer:
    """https://learn.microsoft.com/graph/api/resources/identitygovernance-guestlifecyclepolicy"""
    rows = call.world.tenant.lifecycle_policies
    if rows is None:
        raise bad("Resource not found for the segment 'lifecyclePolicies'.", "BadRequest")
    if "Governance" not in call.world.tenant.licences:
        raise unlicensed()
    empty: Row = {
        "@odata.type": GUEST_POLICY,
        "description": None,
        "isEnabled": True,
        "gracePeriodInDays": 0,
        "createdDateTime": SINCE,
        "lastModifiedDateTime": SINCE,
        "rules": [],
    }
    context = "identityGovernance/lifecycleWorkflows/lifecyclePolicies"
    return listed(call, [empty | row for row in rows], context)


def one_time_passcode(call: Call) -> Answer:
    if call.args[0].lower() != "email":
        raise Refused(404, "NotFound", f"There is no method '{call.args[0]}' in this stand-in.")
    row = {
        "@odata.type": "#microsoft.graph.emailAuthenticationMethodConfiguration",
        "id": "Email",
        "state": "enabled",
        "allowExternalIdToUseEmailOtp": call.world.tenant.email_otp,
        "excludeTargets": [],
        "includeTargets": [],
    }
    return one(call, row, "authenticationMethodConfigurations")


def _settings(rows: list[Row]) -> list[Row]:
    return [{"displayName": None, "values": []} | row for row in rows]
