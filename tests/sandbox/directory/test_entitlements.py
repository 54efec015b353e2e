"""Access packages: asked for, delivered after a while, ended, and what is refused."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.sandbox.directory.scene import SEED, Scene, refusal, scene, words

EM = "/identityGovernance/entitlementManagement"
WRITES, READS = "EntitlementManagement.ReadWrite.All", "EntitlementManagement.Read.All"
PACKAGE, POLICY = "00000000-0000-4000-8000-0000000000b1", "00000000-0000-4000-8000-0000000000c1"
MEMBERS = "00000000-0000-4000-8000-0000000000c2"
NOBODY = "00000000-0000-4000-8000-00000000dead"
ADMINISTRATORS: dict[str, Any] = SEED | {
    "accessPackages": [
        {
            "id": PACKAGE,
            "displayName": "Workspace",
            "groups": ["Empty"],
            "policies": [
                {"id": POLICY, "displayName": "Guests"},
                {"id": MEMBERS, "displayName": "Us", "allowedTargetScope": "allMemberUsers"},
            ],
        },
        {"displayName": "Second", "groups": ["Empty"], "policies": [{"displayName": "Guests"}]},
    ]
}


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Scene]:
    async with scene(ADMINISTRATORS, package_seconds=60) as opened:
        yield opened


async def ask(here: Scene, kind: str = "adminAdd", **body: Any) -> httpx.Response:
    app = here.as_app(WRITES, "User.Read.All")
    return await app.ask("POST", f"{EM}/assignmentRequests", {"requestType": kind} | body)


async def add(here: Scene, mail: str = "ann@partner.example", **body: Any) -> httpx.Response:
    target = await here.id_of(mail)
    wished = {"targetId": target, "assignmentPolicyId": POLICY, "accessPackageId": PACKAGE}
    return await ask(here, assignment=wished, **body)


async def state_of(here: Scene, request: httpx.Response) -> str:
    assert request.status_code == 201, request.text
    found = await here.as_app(READS).get(f"{EM}/assignmentRequests/{request.json()['id']}")
    return str(found.json()["state"])


async def assignments(here: Scene, **options: Any) -> list[dict[str, Any]]:
    found = await here.as_app(READS).get(f"{EM}/assignments", **options)
    assert found.status_code == 200, found.text
    return list(found.json()["value"])


def until(day: str) -> dict[str, Any]:
    expiration = {"type": "afterDateTime", "endDateTime": f"{day}T00:00:00Z"}
    return {"startDateTime": None, "expiration": expiration}


async def test_a_package_is_delivered_after_a_while_and_brings_its_groups(here: Scene) -> None:
    ann, group = await here.id_of("ann@partner.example"), await here.group("Empty")
    asked = await add(here, schedule=until("2030-01-01"))
    states = [asked.json()["state"], await state_of(here, asked)]
    for _ in range(2):
        await here.advance(31)
        states.append(await state_of(here, asked))

    assert states == ["submitted", "submitted", "delivering", "delivered"]
    assert await here.members(group) == [ann]
    (held,) = await assignments(here, filter=f"target/objectId eq '{ann}'", expand="target")
    assert held["state"] == "delivered"
    assert held["target"]["objectId"] == ann
    assert held["schedule"]["expiration"]["endDateTime"] == "2030-01-01T00:00:00Z"


@pytest.mark.parametrize("ending", ["deliveryFailed", "partiallyDelivered", "denied", "canceled"])
async def test_a_delivery_can_end_badly(here: Scene, ending: str) -> None:
    await here.settings(packageEnding=ending)
    asked = await add(here)
    await here.advance(31)
    await here.advance(31)

    assert await state_of(here, asked) == ending
    assert await here.members(await here.group("Empty")) == []


async def test_a_request_may_wait_for_approval(here: Scene) -> None:
    await here.settings(packageEnding="pendingApproval")
    asked = await add(here)
    await here.advance(3600)
    waiting = await state_of(here, asked)
    await here.settings(packageEnding="delivered")
    await here.panel("POST", "decide-packages", {"approve": True})

    assert waiting == "pendingApproval"
    assert await state_of(here, asked) == "delivered"


async def test_a_second_request_is_refused_while_one_is_open_or_delivered(here: Scene) -> None:
    await add(here)
    open_one = await add(here)
    await here.advance(61)
    delivered = await add(here)

    assert [one.status_code for one in (open_one, delivered)] == [400, 400]
    assert "already" in words(delivered)


async def test_an_assignment_ends_by_itself_and_its_groups_with_it(here: Scene) -> None:
    await here.settings(packageSeconds=0)
    await add(here, schedule=until("2030-01-01"))
    (held,) = await assignments(here)
    await here.advance(40 * 366 * 24 * 3600)
    (ended,) = await assignments(here)

    assert (held["state"], ended["state"]) == ("delivered", "expired")
    assert await here.members(await here.group("Empty")) == []


async def test_an_assignment_is_changed_and_removed(here: Scene) -> None:
    await here.settings(packageSeconds=0)
    await add(here, schedule=until("2030-01-01"))
    (held,) = await assignments(here)
    one = {"id": held["id"]}
    changed = await ask(here, "adminUpdate", assignment=one, schedule=until("2031-01-01"))
    (longer,) = await assignments(here)
    removed = await ask(here, "adminRemove", assignment=one)
    (gone,) = await assignments(here)

    assert [await state_of(here, each) for each in (changed, removed)] == ["delivered"] * 2
    assert longer["schedule"]["expiration"]["endDateTime"] == "2031-01-01T00:00:00Z"
    assert gone["state"] == "expired"
    again = await ask(here, "adminRemove", assignment=one)
    assert again.status_code == 400


async def test_what_another_package_gives_stays(here: Scene) -> None:
    await here.settings(packageSeconds=0)
    ann, group = await here.id_of("ann@partner.example"), await here.group("Empty")
    packages = (await here.as_app(READS).get(f"{EM}/accessPackages")).json()["value"]
    second = next(one["id"] for one in packages if one["displayName"] == "Second")
    of_second = f"accessPackage/id eq '{second}'"
    policies = await here.as_app(READS).get(f"{EM}/assignmentPolicies", filter=of_second)
    (policy,) = policies.json()["value"]
    await add(here)
    wished = {"targetId": ann, "assignmentPolicyId": policy["id"], "accessPackageId": second}
    await ask(here, assignment=wished)
    first = (await assignments(here, filter=f"accessPackage/id eq '{PACKAGE}'"))[0]
    await ask(here, "adminRemove", assignment={"id": first["id"]})

    assert await here.members(group) == [ann]


async def test_the_scope_of_a_policy_counts(here: Scene) -> None:
    target = await here.id_of("ann@partner.example")
    wished = {"targetId": target, "assignmentPolicyId": MEMBERS, "accessPackageId": PACKAGE}
    outside = await ask(here, assignment=wished)

    assert outside.status_code == 400
    assert "scope" in words(outside)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"targetId": NOBODY}, 404),
        ({"accessPackageId": NOBODY}, 404),
        ({"assignmentPolicyId": NOBODY}, 404),
        ({"target": {"email": "new@partner.example"}}, 400),
    ],
)
async def test_what_nobody_knows_is_refused(
    here: Scene, change: dict[str, Any], status: int
) -> None:
    target = await here.id_of("ann@partner.example")
    wished = {"targetId": target, "assignmentPolicyId": POLICY, "accessPackageId": PACKAGE}
    answer = await ask(here, assignment=wished | change)

    assert answer.status_code == status


async def test_a_body_of_another_shape_is_refused(here: Scene) -> None:
    answers = [
        await ask(here, accessPackageAssignment={"targetId": NOBODY}),
        await ask(here, "userAdd", assignment={"id": NOBODY}),
        await add(here, schedule={"expiration": {"type": "afterDateTime"}}),
        await add(here, schedule=until("2020-01-01")),
    ]

    assert [one.status_code for one in answers] == [400] * 4


async def test_only_documented_filters_are_taken(here: Scene) -> None:
    app = here.as_app(READS)
    good = await app.get(f"{EM}/assignments", filter="state eq 'delivered'")
    wrong = [
        await app.get(f"{EM}/assignments", filter="state ne 'delivered'"),
        await app.get(f"{EM}/assignments", filter="state eq 'expired' or state eq 'delivered'"),
        await app.get(f"{EM}/assignments", filter="target/email eq 'ann@partner.example'"),
        await app.get(f"{EM}/assignmentRequests", filter=f"requestor/objectId eq '{NOBODY}'"),
    ]

    assert good.status_code == 200
    assert [one.status_code for one in wrong] == [400] * 4


async def test_lists_come_in_pages(here: Scene) -> None:
    for mail in ("ann@partner.example", "cid@other.example"):
        await add(here, mail)
    app = here.as_app(READS)
    first = (await app.get(f"{EM}/assignmentRequests", top=1, expand="requestor")).json()
    second = (await app.ask("GET", first["@odata.nextLink"])).json()

    assert [len(page["value"]) for page in (first, second)] == [1, 1]
    assert first["value"][0]["id"] != second["value"][0]["id"]
    assert "@odata.nextLink" not in second


async def test_permission_and_licence_are_needed(here: Scene) -> None:
    reader = await here.as_app(READS).ask("POST", f"{EM}/assignmentRequests", {"requestType": "x"})
    stranger = await here.as_app("User.Read.All").get(f"{EM}/assignments")
    await here.settings(licences=["P1"])
    unlicensed = await here.as_app(READS).get(f"{EM}/assignments")

    assert refusal(reader) == refusal(stranger) == (403, "Authorization_RequestDenied")
    assert refusal(unlicensed) == (403, "AadPremiumLicenseRequired")


async def test_settings_are_read_and_changed(here: Scene) -> None:
    app = here.as_app(WRITES)
    before = (await app.get(f"{EM}/settings")).json()
    change = {"externalUserLifecycleAction": "none"}
    changed = await app.ask("PATCH", f"{EM}/settings", change)
    wrong = await app.ask("PATCH", f"{EM}/settings", {"externalUserLifecycleAction": "all"})

    assert before["externalUserLifecycleAction"] == "blockSignInAndDelete"
    assert before["durationUntilExternalUserDeletedAfterBlocked"] == "P30D"
    assert changed.json()["externalUserLifecycleAction"] == "none"
    assert wrong.status_code == 400
