"""$filter: which operators each property supports, plainly or advanced, and what they find.

https://learn.microsoft.com/graph/aad-advanced-queries
"""

import pytest

from tests.sandbox.directory.scene import Scene, names, refusal, words

EXTENSION = "extension_0123456789abcdef0123456789abcdef_expires"
WHEN = "2026-01-01T00:00:00Z"
SIGN_IN = "signInActivity/lastSignInDateTime"

PLAIN = [
    "userType eq 'Guest'",
    "userType in ('Guest','Member')",
    "accountEnabled eq true",
    f"createdDateTime eq {WHEN}",
    f"createdDateTime ge {WHEN}",
    f"createdDateTime le {WHEN}",
    "externalUserState eq 'PendingAcceptance'",
    "externalUserState in ('Accepted','PendingAcceptance')",
    f"externalUserStateChangeDateTime eq {WHEN}",
    "creationType eq 'Invitation'",
    "mail eq 'a@b.example'",
    "mail in ('a@b.example')",
    "startsWith(mail,'a')",
    "startswith(mail,'a')",
    "userPrincipalName eq 'a@b.example'",
    "startsWith(userPrincipalName,'a')",
    "otherMails/any(x:x eq 'a@b.example')",
    "otherMails/any(x:startsWith(x,'a'))",
    "proxyAddresses/any(p:p eq 'smtp:a@b.example')",
    "proxyAddresses/any(p:startsWith(p,'smtp:a'))",
    "identities/any(i:i/issuer eq 'partner.example')",
    "identities/any(i:i/issuer eq 'x' and i/issuerAssignedId eq 'y')",
    f"{EXTENSION} eq '2026-11-23'",
    f"{EXTENSION} in ('2026-11-23','2026-11-24')",
    "displayName eq 'O''Hara'",
    "department eq 'x' and (city eq 'y' or city eq 'z')",
    "id eq 'x'",
    f"{SIGN_IN} le {WHEN}",
    f"{SIGN_IN} ne {WHEN}",
    f"signInActivity/lastSuccessfulSignInDateTime ge {WHEN}",
    f"userType eq 'Guest' and accountEnabled eq true and createdDateTime le {WHEN}",
]
ADVANCED = [
    "userType eq null",
    "userType ne 'Guest'",
    "not(userType eq 'Guest')",
    "not userType in ('Guest')",
    "accountEnabled ne true",
    "createdDateTime eq null",
    f"createdDateTime ne {WHEN}",
    "companyName eq 'x'",
    "companyName in ('x','y')",
    "startsWith(companyName,'x')",
    "companyName eq null",
    f"employeeHireDate eq {WHEN}",
    f"employeeHireDate ge {WHEN}",
    f"employeeLeaveDateTime eq {WHEN}",
    f"employeeLeaveDateTime le {WHEN}",
    "endsWith(mail,'example')",
    "mail ge 'a'",
    "mail eq null",
    "mail ne null",
    "endsWith(userPrincipalName,'example')",
    "otherMails/any(x:endsWith(x,'example'))",
    "otherMails/$count eq 0",
    "proxyAddresses/any(p:endsWith(p,'example'))",
    "onPremisesExtensionAttributes/extensionAttribute1 eq 'x'",
    "onPremisesExtensionAttributes/extensionAttribute15 in ('x')",
    f"{EXTENSION} eq null",
    f"startsWith({EXTENSION},'2026')",
    f"externalUserStateChangeDateTime ne {WHEN}",
    "creationType ne 'Invitation'",
]
NEVER = [
    "accountEnabled eq null",
    "userType ge 'Guest'",
    "startsWith(userType,'G')",
    f"externalUserStateChangeDateTime le {WHEN}",
    "externalUserState eq null",
    "creationType eq null",
    "userPrincipalName eq null",
    "startsWith(externalUserState,'P')",
    f"createdDateTime gt {WHEN}",
    "contains(mail,'x')",
    "contains(displayName,'x')",
    "endsWith(displayName,'x')",
    f"{EXTENSION} le '2026-11-23'",
    "extension_ffffffffffffffffffffffffffffffff_unknown eq 'x'",
    "onPremisesExtensionAttributes/extensionAttribute1 ge 'x'",
    "startsWith(onPremisesExtensionAttributes/extensionAttribute1,'x')",
    "securityIdentifier in ('x')",
    "passwordPolicies eq 'x'",
    f"userType eq 'Guest' and {SIGN_IN} le {WHEN}",
    "otherMails/any(x:x ne 'a')",
    "identities/any(i:startsWith(i/issuer,'x')) or proxyAddresses/any(p:p in ('x'))",
    " or ".join(f"mail eq 'a{number}@b.example'" for number in range(16)),
    "mail in ({})".format(",".join(f"'a{number}'" for number in range(16))),
]
NONSENSE = [
    "nonsense eq 'x'",
    "extensions/any(e:e/id eq 'x')",
    "signInActivity/nonsense eq 'x'",
    "onPremisesExtensionAttributes/extensionAttribute16 eq 'x'",
    "userType eq",
    "userType eq 'Guest",
    "userType eq 'Guest' and",
    "(userType eq 'Guest'",
    "userType is 'Guest'",
    "userType eq 'Guest' garbage",
    "accountEnabled eq 'true'",
    "createdDateTime le '2026-01-01'",
    "mail eq 5",
    "otherMails/any(x:y eq 'a')",
    "otherMails/all(x:x eq 'a')",
    "otherMails/any(x:x/address eq 'a')",
    "createdDateTime le 2026-99-99",
]


