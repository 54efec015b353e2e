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
