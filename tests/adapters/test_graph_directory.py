"""What Graph may answer besides what it should, and what becomes of it."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest
import pytest_asyncio

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.policy import Admission, UserType
from b2b.domain.request import Address, Delivery, GroupId
from tests.adapters.standin import GROUP, Scene, scene

LENA = Address("lena@fabrikam.com")
TERMS = Admission(
    partner="Fabrikam",
    groups=(),
    access_packages=(),
    expires_on=date(2027, 1, 31),
    sponsor="",
    redirect_url="https://myapplications.microsoft.com",
    language="de-DE",
    delivery=Delivery.GRAPH,
    user_type=UserType.GUEST,
    notes=(),
    policy_version="v1",
)
LONG = {"Retry-After": "90"}


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Scene]:
    async with scene() as made:
        yield made


async def invited(here: Scene) -> None:
    await here.directory.invite(LENA, "", TERMS, mail=True)


async def joined(here: Scene, *guests: str) -> object:
    return await here.directory.add_members(GroupId(GROUP), [GuestId(one) for one in guests])


@pytest.mark.parametrize("status", [503, 504, 500])
async def test_an_answer_that_sdks_like_to_repeat_is_asked_for_once(
    here: Scene, status: int
) -> None:
    here.fails("POST", "^/invitations", status=status)
    with pytest.raises(TryLater):
        await invited(here)

    assert here.asked() == 1


async def test_a_pause_too_long_to_wait_for_is_asked_for_once(here: Scene) -> None:
    here.fails("POST", "^/invitations", status=429, headers=LONG)
    with pytest.raises(TryLater) as wait:
        await invited(here)

    assert here.asked() == 1
    assert not wait.value.unclear
    assert wait.value.after > timedelta(seconds=80)


async def test_a_short_pause_is_made_in_place(here: Scene) -> None:
    here.fails("POST", "^/invitations", status=429, headers={"Retry-After": "0.1"})
    await invited(here)

    assert [mail["to"] for mail in here.graph.world.mails] == [LENA]


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_a_fault_of_the_service_leaves_an_invitation_unclear(
    here: Scene, status: int
) -> None:
    here.fails("POST", "^/invitations", status=status, after_effect=True)
    with pytest.raises(TryLater) as wait:
        await invited(here)

    assert wait.value.unclear


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"allow_invites_from": "none"}, "invitations_not_allowed"),
        ({"blocked_domains": ["fabrikam.com"]}, "domain_blocked_by_tenant"),
        ({"cross_tenant_blocked": ["fabrikam.com"]}, "blocked_by_cross_tenant_access"),
        ({"verified_domains": ["fabrikam.com"]}, "own_tenant_domain"),
        ({"object_quota": 0}, "directory_full"),
    ],
)
async def test_what_a_tenant_does_not_let_in_is_refused_with_the_reason(
    settings: dict[str, object], reason: str
) -> None:
    async with scene(**settings) as here:
        with pytest.raises(Refused) as refusal:
            await invited(here)

    assert refusal.value.reason.code == reason


async def test_a_missing_permission_is_refused() -> None:
    async with scene() as here:
        here.fails("POST", "^/invitations", status=403, code="Authorization_RequestDenied")
        with pytest.raises(Refused) as refusal:
            await invited(here)

    assert refusal.value.reason.code == "permission_missing"


@pytest.mark.parametrize("key", ["mail eq", "otherMails", "proxyAddresses", "%23EXT%23|#EXT#"])
async def test_one_failing_key_fails_the_whole_look_up(here: Scene, key: str) -> None:
    here.fails("GET", key, status=503)
    with pytest.raises(TryLater) as wait:
        await here.directory.find(LENA)

    assert wait.value.reason.code == "directory_busy"


async def test_a_bin_that_cannot_be_read_fails_the_whole_look_up(here: Scene) -> None:
    here.fails("GET", "deletedItems", status=503)
    with pytest.raises(TryLater):
        await here.directory.find(LENA)


async def test_a_batch_that_fails_as_a_whole_is_tried_later(here: Scene) -> None:
    here.fails("POST", r"\$batch", status=503)
    with pytest.raises(TryLater):
        await here.directory.find(LENA)


async def test_a_guest_without_mail_is_found_by_name(here: Scene) -> None:
    name = f"lena_fabrikam.com#EXT#@{here.graph.tenant.initial_domain}"
    here.guest(1, mail=None, userPrincipalName=name)

    found = await here.directory.find(LENA)
    assert found is not None
    assert found.id == here.guest_id(1)


@pytest.mark.parametrize("mails", [["lena@fabrikam.com"], ["other@x.example", "LENA@fabrikam.com"]])
async def test_a_guest_is_found_by_another_address(here: Scene, mails: list[str]) -> None:
    here.guest(1, otherMails=mails)

    assert await here.directory.find(LENA) is not None


async def test_a_pause_while_the_holder_of_an_address_is_read_is_a_pause(here: Scene) -> None:
    here.guest(1, mail=str(LENA), accountEnabled=False)
    here.fails("GET", "^/users/", status=503)
    with pytest.raises(TryLater):
        await invited(here)


@pytest.mark.parametrize(
    ("traits", "reason"),
    [
        ({"groupTypes": ["DynamicMembership"]}, "group_is_dynamic"),
        ({"isAssignableToRole": True}, "group_holds_roles"),
        ({"onPremisesSyncEnabled": True}, "group_is_synced"),
        ({"mailEnabled": True}, "group_is_mail_enabled"),
    ],
)
async def test_why_a_group_takes_nobody_is_read_from_the_group(
    here: Scene, traits: dict[str, object], reason: str
) -> None:
    here.group(**traits)
    with pytest.raises(Refused) as refusal:
        await joined(here, here.guest(1))

    assert refusal.value.reason.code == reason
    assert here.members() == set()


async def test_a_refused_guest_is_found_among_the_others(here: Scene) -> None:
    here.group()
    good, bad = here.guest(1), here.guest(2)
    strange = {"status": 400, "code": "Request_BadRequest", "message": "Not this one."}
    here.fails("PATCH", "^/groups/", **strange)  # both at once
    here.fails("PATCH", "^/groups/", skip=1, **strange)  # the second alone
    membership = await here.directory.add_members(GroupId(GROUP), [GuestId(good), GuestId(bad)])

    assert list(membership.refused) == [bad]
    assert membership.refused[GuestId(bad)].code == "directory_refused"
    assert here.members() == {good}


async def test_a_pause_amid_the_narrowing_makes_all_who_are_left_wait(here: Scene) -> None:
    here.group()
    guests = [here.guest(number) for number in range(1, 17)]
    strange = {"status": 400, "code": "Request_BadRequest", "message": "Not this one."}
    here.fails("PATCH", "^/groups/", **strange)
    here.fails("PATCH", "^/groups/", status=503, count=None)
    before = here.asked()
    membership = await here.directory.add_members(GroupId(GROUP), [GuestId(one) for one in guests])

    assert set(membership.later) == set(guests)
    assert here.asked() - before <= 5


async def test_a_pause_makes_everybody_not_yet_added_wait(here: Scene) -> None:
    here.group()
    guests = [here.guest(number) for number in range(1, 46)]
    here.fails("PATCH", "^/groups/", skip=1, status=429, headers=LONG)
    membership = await here.directory.add_members(GroupId(GROUP), [GuestId(one) for one in guests])

    assert here.members() == set(guests[:20])
    assert set(membership.later) == set(guests[20:])
    assert {wait.reason.code for wait in membership.later.values()} == {"throttled"}