async def _ready(here: Scene) -> Scene:
    await here.settings(extensions={EXTENSION: "String"})
    return here


@pytest.mark.parametrize("text", PLAIN)
async def test_supported_as_it_is(here: Scene, text: str) -> None:
    answer = await (await _ready(here)).get("/users", filter=text)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("text", ADVANCED)
async def test_supported_as_an_advanced_query_only(here: Scene, text: str) -> None:
    plain = await (await _ready(here)).get("/users", filter=text)
    header_only = await here.get("/users", {"ConsistencyLevel": "eventual"}, filter=text)
    count_only = await here.get("/users", filter=text, count="true")
    both = await here.advanced("/users", filter=text)

    assert both.status_code == 200, both.text
    for half in (plain, header_only, count_only):
        assert refusal(half) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("text", NEVER)
async def test_never_supported(here: Scene, text: str) -> None:
    answer = await (await _ready(here)).advanced("/users", filter=text)

    assert refusal(answer) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("text", NONSENSE)
async def test_nonsense_is_a_bad_request(here: Scene, text: str) -> None:
    answer = await (await _ready(here)).advanced("/users", filter=text)

    assert refusal(answer) == (400, "BadRequest")


async def test_fifteen_alternatives_are_the_most(here: Scene) -> None:
    clauses = [f"mail eq 'a{number}@b.example'" for number in range(16)]
    fifteen = await here.get("/users", filter=" or ".join(clauses[:15]))
    sixteen = await here.get("/users", filter=" or ".join(clauses))

    assert fifteen.status_code == 200
    assert "operators: 16. Max allowed: 15." in words(sixteen)


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("not(userType eq 'Guest')", "Operator: 'Not' is not supported because the required"),
        ("companyName eq 'x'", "filter clause specified for property 'companyName' of resource"),
        (
            "onPremisesExtensionAttributes/extensionAttribute15 eq 'x'",
            "'extensionAttribute15' does not exist as a declared property",
        ),
    ],
)
async def test_a_refusal_says_what_graph_says(here: Scene, text: str, marker: str) -> None:
    assert marker in words(await here.get("/users", filter=text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("userType eq 'Guest'", ["Ann", "Ben", "Cid"]),
        ("userType eq 'guest' and accountEnabled eq true", ["Ann", "Cid"]),
        ("userType eq 'Guest' and createdDateTime le 2024-05-01T08:00:00Z", ["Ann"]),
        ("userType eq 'Guest' and createdDateTime le 2024-05-01T07:59:59.9Z", []),
        ("userType eq 'Guest' and createdDateTime le 2024-05-01T10:00:00+02:00", ["Ann"]),
        ("userType eq 'Guest' and createdDateTime ge 2024-05-01T08:00:00.1Z", ["Ben", "Cid"]),
        ("mail eq 'ANN@partner.example'", ["Ann"]),
        ("mail in ('ann@partner.example','cid@other.example')", ["Ann", "Cid"]),
        ("mail eq 'ann@partner.example' or mail eq 'mia@home.example'", ["Ann", "Mia"]),
        ("mail eq 'ann@partner.example' and accountEnabled eq false", []),
        ("startsWith(mail,'b')", ["Ben", "Boss"]),
        ("otherMails/any(x:x eq 'ann@partner.example')", ["Ann"]),
        ("proxyAddresses/any(x:x eq 'smtp:ann@partner.example')", ["Ann"]),
        ("proxyAddresses/any(x:x eq 'ann@partner.example')", []),
        ("userPrincipalName eq 'ann_partner.example#EXT#@home.onmicrosoft.com'", ["Ann"]),
        ("externalUserState eq 'PendingAcceptance'", ["Cid"]),
    ],
)
async def test_a_filter_finds_whom_it_describes(here: Scene, text: str, found: list[str]) -> None:
    assert names(await here.get("/users", filter=text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("userType ne 'Guest'", ["Mia", "Boss"]),
        ("not(startsWith(mail,'b'))", ["Ann", "Cid", "Mia"]),
        ("endsWith(mail,'partner.example')", ["Ann", "Ben"]),
        ("otherMails/$count eq 0", ["Mia", "Boss"]),
        ("companyName eq null and userType eq 'Guest'", ["Ann", "Ben", "Cid"]),
        ("mail ge 'cid' and userType eq 'Guest'", ["Cid"]),
    ],
)
async def test_an_advanced_filter_finds_whom_it_describes(
    here: Scene, text: str, found: list[str]
) -> None:
    answer = await here.advanced("/users", filter=text)

    assert names(answer) == found
    assert answer.json()["@odata.count"] == len(found)


async def test_a_plus_that_was_not_encoded_is_a_space(here: Scene) -> None:
    guest = await here.invited("ann+news@new.example")
    bare = await here.ask("GET", "/users?$select=id&$filter=mail%20eq%20'ann+news@new.example'")
    encoded = await here.get("/users", select="id", filter="mail eq 'ann+news@new.example'")

    assert bare.json()["value"] == []
    assert encoded.json()["value"] == [{"id": guest}]
