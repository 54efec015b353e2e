"""signInActivity: scarce, awkward, and absent for those who never came."""

import pytest

from tests.sandbox.directory.scene import Scene, names, refusal

SELECT = "id,displayName,signInActivity"


async def test_only_those_who_signed_in_have_an_activity(here: Scene) -> None:
    at = "2026-03-01T10:00:00Z"
    await here.panel("POST", "sign-in", {"mail": "ann@partner.example", "at": at})
    found = (await here.get("/users", select=SELECT)).json()["value"]
    activities = {user["displayName"]: user.get("signInActivity") for user in found}

    assert activities.pop("Ann")["lastSuccessfulSignInDateTime"] == at
    assert not any("signInActivity" in user for user in found if user["displayName"] != "Ann")


async def test_a_failed_attempt_counts_as_a_sign_in_but_not_as_a_success(here: Scene) -> None:
    for at, successful in (("2026-03-01T10:00:00Z", True), ("2026-04-01T10:00:00Z", False)):
        body = {"mail": "ann@partner.example", "at": at, "successful": successful}
        await here.panel("POST", "sign-in", body)
    ann = await here.id_of("ann@partner.example")
    activity = (await here.get(f"/users/{ann}", select=SELECT)).json()["signInActivity"]

    assert activity["lastSignInDateTime"] == "2026-04-01T10:00:00Z"
    assert activity["lastSuccessfulSignInDateTime"] == "2026-03-01T10:00:00Z"


async def test_a_filter_for_long_ago_misses_those_who_never_came(here: Scene) -> None:
    body = {"mail": "ann@partner.example", "at": "2026-03-01T10:00:00Z"}
    await here.panel("POST", "sign-in", body)
    text = "signInActivity/lastSignInDateTime le 2026-06-01T00:00:00Z"

    assert names(await here.get("/users", filter=text)) == ["Ann"]


@pytest.mark.parametrize("licences", [[], ["Governance"]])
async def test_it_needs_a_premium_licence(here: Scene, licences: list[str]) -> None:
    await here.settings(licences=licences)
    answer = await here.get("/users", select=SELECT)

    assert refusal(answer) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")


async def test_it_needs_a_permission_of_its_own(here: Scene) -> None:
    app = here.as_app("User.Read.All")

    assert refusal(await app.get("/users", select=SELECT))[0] == 403


async def test_it_is_read_by_id_only(here: Scene) -> None:
    assert refusal(await here.get("/users/mia@home.example", select=SELECT))[0] == 400


async def test_a_page_with_activity_holds_500(here: Scene) -> None:
    await here.seed(madeUp=600)
    page = await here.get("/users", select=SELECT, top=999)

    assert len(page.json()["value"]) == 500


async def test_ten_requests_a_minute_are_the_most(here: Scene) -> None:
    answers = []
    for _ in range(11):
        answers.append(await here.get("/users", select=SELECT))
        await here.advance(2.1)  # the reports limit is 5 in 10 seconds
    await here.advance(61)

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 30 < float(answers[-1].headers["Retry-After"]) < 61
    assert (await here.get("/users", select=SELECT)).status_code == 200


async def test_five_in_ten_seconds_are_the_most_for_reports(here: Scene) -> None:
    answers = [await here.get("/users", select=SELECT) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]


async def test_sessions_are_revoked(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    answer = await here.ask("POST", f"/users/{ann}/revokeSignInSessions")
    user = await here.get(f"/users/{ann}", select="signInSessionsValidFromDateTime")

    assert answer.json()["value"] is True
    assert user.json()["signInSessionsValidFromDateTime"]
