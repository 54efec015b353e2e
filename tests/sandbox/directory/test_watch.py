"""What an audit reads besides policies: risk, owners, group settings, governance."""

from typing import Any

import pytest

from tests.sandbox.directory.scene import Scene, refusal

RISKY, DETECTIONS = "/identityProtection/riskyUsers", "/identityProtection/riskDetections"
ENTITLEMENT = "/identityGovernance/entitlementManagement/settings"
LIFECYCLE = "/identityGovernance/lifecycleWorkflows/lifecyclePolicies"
PASSCODE = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/email"
TEMPLATE = "62375ab9-6b52-47ed-826b-58e47e0e304b"
ID = "00000000-0000-4000-8000-00000000000a"
# path -> the permission that lets an app in
READS = {
    RISKY: "IdentityRiskyUser.Read.All",
    DETECTIONS: "IdentityRiskEvent.Read.All",
    "/applications": "Application.Read.All",
    "/servicePrincipals": "Application.Read.All",
    "/groupSettings": "GroupSettings.Read.All",
    ENTITLEMENT: "EntitlementManagement.Read.All",
    LIFECYCLE: "LifecyclePolicies-Guests.Read.All",
    PASSCODE: "Policy.Read.All",
}


@pytest.fixture
async def risks(here: Scene) -> Scene:
    await here.settings(
        riskyUsers=[{"id": ID}, {"id": f"{ID[:-1]}b", "riskState": "dismissed"}],
        riskDetections=[
            {"userId": ID, "detectedDateTime": "2026-11-01T00:00:00Z"},
            {"userId": ID, "detectedDateTime": "2026-09-01T00:00:00Z"},
        ],
    )
    return here.as_app(*READS.values())


@pytest.mark.parametrize("path", READS)
async def test_each_needs_its_permission(here: Scene, path: str) -> None:
    await here.settings(lifecyclePolicies=[], licences=["P2", "Governance"])

    assert (await here.as_app(READS[path]).get(path)).status_code == 200
    assert refusal(await here.as_app("User.Read.All").get(path))[0] == 403


async def test_users_at_risk_are_filtered(risks: Scene) -> None:
    text = "riskState eq 'atRisk' or riskState eq 'confirmedCompromised'"
    found = (await risks.get(RISKY, filter=text)).json()["value"]

    assert [(one["id"], one["riskLevel"]) for one in found] == [(ID, "low")]


async def test_detections_are_filtered_by_date(risks: Scene) -> None:
    text = "detectedDateTime ge 2026-10-20T00:00:00Z and riskState eq 'atRisk'"
    await risks.advance(2)
    found = (await risks.get(DETECTIONS, filter=text)).json()["value"]

    assert [one["detectedDateTime"] for one in found] == ["2026-11-01T00:00:00Z"]


async def test_risk_needs_p2_and_says_so(risks: Scene) -> None:
    await risks.settings(licences=["P1", "Governance"])
    answer = await risks.get(RISKY)

    assert refusal(answer) == (403, "Forbidden")
    assert "not licensed" in answer.text


async def test_one_request_a_second_and_no_word_of_when(risks: Scene) -> None:
    answers = [await risks.get(path) for path in (RISKY, DETECTIONS)]
    await risks.advance(1.1)
    later = await risks.get(DETECTIONS)

    assert [answer.status_code for answer in answers] == [200, 429]
    assert "Retry-After" not in answers[1].headers
    assert later.status_code == 200


async def test_owners_come_along_twenty_at_the_most(here: Scene) -> None:
    mails = [f"owner-{n}@home.example" for n in range(22)]
    await here.seed(
        users=[{"mail": mail, "userType": "Member"} for mail in mails],
        groups=[{"displayName": "Owned", "owners": mails}],
    )
    await here.settings(applications=[{"id": ID, "displayName": "App", "owners": mails[:1]}])
    groups = (await here.get("/groups", expand="owners", select="id,displayName")).json()["value"]
    apps = (await here.get("/applications", expand="owners")).json()["value"]
    listed = (await here.get(f"/groups/{await here.group('Owned')}/owners")).json()["value"]
    of_app = (await here.get(f"/applications/{ID}/owners")).json()["value"]

    counts = {one["displayName"]: len(one["owners"]) for one in groups}
    assert counts == {"Partners": 0, "Empty": 0, "Owned": 20}
    assert len(listed) == 22
    assert [one["displayName"] for one in apps] == ["App"]
    assert apps[0]["owners"][0]["id"] == of_app[0]["id"]


async def test_groups_have_settings_all_and_each(here: Scene) -> None:
    group = await here.group("Partners")
    values = [{"name": "AllowToAddGuests", "value": "false"}]
    setting = {"templateId": TEMPLATE, "values": values}
    await here.settings(groupSettings=[setting], settingsOfGroups={group: [setting]})
    for path in ("/groupSettings", f"/groups/{group}/settings"):
        (found,) = (await here.get(path)).json()["value"]

        assert found["values"] == values
    assert (await here.get(f"/groups/{await here.group('Empty')}/settings")).json()["value"] == []
    assert (await here.get(f"/groups/{ID}/settings")).status_code == 404


async def test_entitlement_management_needs_a_licence(here: Scene) -> None:
    app = here.as_app(READS[ENTITLEMENT])
    found = (await app.get(ENTITLEMENT)).json()
    await here.settings(licences=["P1"])

    assert found["externalUserLifecycleAction"] == "blockSignInAndDelete"
    assert refusal(await app.get(ENTITLEMENT)) == (403, "AadPremiumLicenseRequired")


async def test_lifecycle_policies_may_not_be_offered_yet(here: Scene) -> None:
    app = here.as_app(READS[LIFECYCLE])
    before = await app.get(LIFECYCLE)
    await here.settings(lifecyclePolicies=[{"displayName": "Inactive"}], licences=["Governance"])
    (found,) = (await app.get(LIFECYCLE)).json()["value"]

    assert before.status_code == 400
    assert found["@odata.type"].endswith("guestLifecyclePolicy")
    assert found["isEnabled"] is True


async def test_the_passcode_is_what_the_settings_say(here: Scene) -> None:
    await here.settings(emailOtp="disabled")
    found = (await here.get(PASSCODE)).json()

    assert found["allowExternalIdToUseEmailOtp"] == "disabled"


@pytest.mark.parametrize(
    "settings",
    [
        {"riskyUsers": [{"id": ID, "riskLevel": "enormous"}]},
        {"riskDetections": [{"userId": ID}]},
        {"entitlement": {"externalUserLifecycleAction": "sing"}},
        {"groupSettings": [{"values": []}]},
        {"applications": [{"name": "App"}]},
        {"emailOtp": "maybe"},
    ],
)
async def test_a_setting_that_graph_could_not_hold_is_refused(
    here: Scene, settings: dict[str, Any]
) -> None:
    answer = await here.http.put(f"{here.directory.origin}/sandbox/tenant", json=settings)

    assert answer.status_code == 400
