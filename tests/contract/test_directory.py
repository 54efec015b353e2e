"""What every directory promises: the fake, and Microsoft Graph as the stand-in speaks it."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from azure.identity.aio import ManagedIdentityCredential

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.domain.access import AccountKind
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import (
    DeletedGuest,
    ExternalMember,
    Guest,
    GuestId,
    Invitation,
    Member,
    Redemption,
)
from b2b.domain.policy import Admission, UserType
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery, GroupId
from b2b.domain.sponsor import SponsorId
from b2b.ports import Directory
from sandbox.directory import Directory as StandIn
from sandbox.directory.faults import Fault
from sandbox.directory.seed import plant
from sandbox.identity.endpoint import IdentityEndpoint
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.fakes.footing import Footing

SCOPE = "https://graph.microsoft.com/.default"
ROLES = ["User.Invite.All", "User.Read.All", "GroupMember.Read.All", "GroupMember.ReadWrite.All"]
LENA = Address("lena@fabrikam.com")
LAG = timedelta(minutes=2)
NOBODY = GuestId("00000000-0000-4000-9000-00000000dead")
NO_GROUP = GroupId("00000000-0000-4000-9000-00000000beef")


def admitted(**traits: Any) -> Admission:
    usual: dict[str, Any] = {
        "partner": "Fabrikam",
        "groups": (),
        "access_packages": (),
        "expires_on": date(2027, 1, 31),
        "sponsor": "s.weber@contoso.com",
        "redirect_url": "https://myapplications.microsoft.com",
        "language": "de-DE",
        "delivery": Delivery.GRAPH,
        "user_type": UserType.GUEST,
        "notes": (),
        "policy_version": "v1",
    }
    return Admission(**usual | traits)


class Tenant(ABC):
    """A directory, and the hand that arranges and looks at what is behind it."""

    directory: Directory

    @abstractmethod
    def holds(
        self,
        address: str,
        *,
        redemption: Redemption = Redemption.ACCEPTED,
        enabled: bool = True,
        member: bool = False,
        deleted: bool = False,
        number: int = 0,
    ) -> GuestId: ...

    @abstractmethod
    def group(self, *, dynamic: bool = False) -> GroupId: ...

    @abstractmethod
    def members(self, group: GroupId) -> set[str]: ...

    @abstractmethod
    def sponsors(self, guest: GuestId) -> set[str]: ...

    @abstractmethod
    def mails(self) -> list[str]: ...

    @abstractmethod
    def lag(self, by: timedelta) -> None: ...

    @abstractmethod
    def wait(self, by: timedelta) -> None: ...

    @abstractmethod
    def loses_the_answer(self) -> None: ...

    @abstractmethod
    def throttles(self, after: timedelta) -> None: ...

    async def invited(self, address: Address = LENA, *, mail: bool = True) -> Invitation:
        answer = await self.directory.invite(address, "Lena Weiß", admitted(), mail=mail)
        assert isinstance(answer, Invitation), answer
        return answer


class DirectoryContract:
    async def test_who_of_many_is_in_a_group_is_told(self, tenant: Tenant) -> None:
        group = tenant.group()
        guests = [tenant.holds(f"g{number}@fabrikam.com", number=number) for number in range(21)]
        await tenant.directory.add_members(group, guests[1:])
        found = await tenant.directory.members_among(group, [*guests, NOBODY])

        assert found == frozenset(guests[1:])
        assert await tenant.directory.members_among(group, []) == frozenset()

    async def test_an_address_nobody_holds_is_none(self, tenant: Tenant) -> None:
        tenant.holds("somebody@fabrikam.com")

        assert await tenant.directory.find(LENA) is None

    @pytest.mark.parametrize("redemption", list(Redemption))
    @pytest.mark.parametrize("enabled", [True, False])
    async def test_a_guest_is_found_as_they_are(
        self, tenant: Tenant, redemption: Redemption, enabled: bool
    ) -> None:
        guest = tenant.holds(LENA, redemption=redemption, enabled=enabled)

        assert await tenant.directory.find(LENA) == Guest(guest, redemption, enabled)

    async def test_a_guest_in_the_recycle_bin_is_told_as_such(self, tenant: Tenant) -> None:
        guest = tenant.holds(LENA, deleted=True)

        assert await tenant.directory.find(LENA) == DeletedGuest(guest)

    async def test_a_live_account_counts_before_one_in_the_bin(self, tenant: Tenant) -> None:
        tenant.holds(LENA, deleted=True)
        guest = tenant.holds(LENA, number=1)

        assert await tenant.directory.find(LENA) == Guest(guest, Redemption.ACCEPTED, True)

    async def test_a_member_is_told_as_such(self, tenant: Tenant) -> None:
        member = tenant.holds(LENA, member=True)

        assert await tenant.directory.find(LENA) == Member(member)

    @pytest.mark.parametrize("address", ["o'hara@fabrikam.com", "lena_w-x@mail.fabrikam.com"])
    async def test_an_address_with_signs_in_it_is_found(self, tenant: Tenant, address: str) -> None:
        guest = tenant.holds(address)

        assert await tenant.directory.find(Address(address)) == Guest(
            guest, Redemption.ACCEPTED, True
        )

    async def test_case_does_not_count(self, tenant: Tenant) -> None:
        guest = tenant.holds(LENA)
        found = await tenant.directory.find(Address("LENA@Fabrikam.com"))

        assert found == Guest(guest, Redemption.ACCEPTED, True)

    async def test_two_accounts_with_one_address_are_refused(self, tenant: Tenant) -> None:
        tenant.holds(LENA)
        tenant.holds(LENA, number=1)
        with pytest.raises(Refused) as refusal:
            await tenant.directory.find(LENA)

        assert refusal.value.reason.code == "several_accounts"

    async def test_who_is_invited_becomes_a_pending_guest(self, tenant: Tenant) -> None:
        invitation = await tenant.invited()

        assert invitation.link.startswith("https://")
        found = await tenant.directory.find(LENA)
        assert found == Guest(invitation.guest, Redemption.PENDING, True)

    @pytest.mark.parametrize("mail", [True, False])
    async def test_a_mail_is_sent_only_when_asked_for(self, tenant: Tenant, mail: bool) -> None:
        await tenant.invited(mail=mail)

        assert tenant.mails() == ([LENA] if mail else [])

    async def test_a_pending_guest_asked_again_keeps_the_account_and_gets_a_link(
        self, tenant: Tenant
    ) -> None:
        first = await tenant.invited(mail=True)
        second = await tenant.invited(mail=False)

        assert second.guest == first.guest
        assert second.link.startswith("https://")
        assert tenant.mails() == [LENA]

    async def test_a_disabled_guest_is_answered_and_not_invited(self, tenant: Tenant) -> None:
        guest = tenant.holds(LENA, enabled=False)
        answer = await tenant.directory.invite(LENA, "", admitted(), mail=True)

        assert answer == Guest(guest, Redemption.ACCEPTED, False)
        assert tenant.mails() == []

    async def test_a_member_is_answered_and_not_invited(self, tenant: Tenant) -> None:
        member = tenant.holds(LENA, member=True)
        answer = await tenant.directory.invite(LENA, "", admitted(), mail=True)

        assert answer == Member(member)
        assert tenant.mails() == []

    async def test_an_address_in_the_recycle_bin_is_refused(self, tenant: Tenant) -> None:
        tenant.holds(LENA, deleted=True)
        with pytest.raises(Refused):
            await tenant.directory.invite(LENA, "", admitted(), mail=True)

        assert tenant.mails() == []

    async def test_a_partner_may_be_invited_as_a_member(self, tenant: Tenant) -> None:
        terms = admitted(user_type=UserType.MEMBER)
        answer = await tenant.directory.invite(LENA, "", terms, mail=False)

        assert isinstance(answer, Invitation)
        found = await tenant.directory.find(LENA)
        assert found == ExternalMember(answer.guest, Redemption.PENDING, True)

    async def test_a_fresh_guest_is_unseen_for_a_while(self, tenant: Tenant) -> None:
        tenant.lag(LAG)
        group = tenant.group()
        invitation = await tenant.invited()
        at_first = await tenant.directory.find(LENA)
        waiting = await tenant.directory.add_members(group, [invitation.guest])
        tenant.wait(LAG)
        at_last = await tenant.directory.find(LENA)
        joined = await tenant.directory.add_members(group, [invitation.guest])

        assert at_first is None
        assert waiting.later[invitation.guest].reason.code == "not_replicated"
        assert at_last == Guest(invitation.guest, Redemption.PENDING, True)
        assert (joined.refused, joined.later) == ({}, {})
        assert tenant.members(group) == {invitation.guest}

    async def test_an_invitation_without_an_answer_is_unclear(self, tenant: Tenant) -> None:
        tenant.loses_the_answer()
        with pytest.raises(TryLater) as wait:
            await tenant.directory.invite(LENA, "", admitted(), mail=True)

        assert wait.value.unclear
        assert isinstance(await tenant.directory.find(LENA), Guest)

    async def test_a_throttled_invitation_is_clear_and_says_how_long_to_wait(
        self, tenant: Tenant
    ) -> None:
        tenant.throttles(timedelta(seconds=90))
        with pytest.raises(TryLater) as wait:
            await tenant.directory.invite(LENA, "", admitted(), mail=True)

        assert not wait.value.unclear
        assert timedelta(seconds=80) < wait.value.after <= timedelta(seconds=90)
        assert await tenant.directory.find(LENA) is None

    @pytest.mark.parametrize("many", [1, 20, 45])
    async def test_any_number_of_guests_joins_a_group(self, tenant: Tenant, many: int) -> None:
        group = tenant.group()
        guests = [tenant.holds(f"guest-{number}@fabrikam.com") for number in range(many)]
        membership = await tenant.directory.add_members(group, guests)

        assert (membership.refused, membership.later) == ({}, {})
        assert tenant.members(group) == set(guests)

    async def test_a_group_held_already_counts_as_given(self, tenant: Tenant) -> None:
        group = tenant.group()
        guests = [tenant.holds(f"guest-{number}@fabrikam.com") for number in range(4)]
        await tenant.directory.add_members(group, guests[1:3])
        membership = await tenant.directory.add_members(group, guests)

        assert (membership.refused, membership.later) == ({}, {})
        assert tenant.members(group) == set(guests)

    async def test_one_unseen_guest_does_not_keep_the_others_out(self, tenant: Tenant) -> None:
        group = tenant.group()
        guests = [tenant.holds(f"guest-{number}@fabrikam.com") for number in range(3)]
        membership = await tenant.directory.add_members(group, [guests[0], NOBODY, *guests[1:]])

        assert list(membership.later) == [NOBODY]
        assert membership.refused == {}
        assert tenant.members(group) == set(guests)

    async def test_nobody_to_add_is_no_work(self, tenant: Tenant) -> None:
        membership = await tenant.directory.add_members(tenant.group(), [])

        assert (membership.refused, membership.later) == ({}, {})

    async def test_an_unknown_group_is_refused(self, tenant: Tenant) -> None:
        guest = tenant.holds(LENA)
        with pytest.raises(Refused) as refusal:
            await tenant.directory.add_members(NO_GROUP, [guest])

        assert refusal.value.reason.code == "group_not_found"

    async def test_a_group_that_fills_itself_is_refused(self, tenant: Tenant) -> None:
        guest, group = tenant.holds(LENA), tenant.group(dynamic=True)
        with pytest.raises(Refused) as refusal:
            await tenant.directory.add_members(group, [guest])

        assert refusal.value.reason.code == "group_is_dynamic"
        assert tenant.members(group) == set()

    @pytest.mark.parametrize("many", [1, 20, 45])
    async def test_any_number_of_guests_leaves_a_group_and_keeps_the_account(
        self, tenant: Tenant, many: int
    ) -> None:
        group, other = tenant.group(), tenant.holds("other@fabrikam.com")
        guests = [tenant.holds(f"guest-{number}@fabrikam.com") for number in range(many)]
        await tenant.directory.add_members(group, [*guests, other])
        left = await tenant.directory.remove_members(group, guests)

        assert (left.refused, left.later) == ({}, {})
        assert tenant.members(group) == {other}
        for number, guest in enumerate(guests):
            found = await tenant.directory.find(Address(f"guest-{number}@fabrikam.com"))
            assert found == Guest(guest, Redemption.ACCEPTED, True)

    async def test_what_accounts_are_is_told_of_each_that_is_there(self, tenant: Tenant) -> None:
        guests = [tenant.holds(f"guest-{number}@fabrikam.com") for number in range(25)]
        member = tenant.holds("max@contoso.com", member=True)
        kinds = await tenant.directory.kinds([*guests, NOBODY, member])

        assert kinds == dict.fromkeys(guests, AccountKind.GUEST) | {member: AccountKind.COLLEAGUE}

    async def test_who_was_invited_as_a_member_is_no_colleague(self, tenant: Tenant) -> None:
        admission = admitted(user_type=UserType.MEMBER)
        answer = await tenant.directory.invite(LENA, "", admission, mail=True)

        assert isinstance(answer, Invitation)
        kinds = await tenant.directory.kinds([answer.guest])
        assert kinds == {answer.guest: AccountKind.EXTERNAL_MEMBER}

    async def test_who_is_no_member_counts_as_removed(self, tenant: Tenant) -> None:
        group, lena = tenant.group(), tenant.holds(LENA)
        left = await tenant.directory.remove_members(group, [lena, NOBODY])

        assert (left.refused, left.later) == ({}, {})

    async def test_a_member_of_the_tenant_stays_in_the_group(self, tenant: Tenant) -> None:
        group = tenant.group()
        member, lena = tenant.holds("max@contoso.com", member=True), tenant.holds(LENA)
        await tenant.directory.add_members(group, [member, lena])
        left = await tenant.directory.remove_members(group, [member, lena])

        assert left.refused[member].code == "member_of_tenant"
        assert tenant.members(group) == {member}

    async def test_the_sponsor_of_an_invitation_is_the_guests_in_the_directory(
        self, tenant: Tenant
    ) -> None:
        boss = SponsorId(tenant.holds("boss@contoso.com", member=True))
        answer = await tenant.directory.invite(LENA, "", admitted(), mail=True, sponsor=boss)

        assert isinstance(answer, Invitation)
        assert tenant.sponsors(answer.guest) == {boss}
        assert tenant.mails() == [LENA]


class FakeTenant(Tenant):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.fake = FakeDirectory(self.clock, Footing())
        self.directory = self.fake

    def holds(self, address: str, *, number: int = 0, **traits: Any) -> GuestId:
        return self.fake.holds(address, **traits)

    def group(self, *, dynamic: bool = False) -> GroupId:
        group = GroupId("group")
        self.fake.group(group).takes_nobody = Reason("group_is_dynamic", "...") if dynamic else None
        return group

    def members(self, group: GroupId) -> set[str]:
        return {str(member) for member in self.fake.groups[group].members}

    def sponsors(self, guest: GuestId) -> set[str]:
        return {str(one) for a in self.fake.accounts if a.id == guest for one in a.sponsors}

    def mails(self) -> list[str]:
        return self.fake.mails

    def lag(self, by: timedelta) -> None:
        self.fake.lag = by

    def wait(self, by: timedelta) -> None:
        self.clock.advance(by)

    def loses_the_answer(self) -> None:
        lost = TryLater(Reason("directory_unreachable", "..."), timedelta(10), unclear=True)
        self.fake.says_next("invite", lost, done=True)

    def throttles(self, after: timedelta) -> None:
        self.fake.says_next("invite", TryLater(Reason("throttled", "..."), after))


class GraphTenant(Tenant):
    def __init__(self, stand_in: StandIn, directory: Directory) -> None:
        self.stand_in, self.directory = stand_in, directory
        self._ids = count(1)

    def holds(
        self,
        address: str,
        *,
        redemption: Redemption = Redemption.ACCEPTED,
        enabled: bool = True,
        member: bool = False,
        deleted: bool = False,
        number: int = 0,
    ) -> GuestId:
        identity = self._id()
        user: dict[str, Any] = {"id": identity, "mail": address, "accountEnabled": enabled}
        if number:  # a second account cannot have the first one's name
            user["userPrincipalName"] = f"second-{number}@sandbox.onmicrosoft.com"
        if member:
            user["userType"] = "Member"
        else:
            pending = redemption is Redemption.PENDING
            user["externalUserState"] = "PendingAcceptance" if pending else "Accepted"
        if deleted:
            user["deletedDaysAgo"] = 3
        plant(self.stand_in.world, {"users": [user]})
        return GuestId(identity)

    def group(self, *, dynamic: bool = False) -> GroupId:
        identity = self._id()
        kind = {"groupTypes": ["DynamicMembership"]} if dynamic else {}
        group = {"id": identity, "displayName": "Partners"} | kind
        plant(self.stand_in.world, {"groups": [group]})
        return GroupId(identity)

    def members(self, group: GroupId) -> set[str]:
        return set(self.stand_in.world.store.groups[group].members)

    def sponsors(self, guest: GuestId) -> set[str]:
        return set(self.stand_in.world.store.users[guest].read("sponsors") or ())

    def mails(self) -> list[str]:
        return [mail["to"] for mail in self.stand_in.world.mails]

    def lag(self, by: timedelta) -> None:
        self.stand_in.tenant.replication_seconds = by.total_seconds()

    def wait(self, by: timedelta) -> None:
        self.stand_in.world.clock.advance(by.total_seconds())

    def loses_the_answer(self) -> None:
        self._fault(Fault(method="POST", path="^/invitations", after_effect=True, drop=True))

    def throttles(self, after: timedelta) -> None:
        wait = {"Retry-After": str(after.total_seconds())}
        self._fault(Fault(method="POST", path="^/invitations", status=429, headers=wait))

    def _fault(self, fault: Fault) -> None:
        self.stand_in.world.faults.rules.append(fault)

    def _id(self) -> str:
        return f"00000000-0000-4000-9000-{next(self._ids):012d}"


class TestFakeDirectory(DirectoryContract):
    @pytest.fixture
    def tenant(self) -> Tenant:
        return FakeTenant()


class TestGraphDirectory(DirectoryContract):
    @pytest_asyncio.fixture
    async def tenant(self, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Tenant]:
        """With a token of the identity endpoint, as the app gets one in Azure."""
        async with (
            StandIn.running(quotas=False) as stand_in,
            IdentityEndpoint.running(roles=ROLES) as identity,
        ):
            monkeypatch.setenv("IDENTITY_ENDPOINT", identity.url)
            monkeypatch.setenv("IDENTITY_HEADER", identity.header)
            async with ManagedIdentityCredential() as credential:
                graph = connect(credential, stand_in.url, SCOPE)
                domain = stand_in.tenant.initial_domain
                yield GraphTenant(stand_in, GraphDirectory(graph, domain))
