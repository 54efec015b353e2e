"""Entitlement management in memory: requests that take their time, and what is held."""

from asyncio import sleep
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.packages import (
    AccessPackage,
    AccessPackageId,
    Held,
    Holding,
    PackageAssignmentId,
    PackageRequest,
    PackageRequestId,
    Progress,
    end_of_stay,
)
from b2b.domain.reason import Reason
from b2b.ports import Clock
from tests.fakes.directory import A_MEMBER, Answer
from tests.fakes.footing import Footing

NOT_LICENSED = Reason("packages_not_licensed", "No licence.")
ALREADY_ASKED = Reason("package_already_asked", "A request is open.")


@dataclass(slots=True)
class Assigned:
    id: PackageAssignmentId
    guest: GuestId
    package: AccessPackageId
    ends: datetime | None
    holding: Holding | None = Holding.DELIVERING  # None: expired


@dataclass(slots=True)
class Asked:
    """`kind` is give, extend or take."""

    id: PackageRequestId
    kind: str
    assigned: Assigned
    at: datetime
    ends: datetime | None
    progress: Progress = Progress.ON_ITS_WAY


class FakePackages:
    """`takes`: how long a delivery takes. `ending`: how deliveries end. `caps`: no end is later."""

    def __init__(self, clock: Clock, footing: Footing) -> None:
        self.takes = timedelta(minutes=2)
        self.ending = Progress.DONE
        self.caps: datetime | None = None
        self.licensed = True
        self.members: set[GuestId] = set()  # accounts that are no guests
        self.asked: list[Asked] = []
        self.assigned: list[Assigned] = []
        self._next: dict[str, deque[Answer]] = {}
        self._ids = count(1)
        self._clock, self._footing = clock, footing

    # What the tests arrange and ask

    def holds(
        self,
        guest: GuestId,
        package: AccessPackageId,
        holding: Holding = Holding.DELIVERED,
        ends: datetime | None = None,
    ) -> Assigned:
        """Given by somebody else."""
        one = Assigned(self._name(), guest, package, ends, holding)
        self.assigned.append(one)
        return one

    def says_next(self, method: str, *answers: Refused | TryLater, done: bool = False) -> None:
        coming = self._next.setdefault(method, deque())
        coming.extend(Answer(answer, done) for answer in answers)

    def live(self, guest: GuestId) -> set[AccessPackageId]:
        self._settle()
        mine = (one for one in self.assigned if one.guest == guest)
        return {one.package for one in mine if one.holding is Holding.DELIVERED}

    def kinds(self) -> list[str]:
        return [one.kind for one in self.asked]

    # The port

    async def held(self, guest: GuestId, package: AccessPackageId) -> Held | None:
        with self._step("held"):
            found = [one for one in self._live(guest) if one.package == package]
            if not found:
                return None
            assert found[-1].holding is not None
            return Held(found[-1].id, found[-1].holding, found[-1].ends)

    async def give(
        self, guest: GuestId, package: AccessPackage, until: date | None
    ) -> PackageRequest:
        await sleep(0)  # others may come in between, as they do on a wire
        with self._step("give"):
            same = [one for one in self._live(guest) if one.package == package.package]
            if same or self._open(guest, package.package):
                raise Refused(ALREADY_ASKED)
            ends = self._end(until)
            one = Assigned(self._name(), guest, package.package, ends)
            return self._ask("give", one, ends)

    async def extend(self, held: PackageAssignmentId, until: date | None) -> PackageRequest:
        with self._step("extend"):
            return self._ask("extend", self._with(held), self._end(until))

    async def take(
        self, guest: GuestId, held: PackageAssignmentId, *, as_member: bool = False
    ) -> PackageRequest:
        with self._step("take"):
            if guest in self.members and not as_member:
                raise Refused(A_MEMBER)
            return self._ask("take", self._with(held), None)

    async def request(self, request: PackageRequestId) -> PackageRequest | None:
        with self._step("request"):
            found = next((one for one in self.asked if one.id == request), None)
            return PackageRequest(found.id, found.progress) if found else None

    async def last_request(
        self, guest: GuestId, package: AccessPackageId, since: datetime
    ) -> PackageRequest | None:
        with self._step("last_request"):
            mine = [
                one
                for one in self.asked
                if (one.assigned.guest, one.assigned.package) == (guest, package)
                and one.at >= since
            ]
            return PackageRequest(mine[-1].id, mine[-1].progress) if mine else None

    async def holders(self) -> frozenset[GuestId]:
        with self._step("holders", licence=False):
            if not self.licensed:
                return frozenset()
            return frozenset(one.guest for one in self.assigned if one.holding is not None)

    async def holds_any(self, guest: GuestId) -> bool:
        with self._step("holds_any", licence=False):
            return self.licensed and bool(self._live(guest))

    @contextmanager
    def _step(self, method: str, *, licence: bool = True) -> Iterator[None]:
        self._footing.tread()
        self._settle()
        if licence and not self.licensed:
            raise Refused(NOT_LICENSED)
        coming = self._next.get(method)
        answer = coming.popleft() if coming else None
        if answer is None or answer.done:
            yield
            self._footing.tread()
        if answer is not None:
            raise answer.error

    def _ask(self, kind: str, one: Assigned, ends: datetime | None) -> PackageRequest:
        if kind != "give" and self._open(one.guest, one.package):
            raise Refused(ALREADY_ASKED)
        made = Asked(PackageRequestId(f"request-{next(self._ids)}"), kind, one, self._clock(), ends)
        self.asked.append(made)
        return PackageRequest(made.id, made.progress)

    def _end(self, until: date | None) -> datetime | None:
        ends = end_of_stay(until) if until else None
        return min(ends or self.caps, self.caps) if self.caps else ends

    def _settle(self) -> None:
        for one in self.asked:
            if not one.progress.open or self._clock() < one.at + self.takes:
                continue
            one.progress = self.ending
            if self.ending is Progress.DONE:
                self._carry_out(one)
            elif self.ending is Progress.PARTLY and one.kind == "give":
                one.assigned.holding = Holding.PARTLY
                self.assigned.append(one.assigned)

    def _carry_out(self, one: Asked) -> None:
        if one.kind == "give":
            one.assigned.holding = Holding.DELIVERED
            self.assigned.append(one.assigned)
        elif one.kind == "extend":
            one.assigned.ends = one.ends
        else:
            one.assigned.holding = None

    def _open(self, guest: GuestId, package: AccessPackageId) -> bool:
        return any(
            one.progress.open and (one.assigned.guest, one.assigned.package) == (guest, package)
            for one in self.asked
        )

    def _live(self, guest: GuestId) -> list[Assigned]:
        mine = (one for one in self.assigned if one.guest == guest)
        return [one for one in mine if one.holding is not None]

    def _with(self, held: PackageAssignmentId) -> Assigned:
        return next(one for one in self.assigned if one.id == held)

    def _name(self) -> PackageAssignmentId:
        return PackageAssignmentId(f"assignment-{next(self._ids)}")
