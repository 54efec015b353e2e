"""What properties objects have, what may be written, and which $filter operators each supports.

A filter rule is a list of operators; a star means: only as an advanced query, that is with
`ConsistencyLevel: eventual` and `$count=true`. `ne`, `not` and `endsWith` are always advanced.
https://learn.microsoft.com/graph/aad-advanced-queries (per-property table), read 2026-11-23.
"""

import re
from dataclasses import dataclass, field
from typing import Final

EXTENSION: Final = re.compile(r"extension_[0-9a-f]{32}_\w+\Z")


@dataclass(frozen=True, slots=True)
class Property:
    kind: str = "string"  # string, bool, date, strings, things or a name of inner properties
    filter: str = ""
    writable: bool = False
    longest: int | None = None
    alone: bool = False  # exists only when a single user is read
    rules: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", frozenset(self.filter.split()))


@dataclass(frozen=True)
class Kind:
    """An entity type as a query sees it."""

    name: str  # as error texts write it: "User"
    type: str  # as annotations write it: "user"
    properties: dict[str, Property]
    default: tuple[str, ...]
    sortable: tuple[str, ...] = ()  # without an advanced query
    sortable_advanced: tuple[str, ...] = ()
    expandable: tuple[str, ...] = ()
    page: int = 100
    longest_page: int = 999


P = Property
FULL: Final = "eq in ge le startsWith null*"
FULL_ADVANCED: Final = "eq* in* ge* le* startsWith* null*"


def _text(filter: str = "", longest: int | None = None) -> Property:
    return P("string", filter, writable=True, longest=longest)


# Kept outside the directory: https://learn.microsoft.com/graph/api/user-list answers 501 to these.
ALONE: Final = (
    *("aboutMe", "birthday", "hireDate", "interests", "mailboxSettings", "mySite"),
    *("pastProjects", "preferredName", "responsibilities", "schools", "skills"),
)

USER_PROPERTIES: Final[dict[str, Property]] = {
    "id": P(filter="eq in"),
    "deletedDateTime": P("date", "eq* ge* le*"),
    "accountEnabled": P("bool", "eq in", writable=True),
    "ageGroup": _text("eq in"),
    "assignedLicenses": P("things"),
    "assignedPlans": P("things"),
    "businessPhones": P("strings", "any* startsWith*", writable=True),
    "city": _text(FULL, 128),
    "companyName": _text(FULL_ADVANCED, 64),
    "consentProvidedForMinor": _text("eq in"),
    "country": _text(FULL, 128),
    "createdDateTime": P("date", "eq in ge le null*"),
    "creationType": P(filter="eq in"),
    "customSecurityAttributes": P("object"),
    "department": _text(FULL, 64),
    "displayName": _text(FULL, 256),
    "employeeHireDate": P("date", "eq* in* ge* le*", writable=True),
    "employeeId": _text(FULL, 16),
    "employeeLeaveDateTime": P("date", "eq* in* ge* le*", writable=True),
    "employeeType": _text("eq* in* ge* le* startsWith*"),
    "externalUserState": P(filter="eq in"),
    "externalUserStateChangeDateTime": P("date", "eq in"),
    "faxNumber": _text(FULL_ADVANCED),
    "givenName": _text(FULL, 64),
    "identities": P("identities", "any"),
    "imAddresses": P("strings", "any startsWith"),
    "isManagementRestricted": P("bool"),
    "isResourceAccount": P("bool"),
    "jobTitle": _text(FULL, 128),
    "lastPasswordChangeDateTime": P("date"),
    "legalAgeGroupClassification": P(),
    "licenseAssignmentStates": P("things"),
    "mail": _text("eq in ge* le* startsWith endsWith* null*"),
    "mailNickname": _text(FULL, 64),
    "mobilePhone": _text(FULL_ADVANCED),
    "officeLocation": _text(FULL_ADVANCED),
    "onPremisesDistinguishedName": P(),
    "onPremisesDomainName": P(),
    "onPremisesExtensionAttributes": P("extensionAttributes", writable=True),
    "onPremisesImmutableId": P(filter="eq in"),
    "onPremisesLastSyncDateTime": P("date", "eq* in* ge* le*"),
    "onPremisesSamAccountName": P(filter="eq* in* ge* le* startsWith*"),
    "onPremisesSecurityIdentifier": P(filter="eq null*"),
    "onPremisesSyncEnabled": P("bool", "eq in null*"),
    "onPremisesUserPrincipalName": P(filter="eq* in* ge* le* startsWith*"),
    "otherMails": P("strings", "any startsWith endsWith* count*", writable=True),
    "passwordPolicies": _text("null*"),
    "passwordProfile": P("object", writable=True),
    "postalCode": _text(FULL, 40),
    "preferredDataLocation": _text(),
    "preferredLanguage": _text(FULL),
    "provisionedPlans": P("things"),
    "proxyAddresses": P("strings", "any startsWith endsWith* count*"),
    "securityIdentifier": P(filter="eq startsWith*"),
    "showInAddressList": P("bool", writable=True),
    "signInActivity": P("signInActivity"),
    "signInSessionsValidFromDateTime": P("date"),
    "state": _text(FULL, 128),
    "streetAddress": _text(FULL, 1024),
    "surname": _text(FULL, 64),
    "usageLocation": _text(FULL),
    "userPrincipalName": _text("eq in ge le startsWith endsWith*"),
    "userType": _text("eq in null*"),
    **{name: P(alone=True) for name in ALONE},
}

