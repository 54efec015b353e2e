"""Where Graph is dangerous, silent or vague: references, sponsors and entitlement management."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from kiota_abstractions.method import Method
from msgraph import GraphServiceClient

from b2b.adapters.graph.client import Ask
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.adapters.graph.package_models import GraphPackageAssignment
from b2b.adapters.graph.packages import GraphPackages
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId, Invitation
from b2b.domain.packages import AccessPackage, AccessPackageId, PackageRequestId, Progress
from b2b.domain.policy import AssignmentPolicyId
from b2b.domain.request import Address, GroupId
from b2b.domain.sponsor import SponsorId
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from sandbox.directory.newcomers import identity_of
from sandbox.directory.seed import plant
from tests.adapters.standin import GROUP, SCOPE, Token, scene
from tests.adapters.test_graph_directory import TERMS

LENA = Address("lena@fabrikam.com")
BOSS = SponsorId(identity_of("boss@contoso.com"))
ROLES = ("EntitlementManagement.ReadWrite.All", "User.Read.All")
PACKAGE = AccessPackage(
    AccessPackageId("00000000-0000-4000-8000-0000000000b1"),
    AssignmentPolicyId("00000000-0000-4000-8000-0000000000c1"),
)
ANN = GuestId(identity_of("ann@fabrikam.com"))


def _api() -> GraphServiceClient:
    return GraphServiceClient(request_adapter=connect(Token(""), "http://localhost:1/v1.0", SCOPE))


def test_no_code_of_ours_can_delete_a_person_by_way_of_a_membership() -> None:
    group, user = _api().groups.by_group_id("g"), _api().users.by_user_id("u")
    for builder in (
        group.members.by_directory_object_id("u"),
        group.owners.by_directory_object_id("u"),
        user.sponsors.by_directory_object_id("s"),
    ):
        with pytest.raises(AssertionError, match="without"):
            Ask(Method.DELETE, builder)
        assert Ask(Method.DELETE, builder.ref).spends


async def test_leaving_a_group_deletes_nobody_even_with_the_permission_to() -> None:
    roles = ("User.DeleteRestore.All", "User.ReadWrite.All", "GroupMember.ReadWrite.All")
    async with scene() as here:
        guest = here.guest(1)
        here.group(members=[guest])
        adapter = connect(Token(here.graph.token(*roles)), here.graph.url, SCOPE)
        ours = GraphDirectory(adapter, here.graph.tenant.initial_domain)
        await ours.remove_members(GroupId(GROUP), [GuestId(guest)])

        assert here.members() == set()
        assert guest in here.graph.world.store.users
        assert here.graph.world.store.bin == {}


async def test_who_is_in_a_group_by_another_one_is_told() -> None:
    async with scene() as here:
        guest = here.guest(1)
        inner = {"id": "00000000-0000-4000-8000-0000000000d2", "displayName": "Inner"}
        plant(here.graph.world, {"groups": [inner | {"members": [guest]}]})
        here.group(members=[inner["id"]])
        left = await here.directory.remove_members(GroupId(GROUP), [GuestId(guest)])

        assert left.refused[GuestId(guest)].code == "member_through_another_group"


async def test_a_group_that_fills_itself_lets_nobody_go() -> None:
    async with scene() as here:
        guest = here.guest(1)
        here.group(members=[guest], groupTypes=["DynamicMembership"])
        with pytest.raises(Refused) as refusal:
            await here.directory.remove_members(GroupId(GROUP), [GuestId(guest)])

        assert refusal.value.reason.code == "group_is_dynamic"


async def test_a_pause_amid_leaving_is_told_of_those_who_are_left() -> None:
    async with scene() as here:
        guests = [GuestId(here.guest(number)) for number in range(3)]
        here.group(members=guests)
        here.fails("DELETE", guests[1], status=503)
        left = await here.directory.remove_members(GroupId(GROUP), guests)

        assert list(left.later) == [guests[1]]
        assert here.members() == {guests[1]}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Invalid property 'invitedUserSponsors'."),
        (400, "Cannot create an abstract class."),  # whatever a tenant says of the form
        (404, f"Resource '{BOSS}' does not exist."),
    ],
)
async def test_where_the_sponsor_is_refused_the_guest_is_invited_without(
    status: int, words: str
) -> None:
    async with scene() as here:
        here.fails("POST", "^/invitations", status=status, message=words, body_has="Sponsors")
        made = await here.directory.invite(LENA, "", TERMS, mail=True, sponsor=BOSS)

        assert isinstance(made, Invitation)
        assert not here.graph.world.store.users[made.guest].read("sponsors")
        assert len(here.graph.world.mails) == 1


async def test_other_refusals_are_no_reason_to_leave_the_sponsor_out() -> None:
    async with scene(allow_invites_from="none") as here:
        with pytest.raises(Refused) as refusal:
            await here.directory.invite(LENA, "", TERMS, mail=True, sponsor=BOSS)

        assert refusal.value.reason.code == "invitations_not_allowed"
        assert here.graph.world.counters.shown()["writes"] == 1


async def test_who_is_there_already_is_found_by_the_first_answer() -> None:
    async with scene() as here:
        ann = here.guest(1)
        mail = here.graph.world.store.users[ann].read("mail")
        words = f"The invited user already exists in the directory as object ID: {ann}."
        here.fails("POST", "^/invitations", status=400, message=words, count=None)
        known = await here.directory.invite(Address(mail), "", TERMS, mail=True, sponsor=BOSS)

        assert not isinstance(known, Invitation)
        assert known.id == ann
        assert here.asked() == 2  # the invitation, and a look at the one it named


@pytest.mark.parametrize(
    ("start", "expiration", "ends"),
    [
        ("2026-11-01T00:00:00Z", {"type": "noExpiration"}, None),
        (None, {"type": "afterDateTime", "endDateTime": "2027-02-01T00:00:00Z"}, "2027-02-01"),
        ("2026-11-01T00:00:00Z", {"type": "afterDuration", "duration": "P30D"}, "2026-12-01"),
        ("2026-11-01T00:00:00Z", {"type": "afterDuration", "duration": "PT48H"}, "2026-11-03"),
        ("2026-11-01T00:00:00Z", {"type": "afterDuration", "duration": "for ever"}, None),
        ("2026-11-01T00:00:00Z", {"type": "afterDuration", "duration": "P9999999D"}, None),
        (None, {"type": "afterDuration", "duration": "P30D"}, None),
        (None, None, None),
    ],
)
def test_an_assignment_ends_when_its_schedule_says(
    start: str | None, expiration: dict[str, str] | None, ends: str | None
) -> None:
    schedule = {"startDateTime": start, "expiration": expiration}
    row = {"id": "a", "state": "delivered", "target": {"objectId": ANN}, "schedule": schedule}
    held = GraphPackageAssignment.model_validate_json(json.dumps(row)).value()

    assert (held.ends.date().isoformat() if held.ends else None) == ends


@asynccontextmanager
async def office(
    roles: tuple[str, ...] = ROLES, scope: str = "allExternalUsers", **settings: Any
) -> AsyncIterator[tuple[Directory, GraphPackages]]:
    policy = {"id": PACKAGE.assignment_policy, "allowedTargetScope": scope}
    package = {"id": PACKAGE.package, "displayName": "Workspace", "policies": [policy]}
    seed = {"users": [{"mail": "ann@fabrikam.com"}], "accessPackages": [package]}
    async with Directory.running(quotas=False, seed=seed, **settings) as graph:
        yield graph, GraphPackages(connect(Token(graph.token(*roles)), graph.url, SCOPE))


async def _refused(packages: GraphPackages, guest: GuestId = ANN) -> str:
    with pytest.raises(Refused) as refusal:
        await packages.give(guest, PACKAGE, date(2035, 1, 1))
    return refusal.value.reason.code


async def test_a_guest_outside_the_scope_of_the_policy_is_refused_with_its_words() -> None:
    async with office(scope="allMemberUsers") as (_, packages):
        assert await _refused(packages) == "package_refused"


async def test_a_package_that_the_tenant_does_not_have_is_for_the_policy_to_mend() -> None:
    async with office() as (graph, packages):
        graph.world.entitlements.packages.clear()

        assert await _refused(packages) == "package_not_found"


async def test_a_guest_too_fresh_to_be_seen_is_waited_for() -> None:
    async with office() as (_, packages):
        with pytest.raises(TryLater) as wait:
            await packages.give(GuestId("00000000-0000-4000-9000-00000000dead"), PACKAGE, None)

        assert not wait.value.unclear
        assert wait.value.reason.code == "not_replicated"


async def test_a_missing_permission_is_told_with_its_name() -> None:
    async with office(roles=("User.Read.All",)) as (_, packages):
        assert await _refused(packages) == "packages_not_permitted"
        with pytest.raises(Refused) as refusal:
            await packages.holders()

        assert "EntitlementManagement.ReadWrite.All" in refusal.value.reason.sentence


@pytest.mark.parametrize("method", ["holders", "holds_any"])
async def test_half_a_list_of_holders_is_an_error(method: str) -> None:
    async with office() as (graph, packages):
        graph.world.faults.rules.append(Fault(path="/assignments", status=500, count=None))
        with pytest.raises(TryLater):
            await (packages.holders() if method == "holders" else packages.holds_any(ANN))


async def test_holders_are_read_to_the_last_page() -> None:
    async with office() as (graph, packages):
        people = [f"guest-{number}@fabrikam.com" for number in range(130)]
        plant(graph.world, {"users": [{"mail": mail} for mail in people]})
        policy = {"displayName": "Guests", "assigned": people}
        package = {"displayName": "Second", "policies": [policy]}
        plant(graph.world, {"accessPackages": [package]})

        assert await packages.holders() == {identity_of(mail) for mail in people}


async def test_holders_whose_page_fails_are_an_error() -> None:
    async with office() as (graph, packages):
        people = [f"guest-{number}@fabrikam.com" for number in range(130)]
        plant(graph.world, {"users": [{"mail": mail} for mail in people]})
        policy = {"displayName": "Guests", "assigned": people}
        plant(graph.world, {"accessPackages": [{"displayName": "Second", "policies": [policy]}]})
        graph.world.faults.rules.append(Fault(path="skiptoken", status=500, count=None))
        with pytest.raises(TryLater):
            await packages.holders()


@pytest.mark.parametrize(
    "body",
    ['{"value": [{"id": "1", "state": "delivered"}]}', '{"values": []}', '{"value": [{}]}'],
)
async def test_an_answer_that_lacks_something_is_no_empty_list(body: str) -> None:
    async with office() as (graph, packages):
        fault = Fault(path="/assignments", status=200, body=body, count=None)
        graph.world.faults.rules.append(fault)
        with pytest.raises(Refused) as refusal:
            await packages.holders()

        assert refusal.value.reason.code == "answer_malformed"


async def test_somebody_who_is_not_in_the_directory_yet_is_no_holder() -> None:
    body = '{"value": [{"id": "1", "state": "delivered", "target": {"objectId": null}}]}'
    async with office() as (graph, packages):
        fault = Fault(path="/assignments", status=200, body=body, count=None)
        graph.world.faults.rules.append(fault)

        assert await packages.holders() == frozenset()


async def test_a_state_that_nobody_knows_is_looked_at_again() -> None:
    body = '{"id": "1", "state": "unknownFutureValue", "createdDateTime": "2026-11-23T09:00:00Z"}'
    async with office() as (graph, packages):
        fault = Fault(path="/assignmentRequests/", status=200, body=body)
        graph.world.faults.rules.append(fault)
        found = await packages.request(PackageRequestId("1"))

        assert found is not None
        assert found.progress is Progress.ON_ITS_WAY
