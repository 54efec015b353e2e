"""The directory does what it was asked and the answer gets lost: still one invitation each."""

import pytest

from sandbox.town import Town
from tests.e2e import scene

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("dropped", {"drop": True, "after_effect": True}),
        ("timeout", {"status": 504, "after_effect": True}),
        ("fault", {"status": 500, "after_effect": True}),
    ],
)
async def test_an_invitation_whose_answer_is_lost_is_mailed_once(
    town: Town, kind: str, fault: dict[str, object]
) -> None:
    people = [f"{kind}{n}@fabrikam.com" for n in range(1, 7)]
    content = "".join(f"{mail},Lost Answer,Partner-Aurora\n" for mail in people)
    await scene.set_tenant(town, replicationSeconds=2)
    await scene.order(town, method="POST", path="^/invitations", count=4, **fault)
    await scene.drop(town, f"{kind}.csv", scene.HEADER + content)
    await scene.wait_in_a_hurry(town, f"{kind}.csv")

    faults = await town.get(f"{town.control}/faults")
    mails = await scene.mails_to(town)
    assert faults[-1]["done"] == 4
    assert await scene.outcomes(town, f"{kind}.csv") == dict.fromkeys(people, ("assigned", ""))
    assert {mail: mails[mail] for mail in people} == dict.fromkeys(people, 1)
    assert set(people) <= set(await scene.guests(town))
    assert set(people) <= (await scene.members(town))[scene.AURORA]


async def test_an_invitation_that_was_never_made_is_made_in_the_end(town: Town) -> None:
    address = "undone@fabrikam.com"
    await scene.order(town, method="POST", path="^/invitations", status=504)
    await scene.drop(town, "undone.csv", f"{scene.HEADER}{address},Undone,\n")
    await scene.wait_in_a_hurry(town, "undone.csv")

    assert (await scene.outcomes(town, "undone.csv"))[address] == ("invited", "")
    assert (await scene.mails_to(town))[address] == 1


async def test_a_membership_whose_answer_is_lost_counts_as_given(town: Town) -> None:
    address = "seated@fabrikam.com"
    await scene.order(town, method="PATCH", path="^/groups/", drop=True, after_effect=True)
    await scene.drop(town, "seated.csv", f"{scene.HEADER}{address},Seated,Partner-Aurora\n")
    await scene.wait_in_a_hurry(town, "seated.csv")

    assert (await scene.outcomes(town, "seated.csv"))[address] == ("assigned", "")
    assert address in (await scene.members(town))[scene.AURORA]
