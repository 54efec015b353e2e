"""The operations of Graph that the stand-in knows: to add one, add a row and its function.

Resource units: https://learn.microsoft.com/graph/throttling-limits.
"""

from typing import Final

from sandbox.directory import (
    groups,
    licences,
    log_pages,
    mail,
    mailboxes,
    members,
    objects,
    recycle_bin,
    roles,
    sign_ins,
    sponsors,
    tenant_pages,
    users,
)
from sandbox.directory.bodies import REFERENCE
from sandbox.directory.callers import USER_DELETERS
from sandbox.directory.entitlements.table import ENTITLEMENT_ROWS
from sandbox.directory.groups import MEMBER_WRITERS
from sandbox.directory.invitations import INVITATION, invite
from sandbox.directory.operations import COUNT, MANY, ONE, Operation, Operations
from sandbox.directory.permits import (
    CHECK_GROUPS,
    INVITERS,
    READ_ALL_GROUPS_OF,
    READ_BIN,
    READ_DIRECTORY,
    READ_DOMAINS,
    READ_ELIGIBILITIES,
    READ_GROUPS,
    READ_GROUPS_OF,
    READ_LICENCES,
    READ_LOGS,
    READ_MAIL,
    READ_MEMBERS,
    READ_ORGANIZATION,
    READ_POLICY,
    READ_ROLES,
    READ_SOME_USERS,
    READ_SPONSORS,
    READ_USERS,
)
from sandbox.directory.policy_table import POLICY_ROWS
from sandbox.directory.watch_table import WATCH_ROWS

ROLES: Final = "/roleManagement/directory"
BIN: Final = "/directory/deletedItems"
CAST: Final = "microsoft.graph.user"

