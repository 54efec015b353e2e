"""A tenant with guests of every kind, members that look alike, and what the ledger says of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.lifecycle import ActionId, Custody, Hold, Rule, RunId
from b2b.domain.request import Address, RequestId
from b2b.wiring import House

NOW = datetime.now(UTC)
INNER, OUTER = "00000000-0000-4000-8000-0000000000d2", "00000000-0000-4000-8000-0000000000d1"
ROLE = "62e90394-69f5-4237-9190-012177145e10"
ENDED, LATER = -5, 200  # days from today to the end of a stay

# name -> (user properties, days to the end of the stay, or None when not managed)
PEOPLE: dict[str, tuple[dict[str, Any], int | None]] = {}


def _person(name: str, end: int | None = LATER, *, seen: int | None = 1, **given: Any) -> None:
    person: dict[str, Any] = {"id": identity(name), "mail": address(name), "displayName": name}
    person["createdDateTime"] = moment(given.pop("born", 400))
    if seen is not None:
        person["signInActivity"] = {"lastSignInDateTime": moment(seen)}
    PEOPLE[name] = (person | given, end)


def identity(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"sweep:{name}"))


def address(name: str) -> str:
    domain = "audit.partner.example" if name == "auditor" else "partner.example"
    return f"{name}@{domain}"


def moment(days_ago: int) -> str:
    return f"{NOW - timedelta(days=days_ago):%Y-%m-%dT%H:%M:%SZ}"


PENDING: dict[str, Any] = {"externalUserState": "PendingAcceptance", "seen": None}
_person("in-order")
_person("stale", seen=200)
_person("busy-in-background", seen=200)
PEOPLE["busy-in-background"][0]["signInActivity"]["lastNonInteractiveSignInDateTime"] = moment(2)
_person("never-seen", seen=None)
_person("young", seen=130, born=50)
_person("expired", ENDED)
_person("ends-soon", 10)
_person("unredeemed", born=70, **PENDING)
_person("lately-invited", born=20, **PENDING)
_person("orphan")
_person("auditor", ENDED)
_person("vip", ENDED)
_person("in-nested-group", ENDED)
_person("administrator", ENDED)
_person("entitled", ENDED)
_person("blocked-by-admin", ENDED, accountEnabled=False)
_person("blocked-by-us", ENDED - 40, accountEnabled=False)
_person("blocked-lately", ENDED, accountEnabled=False)
_person("stranger", None, seen=300)  # nobody we promised anything
_person("member-alike", ENDED, seen=300, userType="Member")
BLOCKED = {"stale", "expired"}
REMOVED = {"blocked-by-us"}
REMINDED = {"ends-soon", "lately-invited", "unredeemed"}  # whom nobody reminded is not blocked
HANDED_OVER = {"orphan"}

MAILBOX = "guests@contoso.com"
TOLD = {  # who gets which mails once the night is over
    "ends-soon@partner.example": ["Your guest access to contoso.com ends on"],
    "boss@contoso.com": ["The access of one of your guests ends soon"],
    "lately-invited@partner.example": ["(Microsoft)"],
    "stale@partner.example": ["Your guest access to contoso.com has been blocked"],
    "expired@partner.example": ["Your guest access to contoso.com has been blocked"],
    "unredeemed@partner.example": ["(Microsoft)"],
    "blocked-by-us@partner.example": ["Your guest access to contoso.com has been removed"],
}
SEED: dict[str, Any] = {
    "tenant": {
        "id": "00000000-0000-4000-8000-000000000001",
        "initialDomain": "contoso.onmicrosoft.com",
        "verifiedDomains": ["contoso.com"],
    },
    "users": [
        {"mail": "boss@contoso.com", "userType": "Member"},
        {"mail": MAILBOX, "userPrincipalName": MAILBOX, "userType": "Member"},
        {"mail": "left@contoso.com", "userType": "Member", "accountEnabled": False},
        *(person for person, _ in PEOPLE.values()),
    ],
    "groups": [
        {"id": INNER, "displayName": "Inner", "members": [address("in-nested-group")]},
        {"id": OUTER, "displayName": "Outer", "members": [INNER]},
        {"displayName": "Project", "members": [address("blocked-by-us"), address("stale")]},
    ],
    "accessPackages": [
        {
            "displayName": "Workspace",
            "policies": [{"displayName": "Guests", "assigned": [address("entitled")]}],
        }
    ],
    "roleAssignments": [],
    "roleEligibilities": [{"principalId": address("administrator"), "roleDefinitionId": ROLE}],
}


def policy(mode: str = "report", **lifecycle: object) -> bytes:
    terms = "".join(f"{name} = {value}\n" for name, value in lifecycle.items())
    return f"""
own_domains = ["contoso.com"]
[[partners]]
name = "Partner"
domains = [{{ name = "partner.example", subdomains = true }}]
sponsor = "boss@contoso.com"
[lifecycle]
mode = "{mode}"
block_brake = {{ most = 200, percent = 100.0 }}
remove_brake = {{ most = 50, percent = 100.0 }}
{terms}
[[exemptions]]
address = "{address("vip")}"
owner = "boss@contoso.com"
reason = "Chair of the board"
ends_on = {NOW + timedelta(days=3):%Y-%m-%d}
[[exemptions]]
domain = "audit.partner.example"
owner = "boss@contoso.com"
reason = "Auditors"
ends_on = {NOW + timedelta(days=90):%Y-%m-%d}
[[exemptions]]
group = "{OUTER}"
owner = "boss@contoso.com"
reason = "Founders"
ends_on = {NOW + timedelta(days=90):%Y-%m-%d}
""".encode()


async def fill_ledger(house: House) -> None:
    for name, (person, end) in PEOPLE.items():
        if end is not None:
            await house.ledger.keep_guest(_record(name, person["createdDateTime"], end))
    for name, days in (("blocked-by-us", 40), ("blocked-lately", 2)):
        block = Hold(
            at=NOW - timedelta(days=days),
            run=RunId("long-ago"),
            action=ActionId(f"{days:032}"),
            rule=Rule.EXPIRED,
            sure=True,
        )
        await house.stays.journal.keep_custody(Custody(guest=GuestId(identity(name)), block=block))


def _record(name: str, born: str, end: int) -> GuestRecord:
    return GuestRecord(
        address=Address(address(name)),
        standing=Standing.INVITED,
        request=RequestId("r"),
        since=datetime.fromisoformat(born),
        guest=GuestId(identity(name)),
        partner="Partner",
        sponsor="left@contoso.com" if name == "orphan" else "boss@contoso.com",
        expires_on=(NOW + timedelta(days=end)).date(),
    )
