"""Which application permissions let a caller in: any one of them, least first; "A+B" asks for both.

https://learn.microsoft.com/graph/permissions-reference, and the page of each operation.
"""

from typing import Final

READ_DIRECTORY: Final = ("Directory.Read.All", "Directory.ReadWrite.All")
READ_USERS: Final = ("User.Read.All", "User.ReadWrite.All", *READ_DIRECTORY)
READ_SOME_USERS: Final = ("User.ReadBasic.All", *READ_USERS)
INVITERS: Final = ("User.Invite.All", "User.ReadWrite.All", "Directory.ReadWrite.All")
READ_BIN: Final = ("User.DeleteRestore.All", *READ_USERS)
READ_GROUPS: Final = (
    "GroupMember.Read.All",
    "Group.ReadBasic.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    *READ_DIRECTORY,
)
READ_MEMBERS: Final = (
    "GroupMember.ReadBasic.All",
    "GroupMember.ReadWrite.All",
    *READ_GROUPS,
)
READ_GROUPS_OF: Final = ("Group.ReadBasic.All", "GroupMember.ReadBasic.All", *READ_DIRECTORY)
READ_ALL_GROUPS_OF: Final = (
    "User.Read.All",
    "GroupMember.Read.All",
    "Group.Read.All",
    *READ_GROUPS_OF,
)
CHECK_GROUPS: Final = (
    "User.Read.All+GroupMember.Read.All",
    "User.ReadBasic.All+GroupMember.Read.All",
    "User.Read.All+Group.Read.All",
    "User.ReadWrite.All+GroupMember.Read.All",
    "User.ReadWrite.All+Group.Read.All",
    *READ_DIRECTORY,
)
READ_POLICY: Final = ("Policy.Read.All", "Policy.ReadWrite.Authorization")
READ_DOMAINS: Final = ("Domain.Read.All", "Domain.ReadWrite.All", *READ_DIRECTORY)
READ_ORGANIZATION: Final = (
    "DeviceManagementServiceConfig.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "User.Read.All",
    *READ_DIRECTORY,
)
READ_SPONSORS: Final = ("User.Read.All", "User.ReadWrite.All")
READ_MAIL: Final = ("Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite")
READ_LICENCES: Final = (
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    *READ_DIRECTORY,
)
# One permission for both logs: the licence check that once asked for Directory.Read.All as well is
# left out, https://learn.microsoft.com/graph/api/signin-list (read 2026-11-23).
READ_LOGS: Final = ("AuditLog.Read.All",)
READ_ENTITLEMENTS: Final = (
    "EntitlementManagement.Read.All",
    "EntitlementManagement.ReadWrite.All",
)
WRITE_ENTITLEMENTS: Final = ("EntitlementManagement.ReadWrite.All",)
READ_ROLES: Final = (
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
    *READ_DIRECTORY,
)
READ_ELIGIBILITIES: Final = (
    "RoleEligibilitySchedule.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.Read.Directory",
    "RoleManagement.ReadWrite.Directory",
)

# The policies of the tenant

READ_ANY_POLICY: Final = ("Policy.Read.All",)
WRITE_AUTHORIZATION: Final = ("Policy.ReadWrite.Authorization",)
WRITE_CROSS_TENANT: Final = ("Policy.ReadWrite.CrossTenantAccess",)
READ_CROSS_TENANT: Final = (*READ_ANY_POLICY, *WRITE_CROSS_TENANT)
WRITE_B2B: Final = ("Policy.ReadWrite.B2BManagementPolicy",)
READ_B2B: Final = ("Policy.Read.B2BManagementPolicy", *WRITE_B2B)
WRITE_EXTERNAL_IDENTITIES: Final = ("Policy.ReadWrite.ExternalIdentities",)
READ_EXTERNAL_IDENTITIES: Final = (*READ_ANY_POLICY, *WRITE_EXTERNAL_IDENTITIES)
READ_SECURITY_DEFAULTS: Final = (*READ_ANY_POLICY, "Policy.ReadWrite.SecurityDefaults")
READ_STRENGTHS: Final = (
    "Policy.Read.AuthenticationMethod",
    "Policy.Read.All",
    "Policy.ReadWrite.AuthenticationMethod",
    "Policy.ReadWrite.ConditionalAccess",
)
WRITE_CONDITIONAL_ACCESS: Final = ("Policy.Read.All+Policy.ReadWrite.ConditionalAccess",)
WRITE_REVIEWS: Final = ("AccessReview.ReadWrite.All",)
READ_REVIEWS: Final = ("AccessReview.Read.All", *WRITE_REVIEWS)
READ_RISKY_USERS: Final = ("IdentityRiskyUser.Read.All", "IdentityRiskyUser.ReadWrite.All")
READ_DETECTIONS: Final = ("IdentityRiskEvent.Read.All", "IdentityRiskEvent.ReadWrite.All")
READ_APPS: Final = ("Application.Read.All", "Application.ReadWrite.All", *READ_DIRECTORY)
READ_GROUP_SETTINGS: Final = (
    "GroupSettings.Read.All",
    "GroupSettings.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    *READ_DIRECTORY,
)
READ_GUEST_LIFECYCLE: Final = (
    "LifecyclePolicies-Guests.Read.All",
    "LifecyclePolicies-Guests.ReadWrite.All",
)
FIND_TENANTS: Final = ("CrossTenantInformation.ReadBasic.All",)

# Directory roles that a person needs beside the scope; the Global Administrator may do anything.
# https://learn.microsoft.com/graph/permissions-reference and the page of each operation; that
# only a Global Administrator changes the domain list: .../graph/api/b2bmanagementpolicy-update

PRIVILEGED_ROLE_ADMINISTRATOR: Final = "e8611ab8-c189-46e8-94e1-60213ab1f814"
SECURITY_ADMINISTRATOR: Final = "194ae4cb-b126-40b2-bd5b-6091b380977d"
CONDITIONAL_ACCESS_ADMINISTRATOR: Final = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"
GLOBAL_READER: Final = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
SECURITY_READER: Final = "5d6b6bb7-de71-4623-b4af-96380a352509"
USER_ADMINISTRATOR: Final = "fe930be7-5e62-47db-91af-98c3a49a38b1"
GOVERNANCE_ADMINISTRATOR: Final = "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"
AUTHORIZATION_ADMINS: Final = (PRIVILEGED_ROLE_ADMINISTRATOR,)
CROSS_TENANT_ADMINS: Final = (SECURITY_ADMINISTRATOR,)
CONDITIONAL_ACCESS_ADMINS: Final = (CONDITIONAL_ACCESS_ADMINISTRATOR, SECURITY_ADMINISTRATOR)
CONDITIONAL_ACCESS_READERS: Final = (GLOBAL_READER, SECURITY_READER, *CONDITIONAL_ACCESS_ADMINS)
REVIEW_ADMINS: Final = (USER_ADMINISTRATOR, GOVERNANCE_ADMINISTRATOR)
REVIEW_READERS: Final = (GLOBAL_READER, SECURITY_READER, *REVIEW_ADMINS)
ONLY_GLOBAL_ADMINISTRATORS: Final = ()