OWN_ROWS: Final = [
    Operation("POST", "/invitations", invite, INVITERS, body=INVITATION),
    Operation("GET", "/users", users.list_users, READ_SOME_USERS, MANY, units=2),
    Operation("GET", "/users/$count", users.count_users, READ_USERS, COUNT),
    Operation("GET", "/users/{}", users.get_user, READ_SOME_USERS, ONE),
    Operation("PATCH", "/users/{}", users.change_user, (), body=None),
    Operation("DELETE", "/users/{}", users.delete_user, USER_DELETERS),
    Operation(
        "POST",
        "/users/{}/checkMemberGroups",
        members.check_member_groups,
        CHECK_GROUPS,
        body=members.CHECK,
        units=4,
        writes=0,
    ),
    Operation(
        "POST",
        "/users/{}/getMemberGroups",
        members.get_member_groups,
        CHECK_GROUPS,
        body=members.GET,
        units=2,
        writes=0,
    ),
    Operation(
        "POST",
        "/users/{}/revokeSignInSessions",
        sign_ins.revoke_sessions,
        ("User.RevokeSessions.All", *users.WRITERS),
        body={},
    ),
    Operation(
        "POST",
        "/users/{}/sendMail",
        mail.send_mail,
        ("Mail.Send",),
        body=mail.MAIL,
        service="outlook",
    ),
    Operation(
        "POST",
        "/users/{}/messages",
        mailboxes.create,
        ("Mail.ReadWrite",),
        body=mailboxes.DRAFT,
        service="outlook",
    ),
    Operation(
        "GET",
        "/users/{}/messages",
        mailboxes.find,
        READ_MAIL,
        mailboxes.OPTIONS,
        service="outlook",
    ),
    Operation(
        "GET",
        "/users/{}/messages/{}",
        mailboxes.get,
        READ_MAIL,
        frozenset({"$select"}),
        service="outlook",
    ),
    Operation(
        "POST",
        "/users/{}/messages/{}/send",
        mailboxes.send,
        ("Mail.Send",),
        body={},
        service="outlook",
    ),
    Operation("GET", "/users/{}/sponsors", sponsors.list_sponsors, READ_SPONSORS, MANY),
    Operation(
        "POST",
        "/users/{}/sponsors/$ref",
        sponsors.add_sponsor,
        ("User.ReadWrite.All",),
        body=REFERENCE,
    ),
    Operation(
        "DELETE",
        "/users/{}/sponsors/{}/$ref",
        sponsors.remove_sponsor,
        ("User.ReadWrite.All",),
    ),
    Operation("DELETE", "/users/{}/sponsors/{}", sponsors.remove_sponsor_without_ref, ()),
    Operation("GET", "/users/{}/memberOf", members.list_groups_of, READ_GROUPS_OF, MANY, units=2),
    Operation(
        "GET",
        "/users/{}/transitiveMemberOf",
        members.list_all_groups_of,
        READ_ALL_GROUPS_OF,
        MANY,
        units=2,
    ),
    Operation(
        "GET",
        "/users/{}/transitiveMemberOf/microsoft.graph.group",
        members.list_all_groups_cast,
        READ_ALL_GROUPS_OF,
        MANY,
        units=2,
    ),
    Operation("GET", f"{BIN}/{CAST}", recycle_bin.list_deleted, READ_BIN, MANY),
    Operation("GET", f"{BIN}/{CAST}/$count", recycle_bin.count_deleted, READ_BIN, COUNT),
    Operation("GET", f"{BIN}/{{}}", recycle_bin.get_deleted, READ_BIN, ONE),
    Operation("POST", f"{BIN}/{{}}/restore", recycle_bin.restore, USER_DELETERS, body={}),
    Operation("DELETE", f"{BIN}/{{}}", recycle_bin.delete_for_good, USER_DELETERS),
    Operation("GET", "/groups", groups.list_groups, READ_GROUPS, MANY),
    Operation("GET", "/groups/{}", groups.get_group, READ_GROUPS, ONE),
    Operation("PATCH", "/groups/{}", groups.change_group, ()),
    Operation("GET", "/groups/{}/members", members.list_members, READ_MEMBERS, MANY, units=3),
    Operation("GET", "/groups/{}/members/$count", members.count_members, READ_MEMBERS, COUNT),
    Operation(
        "GET",
        f"/groups/{{}}/members/{CAST}",
        members.list_member_users,
        READ_MEMBERS,
        MANY,
        units=3,
    ),
    Operation(
        "GET",
        "/groups/{}/transitiveMembers",
        members.list_all_members,
        READ_MEMBERS,
        MANY,
        units=5,
    ),
    Operation(
        "GET",
        f"/groups/{{}}/transitiveMembers/{CAST}",
        members.list_all_member_users,
        READ_MEMBERS,
        MANY,
        units=5,
    ),
    Operation("POST", "/groups/{}/members/$ref", groups.add_member, MEMBER_WRITERS, body=REFERENCE),
    Operation("DELETE", "/groups/{}/members/{}/$ref", groups.remove_member, MEMBER_WRITERS),
    Operation("DELETE", "/groups/{}/members/{}", groups.remove_member_without_ref, ()),
    Operation(
        "GET",
        "/policies/authorizationPolicy",
        tenant_pages.authorization_policy,
        READ_POLICY,
        frozenset({"$select"}),
    ),
    Operation(
        "GET",
        "/organization",
        tenant_pages.organization,
        READ_ORGANIZATION,
        frozenset({"$select"}),
    ),
    Operation(
        "GET",
        "/organization",
        tenant_pages.organization_quota,
        READ_ORGANIZATION,
        frozenset({"$select"}),
        version="beta",
    ),
    Operation("GET", "/subscribedSkus", licences.subscribed_skus, READ_LICENCES, units=3),
    Operation(
        "POST",
        "/directoryObjects/getByIds",
        objects.get_by_ids,
        READ_DIRECTORY,
        frozenset({"$select"}),
        body=objects.BY_IDS,
        units=5,
        selected_units=2,
        writes=0,
    ),
    Operation("GET", f"{ROLES}/roleAssignments", roles.list_assignments, READ_ROLES, MANY),
    Operation(
        "GET",
        f"{ROLES}/roleEligibilityScheduleInstances",
        roles.list_eligibilities,
        READ_ELIGIBILITIES,
        MANY,
    ),
    *(
        Operation(
            "GET",
            "/auditLogs/signIns",
            log_pages.list_sign_ins,
            READ_LOGS,
            log_pages.OPTIONS,
            service="reports",
            version=version,
        )
        for version in ("v1.0", "beta")
    ),
    Operation(
        "GET",
        "/auditLogs/directoryAudits",
        log_pages.list_audits,
        READ_LOGS,
        log_pages.OPTIONS,
        service="reports",
    ),
    Operation("GET", "/domains", tenant_pages.domains, READ_DOMAINS, frozenset({"$select"})),
]

ROWS: Final = [*OWN_ROWS, *ENTITLEMENT_ROWS, *POLICY_ROWS, *WATCH_ROWS]

OPERATIONS: Final = Operations(ROWS)