USER: Final = Kind(
    "User",
    "user",
    USER_PROPERTIES,
    default=(
        "businessPhones",
        "displayName",
        "givenName",
        "id",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
    ),
    sortable=("displayName", "userPrincipalName"),
    sortable_advanced=("createdDateTime", "deletedDateTime"),
    expandable=("sponsors",),
)

GROUP_PROPERTIES: Final[dict[str, Property]] = {
    "id": P(filter="eq in"),
    "deletedDateTime": P("date"),
    "classification": _text("eq ge le startsWith"),
    "createdDateTime": P("date", "eq* ge* le*"),
    "description": _text("eq* ge* le* startsWith*"),
    "displayName": _text(FULL, 256),
    "expirationDateTime": P("date", "eq* ge* le*"),
    "groupTypes": P("strings", "any"),
    "isAssignableToRole": P("bool", "eq"),
    "isManagementRestricted": P("bool"),
    "mail": P(filter=FULL),
    "mailEnabled": P("bool", "eq"),
    "mailNickname": _text(FULL, 64),
    "membershipRule": _text("eq* ge* le* startsWith*"),
    "membershipRuleProcessingState": P(filter="eq* in*"),
    "onPremisesLastSyncDateTime": P("date", "eq* in* ge* le*"),
    "onPremisesSyncEnabled": P("bool", "eq in null*"),
    "proxyAddresses": P("strings", "any startsWith endsWith* count*"),
    "renewedDateTime": P("date", "eq* ge* le*"),
    "resourceBehaviorOptions": P("strings"),
    "resourceProvisioningOptions": P("strings", "any startsWith"),
    "securityEnabled": P("bool", "eq in"),
    "securityIdentifier": P(),
    "theme": _text(),
    "uniqueName": P(),
    "visibility": _text(),
}

GROUP: Final = Kind(
    "Group",
    "group",
    GROUP_PROPERTIES,
    default=tuple(
        name
        for name in GROUP_PROPERTIES
        if name not in ("isManagementRestricted", "resourceBehaviorOptions", "uniqueName")
    ),
    sortable=("displayName",),
    expandable=("owners",),
)

OBJECT: Final = Kind(
    "DirectoryObject", "directoryObject", USER_PROPERTIES | GROUP_PROPERTIES, USER.default
)

INNER: Final[dict[str, dict[str, Property]]] = {
    "signInActivity": {
        "lastSignInDateTime": P("date", "eq ne ge le"),
        "lastSuccessfulSignInDateTime": P("date", "eq ne ge le"),
        "lastNonInteractiveSignInDateTime": P("date", "eq ne ge le"),
    },
    "extensionAttributes": {
        f"extensionAttribute{number}": P(filter="eq* in* null*", writable=True, longest=1024)
        for number in range(1, 16)
    },
    "identities": {"issuer": P(filter="eq"), "issuerAssignedId": P(filter="eq")},
    "signInStatus": {"errorCode": P("number", "eq")},
    "signInLocation": {
        name: P(filter="eq startsWith") for name in ("city", "state", "countryOrRegion")
    },
    "deviceDetail": {name: P(filter="eq startsWith") for name in ("browser", "operatingSystem")},
    "targetResources": {"id": P(filter="eq"), "displayName": P(filter="eq startsWith")},
}
