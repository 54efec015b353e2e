"""Conditional Access: scarce requests, strict bodies, a licence and its own words for no."""

from typing import Any

import pytest

from sandbox.directory import permits
from tests.sandbox.directory.scene import Scene, refusal, words

PATH = "/identity/conditionalAccess/policies"
GUESTS = {
    "guestOrExternalUserTypes": "b2bCollaborationGuest,internalGuest",
    "externalTenants": {
        "@odata.type": "#microsoft.graph.conditionalAccessAllExternalTenants",
        "membershipKind": "all",
    },
}
REPORT_ONLY = "enabledForReportingButNotEnforced"


def _policy(name: str = "MFA for guests", **more: Any) -> dict[str, Any]:
    users = {"includeGuestsOrExternalUsers": GUESTS} | more.pop("users", {})
    conditions = {
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"]},
        "users": users,
    }
    return {
        "displayName": name,
        "state": REPORT_ONLY,
        "conditions": conditions | more.pop("conditions", {}),
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    } | more


@pytest.fixture
async def quick(here: Scene) -> Scene:
    """Without the second between two requests."""
    await here.settings(budgets={"protection": 1000})
    return here


async def test_a_policy_is_made_read_changed_and_deleted(quick: Scene) -> None:
    boss = await quick.id_of("boss@home.example")
    made = await quick.ask("POST", PATH, _policy(users={"excludeUsers": [boss]}))
    path = f"{PATH}/{made.json()['id']}"
    changed = await quick.ask("PATCH", path, {"state": "enabled"})
    one = (await quick.get(path)).json()
    named = (await quick.get(PATH, filter="displayName eq 'MFA for guests'")).json()["value"]

    assert (made.status_code, changed.status_code) == (201, 204)
    assert one["state"] == "enabled"
    assert one["conditions"]["users"]["excludeUsers"] == [boss]
    assert one["conditions"]["users"]["includeGuestsOrExternalUsers"] == GUESTS
    assert [policy["id"] for policy in named] == [one["id"]]
    assert (await quick.ask("DELETE", path)).status_code == 204
    assert (await quick.get(path)).status_code == 404


async def test_one_request_a_second_for_all_apps_and_no_retry_after(here: Scene) -> None:
    first = await here.get(PATH)
    second = await here.as_app("Policy.Read.All", app="another").get(PATH)
    await here.advance(2)

    assert (first.status_code, second.status_code) == (200, 429)
    assert "Retry-After" not in second.headers
    assert (await here.get("/identity/conditionalAccess/namedLocations")).status_code == 200


async def test_195_policies_are_the_most(quick: Scene) -> None:
    await quick.settings(conditionalAccess=[_policy(f"Policy {n}") for n in range(194)])
    made = await quick.ask("POST", PATH, _policy("The last"))
    one_more = await quick.ask("POST", PATH, _policy("One more"))

    assert (made.status_code, one_more.status_code) == (201, 400)
    assert "195" in words(one_more)


@pytest.mark.parametrize(
    "policy",
    [
        _policy(state="reportOnly"),
        _policy(grantControls={"builtInControls": ["mfa"]}),
        _policy(grantControls={"operator": "OR", "builtInControls": ["MFA"]}),
        _policy(grantControls=None),
        _policy(conditions={"users": {"includeUsers": []}}),
        _policy(conditions={"users": {"includeGuests": "all"}}),
        _policy(conditions={"applications": {}}),
        _policy(conditions={"clientAppTypes": []}),
        _policy(users={"excludeUsers": ["00000000-0000-4000-8000-000000000000"]}),
        _policy(
            users={"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "guest"}},
        ),
        _policy(grantControls={"operator": "OR", "authenticationStrength": {"name": "MFA"}}),
        _policy(colour="red"),
    ],
)
async def test_an_unsound_policy_is_refused(quick: Scene, policy: dict[str, Any]) -> None:
    assert (await quick.ask("POST", PATH, policy)).status_code == 400
    assert (await quick.get(PATH)).json()["value"] == []


async def test_a_strength_is_shown_whole(quick: Scene) -> None:
    strengths = (await quick.get("/policies/authenticationStrengthPolicies")).json()["value"]
    chosen = {"operator": "OR", "authenticationStrength": {"id": strengths[0]["id"]}}
    made = await quick.ask("POST", PATH, _policy(grantControls=chosen))

    shown = made.json()["grantControls"]["authenticationStrength"]
    assert shown["requirementsSatisfied"] == "mfa"


async def test_it_needs_p1_and_risks_need_p2(quick: Scene) -> None:
    risky = _policy(conditions={"signInRiskLevels": ["high"]})
    await quick.settings(licences=["P1"])
    premium = await quick.ask("POST", PATH, risky)
    await quick.settings(licences=[])

    assert premium.status_code == 400
    assert "premium P2" in words(premium)
    assert refusal(await quick.get(PATH)) == (403, "AccessDenied")


async def test_security_defaults_stand_in_the_way_of_an_enabled_policy(quick: Scene) -> None:
    await quick.settings(securityDefaults=True)
    told = await quick.get("/policies/identitySecurityDefaultsEnforcementPolicy")

    assert told.json()["isEnabled"] is True
    assert (await quick.ask("POST", PATH, _policy(state="enabled"))).status_code == 400
    assert (await quick.ask("POST", PATH, _policy())).status_code == 201


async def test_no_is_said_in_its_own_words(quick: Scene) -> None:
    app = await quick.as_app("Policy.ReadWrite.ConditionalAccess").ask("POST", PATH, _policy())
    scopes = ("Policy.Read.All", "Policy.ReadWrite.ConditionalAccess")
    person = await quick.as_person(*scopes).ask("POST", PATH, _policy())
    role = (permits.CONDITIONAL_ACCESS_ADMINISTRATOR,)
    administrator = await quick.as_person(*scopes, wids=role).ask("POST", PATH, _policy())

    assert refusal(app) == (403, "AccessDenied")
    assert "required scopes are missing in the token" in words(app)
    assert refusal(person)[0] == 403
    assert administrator.status_code == 201


async def test_named_locations_are_listed(quick: Scene) -> None:
    location = {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "displayName": "Home",
        "countriesAndRegions": ["NL"],
        "includeUnknownCountriesAndRegions": False,
    }
    await quick.settings(namedLocations=[location])
    listed = (await quick.get("/identity/conditionalAccess/namedLocations")).json()["value"]

    assert [one["displayName"] for one in listed] == ["Home"]
