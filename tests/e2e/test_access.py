"""A dropped CSV with access packages, sponsors and access to be taken away, end to end."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORKSPACE = "Aurora Workspace"
GROUP = "Aurora-Workspace"
GIVEN = "email,groups,accessPackages,expiresOn,sponsorEmail\n"
TAKEN = "email,removeGroups,removeAccessPackages\n"
WEBER, SINGH = "s.weber@contoso.com", "p.singh@contoso.com"


@pytest_asyncio.fixture(loop_scope="session")
async def office(town: Town) -> AsyncIterator[Town]:
    """Entitlement management that takes its time."""
    await scene.set_tenant(town, packageSeconds=0.5)
    yield town
    await scene.set_tenant(town, packageSeconds=0, packageEnding="delivered", licences=["P1", "P2"])


async def _dropped(town: Town, name: str, content: str) -> dict[str, tuple[str, str]]:
    await scene.drop(town, name, content)
    await scene.wait_in_a_hurry(town, name)
    return await scene.outcomes(town, name)


async def _packages(town: Town, address: str) -> list[dict[str, Any]]:
    guest = (await scene.guests(town))[address]
    state = await town.get(f"{town.control}/state")
    return [one for one in state["packageAssignments"] if one["target"] == guest]


async def _kinds(town: Town, address: str) -> list[str]:
    guest = (await scene.guests(town))[address]
    state = await town.get(f"{town.control}/state")
    return [one["kind"] for one in state["packageRequests"] if one["target"] == guest]


async def _guest(town: Town, address: str) -> dict[str, Any]:
    state = await town.get(f"{town.control}/state")
    found: dict[str, Any] = next(one for one in state["guests"] if one["mail"] == address)
    return found


async def test_a_package_is_asked_for_followed_renewed_and_taken(office: Town) -> None:
    town, ann = office, "ann.package@fabrikam.com"
    given = await _dropped(town, "given.csv", f"{GIVEN}{ann},Partner-Aurora,{WORKSPACE},+70d,\n")
    (held,) = await _packages(town, ann)
    joined = (await scene.members(town))[GROUP]

    assert given == {ann: ("assigned", "")}
    assert held["state"] == "delivered"
    assert held["schedule"]["expiration"]["endDateTime"] in scene.ends_after(70)
    assert ann in joined

    renewed = await _dropped(town, "renewed.csv", f"{GIVEN}{ann},,,+130d,\n")
    (longer,) = await _packages(town, ann)

    assert renewed == {ann: ("already_guest", "")}
    assert longer["schedule"]["expiration"]["endDateTime"] in scene.ends_after(130)

    before = await _guest(town, ann)
    taken = await _dropped(town, "taken.csv", f"{TAKEN}{ann},Partner-Aurora,{WORKSPACE}\n")
    (gone,) = await _packages(town, ann)
    members = await scene.members(town)

    assert taken == {ann: ("access_removed", "")}
    assert gone["state"] == "expired"
    assert ann not in members[GROUP] | members["Partner-Aurora"]
    assert await _guest(town, ann) == before
    assert await _kinds(town, ann) == ["adminAdd", "adminUpdate", "adminRemove"]
    assert (await scene.mails_to(town))[ann] == 1


async def test_an_answer_that_gets_lost_is_not_asked_for_twice(office: Town) -> None:
    town, bob = office, "bob.package@fabrikam.com"
    await scene.order(
        town, method="POST", path="assignmentRequests$", count=1, after_effect=True, drop=True
    )
    given = await _dropped(town, "lost.csv", f"{GIVEN}{bob},,{WORKSPACE},,\n")

    assert given == {bob: ("assigned", "")}
    assert await _kinds(town, bob) == ["adminAdd"]


async def test_a_delivery_that_fails_and_a_missing_licence_are_told_in_the_row(
    office: Town,
) -> None:
    town, cid, dan = office, "cid.package@fabrikam.com", "dan.package@fabrikam.com"
    await scene.set_tenant(town, packageEnding="deliveryFailed")
    failed = await _dropped(town, "failed.csv", f"{GIVEN}{cid},,{WORKSPACE},,\n")
    await scene.set_tenant(town, packageEnding="delivered", licences=["P1"])
    unlicensed = await _dropped(town, "unlicensed.csv", f"{GIVEN}{dan},,{WORKSPACE},,\n")

    assert failed == {cid: ("refused", "package_delivery_failed")}
    assert unlicensed == {dan: ("refused", "packages_not_licensed")}


async def test_a_package_waits_for_its_approval_and_the_row_with_it(office: Town) -> None:
    town, eva = office, "eva.package@fabrikam.com"
    await scene.set_tenant(town, packageEnding="pendingApproval")
    await scene.drop(town, "approved.csv", f"{GIVEN}{eva},,{WORKSPACE},,\n")

    async def waiting() -> bool:
        state = await town.get(f"{town.control}/state")
        return any(one["state"] == "pendingApproval" for one in state["packageRequests"])

    await scene.until(waiting)
    pending = (await scene.outcomes_now(town, "approved.csv")).get(eva)
    await scene.set_tenant(town, packageEnding="delivered")
    await scene.post(f"{town.control}/decide-packages", {"approve": True})

    assert pending in (None, ("pending", ""))
    await scene.wait_in_a_hurry(town, "approved.csv")
    assert await scene.outcomes(town, "approved.csv") == {eva: ("assigned", "")}


async def test_sponsors_go_with_the_invitation_and_have_to_be_at_work(office: Town) -> None:
    town, fay, gus, hal = office, *(f"{n}.sponsor@fabrikam.com" for n in ("fay", "gus", "hal"))
    content = f"{GIVEN}{fay},,,,{SINGH}\n{gus},,,,\n{hal},,,,nobody@contoso.example\n"
    ended = await _dropped(town, "sponsors.csv", content)

    assert ended == {
        fay: ("invited", ""),
        gus: ("invited", ""),
        hal: ("refused", "sponsor_not_found"),
    }
    assert [(await _guest(town, mail))["sponsors"] for mail in (fay, gus)] == [
        [await _id_of(town, SINGH)],
        [await _id_of(town, WEBER)],
    ]
    assert hal not in await scene.guests(town)


async def test_a_long_file_costs_few_look_ups_of_sponsors(office: Town) -> None:
    town = office
    names = [f"long{n}.sponsor@fabrikam.com" for n in range(40)]
    rows = "".join(f"{mail},,,,{(WEBER, SINGH)[n % 2]}\n" for n, mail in enumerate(names))
    before = await town.get(f"{town.control}/counters")
    ended = await _dropped(town, "long.csv", GIVEN + rows)
    after = await town.get(f"{town.control}/counters")

    assert set(ended.values()) == {("invited", "")}
    assert after["writes"] - before["writes"] == len(names)
    assert after["requests"] - before["requests"] <= 2 * len(names) + 6


async def test_nobody_is_touched_who_is_no_guest_with_something_to_lose(office: Town) -> None:
    town, nobody = office, "nobody.taken@fabrikam.com"
    content = f"{TAKEN}{nobody},Partner-Aurora,\nmax.inhouse@fabrikam.com,Partner-Aurora,\n"
    before = await town.get(f"{town.control}/state")
    ended = await _dropped(town, "nobody.csv", content)
    after = await town.get(f"{town.control}/state")

    assert ended == {
        nobody: ("refused", "no_such_guest"),
        "max.inhouse@fabrikam.com": ("refused", "member_of_tenant"),
    }
    assert after == before


async def _id_of(town: Town, address: str) -> str:
    """As an app sees it: the panel shows guests alone."""
    endpoint, header = town.settings["IDENTITY_ENDPOINT"], town.settings["IDENTITY_HEADER"]
    async with httpx.AsyncClient(timeout=scene.PATIENCE) as client:
        query = {"api-version": "2019-08-01", "resource": "https://graph.microsoft.com"}
        answer = await client.get(endpoint, params=query, headers={"X-IDENTITY-HEADER": header})
        token = answer.json()["access_token"]
        found = await client.get(
            f"{town.directory}/users/{address}", headers={"Authorization": f"Bearer {token}"}
        )
        return str(found.json()["id"])
