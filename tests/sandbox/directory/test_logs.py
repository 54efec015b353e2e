"""The logs of sign-ins and of changes: who may read them, what they tell, and when."""

from typing import Any

import httpx
import pytest

from tests.sandbox.directory.scene import Scene, refusal, words

SIGN_INS, AUDITS = "/auditLogs/signIns", "/auditLogs/directoryAudits"
ANN, MIA = "ann@partner.example", "mia@home.example"


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["value"]]


async def beta(here: Scene, text: str) -> list[dict[str, Any]]:
    path = here.directory.url.replace("/v1.0", "/beta") + SIGN_INS
    answer = await here.get(path, filter=text)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


async def done(here: Scene) -> list[tuple[str, str]]:
    """What was done, the oldest first."""
    found = (await here.get(AUDITS)).json()["value"]
    return [(one["loggedByService"], one["activityDisplayName"]) for one in reversed(found)]


async def test_a_sign_in_is_told_with_the_account_and_how_it_ended(here: Scene) -> None:
    for successful in (True, False):
        await here.panel("POST", "sign-in", {"mail": ANN, "successful": successful})
    newest, oldest = (await here.get(SIGN_INS)).json()["value"]

    assert oldest["userId"] == newest["userId"] == await here.id_of(ANN)
    assert (oldest["status"]["errorCode"], newest["status"]["errorCode"]) == (0, 50126)
    assert oldest["homeTenantId"] != oldest["resourceTenantId"] == here.directory.tenant.id
    assert not {"userType", "crossTenantAccessType", "signInEventTypes"} & oldest.keys()


async def test_beta_knows_guests_and_sign_ins_without_anybody_there(here: Scene) -> None:
    people = [{"mail": ANN}, {"mail": MIA}, {"mail": ANN, "interactive": False}]
    await here.panel("POST", "activity", {"signIns": people})
    guests = await beta(here, "userType eq 'guest' and crossTenantAccessType eq 'b2bCollaboration'")
    silent = await beta(here, "signInEventTypes/any(t: t eq 'nonInteractiveUser')")

    assert len(guests) == 1
    assert len(silent) == 1
    assert silent[0]["userType"] == "guest"
    assert len(ids(await here.get(SIGN_INS))) == 2
    assert refusal(await here.get(SIGN_INS, filter="userType eq 'guest'"))[0] == 400


async def test_pages_of_a_thousand_at_most_come_newest_first(here: Scene) -> None:
    await here.panel("POST", "activity", {"madeUp": {"signIns": 1500, "seconds": 3600}})
    first = await here.get(SIGN_INS, top=1000)
    second = await here.get(first.json()["@odata.nextLink"])
    moments = [one["createdDateTime"] for page in (first, second) for one in page.json()["value"]]

    assert moments == sorted(moments, reverse=True)
    assert len({*ids(first), *ids(second)}) == 1500
    assert len(ids(await here.get(SIGN_INS))) == 1000
    assert "@odata.nextLink" not in second.json()
    assert refusal(await here.get(SIGN_INS, top=1001))[0] == 400


@pytest.mark.parametrize(
    ("path", "text", "many"),
    [
        (SIGN_INS, "createdDateTime ge 2026-01-01T10:00:00Z", 400),
        (SIGN_INS, "createdDateTime lt {now}", 400),
        (SIGN_INS, "createdDateTime ge {now} and createdDateTime le {later}", 2),
        (SIGN_INS, "createdDateTime ge {later}", 0),
        (SIGN_INS, "createdDateTime le {now}", 2),
        (SIGN_INS, "userPrincipalName eq 'ann@partner.example'", 1),
        (SIGN_INS, "status/errorCode eq 53003", 1),
        (SIGN_INS, "location/countryOrRegion eq 'FR'", 1),
        (SIGN_INS, "homeTenantId eq 'x'", 400),
        (AUDITS, "activityDateTime ge {now}", 2),
        (AUDITS, "activityDateTime le {now} and loggedByService eq 'Invited Users'", 1),
        (AUDITS, "startsWith(activityDisplayName, 'Redeem')", 1),
        (AUDITS, "targetResources/any(t: t/id eq '{ann}')", 2),
        (AUDITS, "category eq 'UserManagement'", 400),
    ],
)
async def test_filters(here: Scene, path: str, text: str, many: int) -> None:
    """At the edges of a moment both `ge` and `le` hold; what is not documented is refused."""
    now = (await here.panel("POST", "clock", {"advance": 100}))["now"]
    later = (await here.panel("POST", "clock", {"advance": 100}))["now"]
    people = [{"mail": ANN, "at": now}, {"mail": MIA, "at": now, "error": 53003, "country": "FR"}]
    await here.panel("POST", "activity", {"signIns": people})
    await here.panel("POST", "redeem", {"mail": ANN})
    changes = (await here.panel("GET", "activity"))["audits"]
    moment = changes[0]["activityDateTime"] if path == AUDITS else now
    wanted = text.format(now=moment, later=later, ann=await here.id_of(ANN))
    answer = await here.get(path, filter=wanted)

    found = answer.status_code if answer.status_code != 200 else len(ids(answer))
    assert found == many, answer.text


