"""Each request that the app makes in a full run, held to Microsoft's description of Graph.

So is each answer of the stand-in, or the app would be right about the wrong directory.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from sandbox.demo.run import SEED
from sandbox.town import Town
from tests.contract_graph.description import (
    FILE,
    WHY_NOT,
    faults_of_answer,
    faults_of_request,
    operation_of,
)
from tests.contract_graph.recorder import Exchange, recording
from tests.e2e import scene

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not FILE.is_file(), reason=WHY_NOT),
]
NAME = "everybody.csv"
TWO_GROUPS = "Partner-Aurora;Partner-Finance-Read"
FILE_OF_EVERYBODY = scene.HEADER + (
    "".join(f"many{n}@fabrikam.com,Many,{TWO_GROUPS}\n" for n in range(25))
    + "o'brian@fabrikam.com,O'Brian,Partner-Aurora\n"
    + "plus+tag@fabrikam.com,Plus Tag,\n"
    + "bjørn@fabrikam.com,Bjørn,\n"
    + "ada.already@fabrikam.com,Ada Already,Partner-Aurora\n"
    + "flo.pending@example.org,Flo Pending,\n"
    + "link@example.org,,\n"
    + "max.inhouse@fabrikam.com,Max Inhouse,\n"
    + "hidden@fabrikam.com,Hidden,\n"
    + "ida.binned@fabrikam.com,Ida Binned,\n"
    + "hal.blocked@example.com,Hal Blocked,Partner-Aurora\n"
)
ACCESS = "access.csv"
FILE_OF_ACCESS = (
    "email,groups,accessPackages,expiresOn,removeGroups,removeAccessPackages\n"
    "pia.package@fabrikam.com,,Aurora Workspace,+70d,,\n"
    "ada.already@fabrikam.com,,,,Partner-Aurora;Partner-Finance-Read,Aurora Workspace\n"
)
OPERATIONS = {
    "POST /identityGovernance/entitlementManagement/assignmentRequests",
    "GET /identityGovernance/entitlementManagement/assignmentRequests",
    "GET /identityGovernance/entitlementManagement/assignmentRequests/"
    "{accessPackageAssignmentRequest-id}",
    "GET /identityGovernance/entitlementManagement/assignments",
    "DELETE /groups/{group-id}/members/{directoryObject-id}/$ref",
    "POST /invitations",
    "POST /$batch",
    "PATCH /groups/{group-id}",
    "GET /groups/{group-id}",
    "GET /users/{user-id}",
    "GET /users",
    "GET /directory/deletedItems/microsoft.graph.user",
    "POST /users/{user-id}/checkMemberGroups",
}


@dataclass(frozen=True, slots=True)
class Held:
    """A request, alone or within a batch, and its answer."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: Any
    status: int
    answer: Any
    answer_headers: Mapping[str, str]

    @property
    def name(self) -> str:
        found = operation_of(self.method, self.target)
        return f"{self.method} {found[0] if found else self.target}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def held(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[list[Held]]:
    """A full run: every kind of guest, and both ways of a group to refuse."""
    logs = tmp_path_factory.mktemp("contract") / "logs"
    async with scene.street(logs, SEED) as town, recording(town.directory) as recorder:
        town.settings["GRAPH_URL"] = recorder.url
        # Under `report` nothing is taken from a guest who is not managed.
        policy = (town.plan.app / "policy.example.toml").read_text(encoding="utf-8")
        enforcing = policy.replace('mode = "report"', 'mode = "enforce"')
        await town.storage.put("config", "policy.toml", enforcing.encode())
        await _make_it_hard(town)
        await town.start_host()
        await scene.drop(town, NAME, FILE_OF_EVERYBODY)
        await scene.drop(town, ACCESS, FILE_OF_ACCESS)
        for name in (NAME, ACCESS):
            await scene.wait_in_a_hurry(town, name)
        yield [one for exchange in recorder.exchanges for one in _unpacked(exchange)]


async def _make_it_hard(town: Town) -> None:
    """One answer gets lost, one group takes nobody for once, one account is found by its error."""
    await scene.order(
        town, method="PATCH", path="^/groups/", count=1, after_effect=True, status=504
    )
    await scene.order(town, method="PATCH", path="a2$", count=1, status=403)
    await scene.order(
        town, method="POST", path="assignmentRequests$", count=1, after_effect=True, status=504
    )
    taken = {"userType": "Guest", "mail": "hidden.elsewhere@fabrikam.com", "displayName": "Hidden"}
    await scene.post(f"{town.control}/seed", {"users": [taken]})
    identity = (await scene.guests(town))["hidden.elsewhere@fabrikam.com"]
    words = f"The invited user already exists in the directory as object ID: {identity}."
    await scene.order(town, method="POST", path="^/invitations", count=1, status=400, message=words)


async def test_the_run_makes_every_kind_of_request(held: list[Held]) -> None:
    made = {one.name for one in held}

    assert made == OPERATIONS


