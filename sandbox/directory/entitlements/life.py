"""Requests and assignments move on by the simulated clock: submitted, delivering, delivered."""

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sandbox.directory.clock import Clock, written
from sandbox.directory.entitlements.records import (
    DEFAULTS,
    LIVE,
    OPEN,
    Package,
    PackageAssignment,
    PackagePolicy,
    PackageRequest,
    end_of,
)
from sandbox.directory.store import Store
from sandbox.directory.tenant import Tenant

Step = Callable[[], None]


class Entitlements:
    """Nothing happens by itself: `settle` does what has come due, at the beginning of each call."""

    def __init__(self, store: Store, clock: Clock, tenant: Callable[[], Tenant]) -> None:
        self.packages: dict[str, Package] = {}
        self.policies: dict[str, PackagePolicy] = {}
        self.requests: dict[str, PackageRequest] = {}
        self.assignments: dict[str, PackageAssignment] = {}
        self.settings: dict[str, Any] = dict(DEFAULTS)
        self._store, self._clock, self._tenant = store, clock, tenant
        self._due: list[tuple[float, int, Step]] = []
        self._numbers = count(1)

    def settle(self) -> None:
        while self._due and self._due[0][0] <= self._clock.now():
            heappop(self._due)[2]()

    def ask(self, **what: Any) -> PackageRequest:
        now, number = self._clock.now(), next(self._numbers)
        identity = str(uuid5(NAMESPACE_URL, f"sandbox:package-request:{number}"))
        request = PackageRequest(id=identity, at=written(now), asked=now, **what)
        self.requests[identity] = request
        self._at(now + self._tenant().package_seconds / 2, lambda: self._take_up(request))
        return request

    def live(self, target: str, package: str | None = None) -> Iterator[PackageAssignment]:
        for one in self.assignments.values():
            if one.target == target and one.state in LIVE and package in (None, one.package):
                yield one

    def open_requests(self, target: str, package: str) -> Iterator[PackageRequest]:
        for one in self.requests.values():
            if (one.target, one.package) == (target, package) and one.state in OPEN:
                yield one

    def decide(self, approve: bool) -> int:
        """Whoever approves has looked at everything that waits; answers how many that were."""
        waiting = [one for one in self.requests.values() if one.state == "pendingApproval"]
        for one in waiting:
            if approve:
                self._deliver(one)
            else:
                self._close(one, "denied")
        return len(waiting)

    def hold(self, package: Package, policy: str, target: str, **schedule: Any) -> None:
        """Somebody has the package already, without anybody having asked us."""
        self._give(self._assignment(package.id, policy, target, schedule))

    def _take_up(self, request: PackageRequest) -> None:
        ending = self._tenant().package_ending
        if ending in ("denied", "canceled"):
            self._close(request, ending)
        elif ending == "pendingApproval":
            request.state = ending
        else:
            self._deliver(request)

    def _deliver(self, request: PackageRequest) -> None:
        request.state = "delivering"
        if request.kind == "adminAdd":
            made = self._assignment(
                request.package, request.policy, request.target, request.schedule
            )
            request.assignment = made.id
        at = request.asked + self._tenant().package_seconds
        self._at(at, lambda: self._end(request))

    def _end(self, request: PackageRequest) -> None:
        ending = self._tenant().package_ending
        assignment = self.assignments[request.assignment or ""]
        if ending not in ("deliveryFailed", "partiallyDelivered"):
            self._carry_out(request, assignment)
            self._close(request, "delivered")
            return
        if request.kind == "adminAdd":
            assignment.state = ending
        self._close(request, ending)

    def _carry_out(self, request: PackageRequest, assignment: PackageAssignment) -> None:
        if request.kind == "adminRemove":
            self._expire(assignment)
        elif request.kind == "adminUpdate":
            assignment.schedule = request.schedule
            self._watch(assignment)
        else:
            self._give(assignment)

    def _close(self, request: PackageRequest, state: str) -> None:
        request.state, request.completed = state, written(self._clock.now())

    def _assignment(
        self, package: str, policy: str, target: str, schedule: dict[str, Any]
    ) -> PackageAssignment:
        name = f"sandbox:package-assignment:{next(self._numbers)}"
        made = PackageAssignment(str(uuid5(NAMESPACE_URL, name)), package, policy, target, schedule)
        self.assignments[made.id] = made
        return made

    def _give(self, assignment: PackageAssignment) -> None:
        assignment.state = "delivered"
        for group in self._groups(assignment.package):
            if assignment.target not in self._store.groups[group].members:
                self._store.join(self._store.groups[group], assignment.target)
        self._watch(assignment)

    def _expire(self, assignment: PackageAssignment) -> None:
        """What another package gives as well stays."""
        assignment.state, assignment.expired = "expired", written(self._clock.now())
        still = {g for one in self.live(assignment.target) for g in self._groups(one.package)}
        for group in self._groups(assignment.package):
            members = self._store.groups[group].members
            if group not in still and assignment.target in members:
                self._store.part(self._store.groups[group], assignment.target)

    def _watch(self, assignment: PackageAssignment) -> None:
        end = end_of(assignment.schedule)
        if end is not None:
            self._at(end, lambda: self._over(assignment))

    def _over(self, assignment: PackageAssignment) -> None:
        """Its end may have moved since this was noted."""
        end = end_of(assignment.schedule)
        if assignment.state in LIVE and end is not None and end <= self._clock.now():
            self._expire(assignment)

    def _groups(self, package: str) -> tuple[str, ...]:
        return self.packages[package].groups

    def _at(self, moment: float, step: Step) -> None:
        heappush(self._due, (moment, next(self._numbers), step))
