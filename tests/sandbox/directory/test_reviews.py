"""Access reviews: definitions, and what came of them."""

from typing import Any

import pytest

from sandbox.directory import permits
from tests.sandbox.directory.scene import Scene, refusal

PATH = "/identityGovernance/accessReviews/definitions"


def _review(group: str, **more: Any) -> dict[str, Any]:
    query = f"/groups/{group}/transitiveMembers/microsoft.graph.user/?$filter=(userType eq 'Guest')"
    recurrence = {
        "pattern": {"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 1},
        "range": {"type": "noEnd", "startDate": "2026-12-01"},
    }
    return {
        "displayName": "Guests of Partners",
        "scope": {
            "@odata.type": "#microsoft.graph.accessReviewQueryScope",
            "query": query,
            "queryType": "MicrosoftGraph",
        },
        "reviewers": [{"query": f"/groups/{group}/owners", "queryType": "MicrosoftGraph"}],
        "settings": {"instanceDurationInDays": 14, "recurrence": recurrence},
    } | more


async def test_a_review_is_made_and_read(here: Scene) -> None:
    body = _review(await here.group("Partners"))
    made = await here.ask("POST", PATH, body)
    path = f"{PATH}/{made.json()['id']}"
    one = (await here.get(path)).json()
    listed = (await here.get(PATH)).json()["value"]

    assert made.status_code == 201
    assert one["scope"] == body["scope"]
    assert one["settings"]["autoApplyDecisionsEnabled"] is False
    assert [row["id"] for row in listed] == [one["id"]]
    assert (await here.get(f"{path}/instances")).json()["value"] == []
    assert (await here.ask("DELETE", path)).status_code == 204


async def test_what_reviewers_decided_is_read(here: Scene) -> None:
    made = (await here.ask("POST", PATH, _review(await here.group("Partners")))).json()
    decisions = [{"decision": "Deny", "principal": {"id": "1", "displayName": "Ann"}}, {}]
    held = {"definition": made["displayName"], "instance": {"status": "Applied"}}
    instance = await here.panel("POST", "access-reviews", held | {"decisions": decisions})
    path = f"{PATH}/{made['id']}/instances"
    (listed,) = (await here.get(path)).json()["value"]
    decided = (await here.get(f"{path}/{instance['id']}/decisions")).json()["value"]

    assert (listed["id"], listed["status"]) == (instance["id"], "Applied")
    assert [row["decision"] for row in decided] == ["Deny", "NotReviewed"]
    assert (await here.get(f"{path}/{instance['id']}")).json()["id"] == instance["id"]


@pytest.mark.parametrize(
    "change",
    [
        {"settings": {"instanceDurationInDays": 0}},
        {"settings": {}},
        {"settings": {"instanceDurationInDays": 3, "defaultDecisionEnabled": True}},
        {"settings": {"instanceDurationInDays": 3, "defaultDecision": "Remove"}},
        {"settings": {"instanceDurationInDays": 3, "autoApply": True}},
        {"scope": {"queryType": "MicrosoftGraph"}},
        {"scope": None},
        {"title": "x"},
    ],
)
async def test_an_unsound_review_is_refused(here: Scene, change: dict[str, Any]) -> None:
    body = _review(await here.group("Partners")) | change

    assert (await here.ask("POST", PATH, body)).status_code == 400


async def test_the_group_must_be_there(here: Scene) -> None:
    body = _review("00000000-0000-4000-8000-000000000000")

    assert (await here.ask("POST", PATH, body)).status_code == 404


async def test_it_needs_a_licence(here: Scene) -> None:
    await here.settings(licences=["P1"])

    assert refusal(await here.get(PATH)) == (403, "NoLicense")


async def test_inactive_guests_are_reviewed_with_governance_only(here: Scene) -> None:
    body = _review(await here.group("Partners"))
    body["scope"] |= {
        "@odata.type": "#microsoft.graph.accessReviewInactiveUsersQueryScope",
        "inactiveDuration": "P30D",
    }
    refused = await here.ask("POST", PATH, body)
    await here.settings(licences=["P2", "Governance"])

    assert refusal(refused) == (403, "NoLicense")
    assert (await here.ask("POST", PATH, body)).status_code == 201


async def test_it_needs_a_permission_and_a_person_a_role(here: Scene) -> None:
    body = _review(await here.group("Partners"))
    reader = here.as_app("AccessReview.Read.All")
    scope = "AccessReview.ReadWrite.All"
    nobody = here.as_person(scope)
    administrator = here.as_person(scope, wids=(permits.USER_ADMINISTRATOR,))

    assert (await reader.get(PATH)).status_code == 200
    assert (await reader.ask("POST", PATH, body)).status_code == 403
    assert (await nobody.ask("POST", PATH, body)).status_code == 403
    assert (await administrator.ask("POST", PATH, body)).status_code == 201