async def test_what_is_done_to_guests_is_logged(here: Scene) -> None:
    identity = await here.invited("new@partner.example")
    await here.panel("POST", "redeem", {"id": identity})
    for enabled in (False, True):
        await here.ask("PATCH", f"/users/{identity}", {"accountEnabled": enabled})
    await here.ask("DELETE", f"/users/{identity}")
    await here.ask("POST", f"/directory/deletedItems/{identity}/restore")
    await here.ask("DELETE", f"/users/{identity}")
    await here.ask("DELETE", f"/directory/deletedItems/{identity}")
    core, invited = "Core Directory", "Invited Users"

    assert await done(here) == [
        (core, "Add user"),
        (invited, "Invite external user"),
        (core, "Update user"),
        (invited, "Redeem external user invite"),
        (core, "Disable account"),
        (core, "Update user"),
        (core, "Enable account"),
        (core, "Update user"),
        (core, "Delete user"),
        (core, "Restore user"),
        (core, "Delete user"),
        (core, "Hard Delete user"),
    ]


async def test_an_event_is_told_when_its_lag_is_over_and_until_it_is_forgotten(
    here: Scene,
) -> None:
    await here.settings(logSeconds=120)
    people = [{"mail": ANN}, {"mail": ANN, "lag": 600}, {"mail": ANN, "lag": 0}]
    await here.panel("POST", "activity", {"signIns": people})
    seen = []
    for seconds in (0, 121, 480, 30 * 86_400):
        await here.advance(seconds)
        seen.append(len(ids(await here.get(SIGN_INS))))

    assert seen == [1, 2, 3, 0]
    assert len((await here.panel("GET", "activity"))["signIns"]) == 3


async def test_without_premium_sign_ins_are_refused_and_audits_last_a_week(here: Scene) -> None:
    await here.settings(licences=[])
    await here.invited("new@partner.example")
    answer = await here.get(SIGN_INS)
    young = ids(await here.get(AUDITS))
    await here.advance(7 * 86_400 + 1)

    assert refusal(answer) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    assert words(answer) == "Neither tenant is B2C or tenant doesn't have premium license"
    assert len(young) == 2
    assert ids(await here.get(AUDITS)) == []


@pytest.mark.parametrize("path", [SIGN_INS, AUDITS])
async def test_they_need_a_permission_of_their_own(here: Scene, path: str) -> None:
    app = here.as_app("User.Read.All", "Directory.Read.All")

    assert refusal(await app.get(path)) == (403, "Authorization_RequestDenied")
    assert ids(await here.as_app("AuditLog.Read.All").get(path)) == []


async def test_five_in_ten_seconds_are_the_most_over_both_logs(here: Scene) -> None:
    answers = [await here.get(path) for path in (SIGN_INS, AUDITS) * 3]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


async def test_answers_are_dated_by_the_clock_of_the_directory(here: Scene) -> None:
    now = (await here.panel("POST", "clock", {"advance": 86_400}))["now"]
    answer = await here.get(AUDITS, top=1)

    assert now[8:10] in answer.headers["Date"]


@pytest.mark.parametrize("options", ["$select=id", "$orderby=id", "$search=x", "$skip=1"])
async def test_options_that_are_not_documented_are_refused(here: Scene, options: str) -> None:
    assert refusal(await here.get(f"{SIGN_INS}?{options}"))[0] == 400