async def test_every_request_is_one_that_graph_describes(held: list[Held]) -> None:
    faults = {
        f"{one.method} {one.target}": found
        for one in held
        if (found := faults_of_request(one.method, one.target, one.headers, one.body))
    }

    assert faults == {}


async def test_every_answer_is_one_that_graph_describes(held: list[Held]) -> None:
    faults = {
        f"{one.method} {one.target} {one.status}": found
        for one in held
        if (found := faults_of_answer(one.method, one.target, one.status, one.answer))
    }

    assert faults == {}


async def test_every_request_names_itself_and_carries_a_token(held: list[Held]) -> None:
    alone = [one for one in held if "authorization" in one.headers]
    names = [one.headers.get("client-request-id") for one in alone]

    assert len(set(names)) == len(alone) > 20
    assert None not in names
    assert all(one.headers["authorization"].startswith("Bearer ") for one in alone)


async def test_invitations_are_made_with_and_without_a_mail(held: list[Held]) -> None:
    invitations = [one.body for one in held if one.name == "POST /invitations"]

    assert {one["sendInvitationMessage"] for one in invitations} == {True, False}
    assert all(one["sendInvitationMessage"] for one in invitations if _gets_mail(one))
    assert not any(one["sendInvitationMessage"] for one in invitations if not _gets_mail(one))


async def test_sponsors_go_along_and_nobody_is_deleted(held: list[Held]) -> None:
    sponsors = [one.body.get("invitedUserSponsors") for one in held if "invitations" in one.name]
    deleted = [one.target for one in held if one.method == "DELETE"]

    assert all(len(named) == 1 and set(named[0]) == {"id"} for named in sponsors if named)
    assert any(sponsors)
    assert deleted
    assert all(target.endswith("/$ref") for target in deleted)


async def test_no_request_carries_more_than_twenty(held: list[Held]) -> None:
    binds = [one.body["members@odata.bind"] for one in held if one.method == "PATCH"]
    batches = [one.body["requests"] for one in held if one.name == "POST /$batch"]

    assert 1 < max(map(len, binds)) <= 20
    assert max(map(len, batches)) <= 20


async def test_a_request_that_graph_does_not_describe_would_be_noticed() -> None:
    good = {"invitedUserEmailAddress": "a@b.example", "inviteRedirectUrl": "https://c.example"}
    sent = {"authorization": "Bearer x"}
    wrong: list[tuple[str, str, dict[str, str], Any]] = [
        ("GET", "/invitations", sent, None),
        ("POST", "/invitations", sent, None),
        ("POST", "/invitations", sent, good | {"invitedUserMail": "a@b.example"}),
        ("POST", "/invitations", sent, good | {"invitedUserType": "Visitor"}),
        ("POST", "/invitations", sent, good | {"inviteRedeemUrl": "https://c.example"}),
        ("POST", "/invitations", sent | {"x-extra": "1"}, good),
        ("GET", "/users?$skip=1", sent, None),
        ("GET", "/users?$select=id,nickname", sent, None),
        ("GET", "/users/1?$select=id,nickname", sent, None),
        ("GET", "/users?$top=1&$top=2", sent, None),
        ("POST", "/users/1/checkMemberGroups", sent, {"groupIds": ["1"] * 21}),
    ]

    assert faults_of_request("POST", "/invitations", sent, good) == []
    assert faults_of_request("GET", "/users?$select=id,mail", sent, None) == []
    for method, target, headers, body in wrong:
        assert faults_of_request(method, target, headers, body), (method, target, body)


async def test_an_answer_that_graph_does_not_describe_would_be_noticed() -> None:
    user = {"id": "1", "userType": "Guest"}

    assert faults_of_answer("GET", "/users/1", 200, user) == []
    assert faults_of_answer("GET", "/users/1", 200, user | {"accountEnabled": "yes"})
    assert faults_of_answer("GET", "/users/1", 202, user)
    assert faults_of_answer("GET", "/users/1", 404, {"message": "no"})
    assert faults_of_answer("PATCH", "/groups/1", 204, {"id": "1"})


def _gets_mail(invitation: Mapping[str, Any]) -> bool:
    return not str(invitation["invitedUserEmailAddress"]).endswith("@example.org")


def _unpacked(exchange: Exchange) -> Iterator[Held]:
    target = exchange.target.removeprefix("/v1.0").replace("%24", "$")
    body, answer = _json(exchange.body), _json(exchange.answer)
    yield Held(
        exchange.method, target, exchange.headers, body,
        exchange.status, answer, exchange.answer_headers,
    )  # fmt: skip
    if target == "/$batch" and exchange.status == 200:
        parts = {part["id"]: part for part in answer["responses"]}
        for request in body["requests"]:
            part = parts[request["id"]]
            headers = {k.lower(): v for k, v in request.get("headers", {}).items()}
            yield Held(
                request["method"], request["url"], headers, request.get("body"),
                part["status"], part.get("body"), part.get("headers", {}),
            )  # fmt: skip


def _json(raw: bytes) -> Any:
    return json.loads(raw) if raw else None
