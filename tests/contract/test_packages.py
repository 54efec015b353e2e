"""What entitlement management promises: the fake, and Graph as the stand-in speaks it."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
import pytest_asyncio

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.packages import GraphPackages
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.packages import (
    AccessPackage,
    AccessPackageId,
    Holding,
    PackageRequest,
    PackageRequestId,
    Progress,
    end_of_stay,
)
from b2b.domain.policy import AssignmentPolicyId
from b2b.domain.reason import Reason
from b2b.ports import Packages
from sandbox.directory import Directory as StandIn
from sandbox.directory.faults import Fault
from sandbox.directory.seed import plant
from tests.adapters.standin import SCOPE, Token
from tests.fakes.clock import FakeClock
from tests.fakes.footing import Footing
from tests.fakes.packages import FakePackages

PACKAGE = AccessPackage(
    AccessPackageId("00000000-0000-4000-8000-0000000000b1"),
    AssignmentPolicyId("00000000-0000-4000-8000-0000000000c1"),
)
OTHER = AccessPackageId("00000000-0000-4000-8000-0000000000b2")
UNTIL = date(2035, 1, 31)
DELIVERY = timedelta(minutes=2)


class Office(ABC):
    """Entitlement management, and the hand that arranges what is behind it."""

    packages: Packages

    @abstractmethod
    def guest(self) -> GuestId: ...

    @abstractmethod
    def wait(self, by: timedelta) -> None: ...

    @abstractmethod
    def ends(self, progress: Progress) -> None: ...

    @abstractmethod
    def unlicensed(self) -> None: ...

    @abstractmethod
    def loses_the_answer(self) -> None: ...

    @abstractmethod
    def now(self) -> datetime: ...

    def deliver(self) -> None:
        self.wait(DELIVERY / 2)
        self.wait(DELIVERY)

    async def progress(self, request: PackageRequest) -> Progress | None:
        found = await self.packages.request(request.id)
        return found.progress if found else None

    async def given(self, guest: GuestId, until: date | None = UNTIL) -> None:
        await self.packages.give(guest, PACKAGE, until)
        self.deliver()


class PackagesContract:
    async def test_a_package_is_delivered_after_a_while_to_the_end_of_the_day(
        self, office: Office
    ) -> None:
        guest = office.guest()
        before = await office.packages.held(guest, PACKAGE.package)
        asked = await office.packages.give(guest, PACKAGE, UNTIL)
        under_way = await office.progress(asked)
        office.deliver()
        held = await office.packages.held(guest, PACKAGE.package)

        assert before is None
        assert asked.progress is under_way is Progress.ON_ITS_WAY
        assert await office.progress(asked) is Progress.DONE
        assert held is not None
        assert (held.holding, held.ends) == (Holding.DELIVERED, end_of_stay(UNTIL))
        assert await office.packages.held(guest, OTHER) is None

    async def test_a_stay_without_an_end_has_none_here_either(self, office: Office) -> None:
        guest = office.guest()
        await office.given(guest, None)

        held = await office.packages.held(guest, PACKAGE.package)
        assert held is not None
        assert held.ends is None
        assert held.lasts(None)

    @pytest.mark.parametrize(
        "ending", [Progress.FAILED, Progress.DENIED, Progress.CANCELED, Progress.PARTLY]
    )
    async def test_a_bad_ending_is_told_as_it_is(self, office: Office, ending: Progress) -> None:
        guest = office.guest()
        office.ends(ending)
        asked = await office.packages.give(guest, PACKAGE, UNTIL)
        office.deliver()

        assert await office.progress(asked) is ending
        held = await office.packages.held(guest, PACKAGE.package)
        assert (held and held.holding) is (Holding.PARTLY if ending is Progress.PARTLY else None)

    async def test_asking_twice_is_refused_while_the_first_is_open(self, office: Office) -> None:
        guest = office.guest()
        await office.packages.give(guest, PACKAGE, UNTIL)
        with pytest.raises(Refused) as refusal:
            await office.packages.give(guest, PACKAGE, UNTIL)

        assert refusal.value.reason.code == "package_already_asked"

    async def test_asking_for_what_is_held_is_refused(self, office: Office) -> None:
        guest = office.guest()
        await office.given(guest)
        with pytest.raises(Refused) as refusal:
            await office.packages.give(guest, PACKAGE, UNTIL)

        assert refusal.value.reason.code == "package_already_asked"

    async def test_an_assignment_gets_another_end(self, office: Office) -> None:
        guest, later = office.guest(), UNTIL + timedelta(days=30)
        await office.given(guest)
        held = await office.packages.held(guest, PACKAGE.package)
        assert held is not None
        asked = await office.packages.extend(held.assignment, later)
        office.deliver()
        longer = await office.packages.held(guest, PACKAGE.package)

        assert await office.progress(asked) is Progress.DONE
        assert longer is not None
        assert longer.ends == end_of_stay(later)
        assert longer.assignment == held.assignment

    async def test_an_assignment_is_taken(self, office: Office) -> None:
        guest = office.guest()
        await office.given(guest)
        held = await office.packages.held(guest, PACKAGE.package)
        assert held is not None
        asked = await office.packages.take(held.assignment)
        with pytest.raises(Refused):
            await office.packages.take(held.assignment)
        office.deliver()

        assert await office.progress(asked) is Progress.DONE
        assert await office.packages.held(guest, PACKAGE.package) is None

    async def test_a_request_that_nobody_made_is_none(self, office: Office) -> None:
        assert await office.packages.request(PackageRequestId("no-such-request")) is None

    async def test_a_lost_answer_is_unclear_and_its_request_can_be_found(
        self, office: Office
    ) -> None:
        guest, before = office.guest(), office.now()
        office.loses_the_answer()
        with pytest.raises(TryLater) as wait:
            await office.packages.give(guest, PACKAGE, UNTIL)
        found = await office.packages.last_request(guest, PACKAGE.package, before)

        assert wait.value.unclear
        assert found is not None
        assert found.progress is Progress.ON_ITS_WAY

    async def test_only_the_requests_of_the_guest_and_of_late_are_found(
        self, office: Office
    ) -> None:
        guest, stranger = office.guest(), office.guest()
        await office.given(guest)
        office.wait(timedelta(hours=1))

        of = office.packages.last_request
        assert await of(stranger, PACKAGE.package, office.now() - timedelta(days=1)) is None
        assert await of(guest, PACKAGE.package, office.now()) is None
        assert await of(guest, OTHER, office.now() - timedelta(days=1)) is None
        assert await of(guest, PACKAGE.package, office.now() - timedelta(days=1)) is not None

    async def test_holders_are_those_with_a_live_assignment(self, office: Office) -> None:
        delivered, gone, nothing = office.guest(), office.guest(), office.guest()
        for guest in (delivered, gone):
            await office.given(guest)
        held = await office.packages.held(gone, PACKAGE.package)
        assert held is not None
        await office.packages.take(held.assignment)
        office.deliver()

        assert await office.packages.holders() == {delivered}
        assert await office.packages.holds_any(delivered)
        assert not await office.packages.holds_any(gone)
        assert not await office.packages.holds_any(nothing)

    async def test_without_a_licence_nothing_is_given_and_nobody_holds_anything(
        self, office: Office
    ) -> None:
        guest = office.guest()
        office.unlicensed()
        with pytest.raises(Refused) as asking:
            await office.packages.give(guest, PACKAGE, UNTIL)
        with pytest.raises(Refused) as looking:
            await office.packages.held(guest, PACKAGE.package)

        codes = {each.value.reason.code for each in (asking, looking)}
        assert codes == {"packages_not_licensed"}
        assert await office.packages.holders() == frozenset()
        assert not await office.packages.holds_any(guest)


class FakeOffice(Office):
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.packages = self.fake = FakePackages(self.clock, Footing())
        self.fake.takes = DELIVERY
        self._ids = count(1)

    def guest(self) -> GuestId:
        return GuestId(f"guest-{next(self._ids)}")

    def wait(self, by: timedelta) -> None:
        self.clock.advance(by)

    def ends(self, progress: Progress) -> None:
        self.fake.ending = progress

    def unlicensed(self) -> None:
        self.fake.licensed = False

    def loses_the_answer(self) -> None:
        lost = TryLater(Reason("directory_unreachable", "..."), timedelta(10), unclear=True)
        self.fake.says_next("give", lost, done=True)

    def now(self) -> datetime:
        return self.clock()


WORDS = {
    Progress.FAILED: "deliveryFailed",
    Progress.DENIED: "denied",
    Progress.CANCELED: "canceled",
    Progress.PARTLY: "partiallyDelivered",
}


class GraphOffice(Office):
    def __init__(self, stand_in: StandIn, packages: Packages) -> None:
        self.stand_in, self.packages = stand_in, packages
        self._ids = count(1)

    def guest(self) -> GuestId:
        number = next(self._ids)
        identity = f"00000000-0000-4000-9000-{number:012d}"
        user = {"id": identity, "mail": f"guest-{number}@fabrikam.com"}
        plant(self.stand_in.world, {"users": [user]})
        return GuestId(identity)

    def wait(self, by: timedelta) -> None:
        self.stand_in.world.clock.advance(by.total_seconds())
        self.stand_in.world.entitlements.settle()

    def ends(self, progress: Progress) -> None:
        self.stand_in.world.tenant = self.stand_in.tenant.changed(
            {"packageEnding": WORDS[progress]}
        )

    def unlicensed(self) -> None:
        self.stand_in.world.tenant = self.stand_in.tenant.changed({"licences": ["P1"]})

    def loses_the_answer(self) -> None:
        fault = Fault(method="POST", path="assignmentRequests$", after_effect=True, drop=True)
        self.stand_in.world.faults.rules.append(fault)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.stand_in.world.clock.now(), UTC)


class TestFakePackages(PackagesContract):
    @pytest.fixture
    def office(self) -> Office:
        return FakeOffice()


class TestGraphPackages(PackagesContract):
    @pytest_asyncio.fixture
    async def office(self) -> AsyncIterator[Office]:
        policy = {"id": PACKAGE.assignment_policy, "displayName": "Guests"}
        package = {"id": PACKAGE.package, "displayName": "Workspace", "policies": [policy]}
        seed = {"accessPackages": [package]}
        seconds = DELIVERY.total_seconds()
        async with StandIn.running(quotas=False, seed=seed, package_seconds=seconds) as stand_in:
            token = stand_in.token("EntitlementManagement.ReadWrite.All", "User.Read.All")
            yield GraphOffice(stand_in, GraphPackages(connect(Token(token), stand_in.url, SCOPE)))
