"""The Packages of the flows, kept by entitlement management.

Asking is asynchronous: 201 is no delivery. In the body `assignment` carries targetId,
assignmentPolicyId and accessPackageId, as in the examples of the reference:
https://learn.microsoft.com/graph/api/entitlementmanagement-post-assignmentrequests (2026-11-23).
Filters are the documented ones alone: eq, joined by and.
"""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.errors import error_of, translate
from b2b.adapters.graph.leaving import NOT_A_GUEST
from b2b.adapters.graph.members import UNSEEN
from b2b.adapters.graph.models import KIND_FIELDS, GraphKind
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.package_models import (
    LIVE_STATES,
    GraphPackageAssignment,
    GraphPackageRequest,
)
from b2b.adapters.graph.pages import GraphPage, Listing, decoded
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.odata import quoted
from b2b.domain.packages import (
    AccessPackage,
    AccessPackageId,
    Held,
    PackageAssignmentId,
    PackageRequest,
    PackageRequestId,
    end_of_stay,
)
from b2b.domain.reason import Reason

NOT_LICENSED = Reason(
    "packages_not_licensed",
    "The tenant has no licence for entitlement management (Entra ID P2 or ID Governance), so no "
    "access package can be given. Ask for groups instead, or license the tenant.",
)
NOT_PERMITTED = Reason(
    "packages_not_permitted",
    "The app may not use entitlement management: it needs EntitlementManagement.ReadWrite.All, or "
    "for the sweep alone Read.All. When nobody in the tenant hands out access packages, say "
    "entitlement_management = false in the policy.",
)
NO_PACKAGE = Reason(
    "package_not_found",
    "The tenant has no such access package or assignment policy; mend the policy.",
)
ALREADY_ASKED = Reason("package_already_asked", "An earlier request for this package is open.")


class GraphPackages:
    """No limit of entitlement management is documented, so it is asked a few times a second."""

    def __init__(self, adapter: RequestAdapter, pacing: Pacing | None = None) -> None:
        self._graph = Graph(adapter, pacing)
        self._api = GraphServiceClient(request_adapter=adapter)
        self._em = self._api.identity_governance.entitlement_management

    async def held(self, guest: GuestId, package: AccessPackageId) -> Held | None:
        of = f"target/objectId eq {quoted(guest)} and accessPackage/id eq {quoted(package)}"
        live = [one async for one in self._assignments(of) if one.state in LIVE_STATES]
        return live[-1].value() if live else None

    async def give(
        self, guest: GuestId, package: AccessPackage, until: date | None
    ) -> PackageRequest:
        wanted = {
            "targetId": guest,
            "assignmentPolicyId": package.assignment_policy,
            "accessPackageId": package.package,
        }
        answer = await self._ask("adminAdd", wanted, _schedule(until))
        if answer.status in (400, 404) and not _says_already(answer):
            raise await self._why_not(answer, guest)
        return _made(answer)

    async def extend(self, held: PackageAssignmentId, until: date | None) -> PackageRequest:
        return _made(await self._ask("adminUpdate", {"id": held}, _schedule(until)))

    async def take(
        self, guest: GuestId, held: PackageAssignmentId, *, as_member: bool = False
    ) -> PackageRequest:
        """Read right before the write: members of the tenant are left alone."""
        user = self._api.users.by_user_id(guest)
        found = await self._graph.send(Ask(Method.GET, user, {"$select": KIND_FIELDS}))
        if found.status != 404 and not decoded(found, GraphKind).is_ours(as_member=as_member):
            raise Refused(NOT_A_GUEST)
        return _made(await self._ask("adminRemove", {"id": held}))

    async def request(self, request: PackageRequestId) -> PackageRequest | None:
        known = self._em.assignment_requests
        builder = known.by_access_package_assignment_request_id(request)
        answer = await self._graph.send(Ask(Method.GET, builder, budget=Budget.GOVERNANCE))
        if answer.status == 404:
            return None
        return decoded(_checked(answer), GraphPackageRequest).value()

    async def last_request(
        self, guest: GuestId, package: AccessPackageId, since: datetime
    ) -> PackageRequest | None:
        """Requests cannot be filtered by guest; this is for the rare answer that was lost."""
        query = {"$filter": f"accessPackage/id eq {quoted(package)}", "$expand": "requestor"}
        found = [
            one
            async for one in self._all(
                Listing(
                    self._graph,
                    self._em.assignment_requests,
                    query,
                    GraphPage[GraphPackageRequest],
                    {},
                    Budget.GOVERNANCE,
                )
            )
            if one.is_of(guest, since)
        ]
        newest = max(found, key=lambda one: one.created_date_time, default=None)
        return newest.value() if newest else None

    async def holders(self) -> frozenset[GuestId]:
        """State by state, in the order in which they follow: who moves on amid it is met later."""
        found: set[GuestId] = set()
        try:
            for state in LIVE_STATES:
                of = f"state eq {quoted(state)}"
                found |= {who async for one in self._assignments(of) if (who := one.who())}
        except Refused as refusal:
            if refusal.reason is NOT_LICENSED:
                return frozenset()
            raise
        return frozenset(found)

    async def holds_any(self, guest: GuestId) -> bool:
        try:
            of = f"target/objectId eq {quoted(guest)}"
            return any([one.state in LIVE_STATES async for one in self._assignments(of)])
        except Refused as refusal:
            if refusal.reason is NOT_LICENSED:
                return False
            raise

    def _assignments(self, of: str) -> AsyncIterator[GraphPackageAssignment]:
        return self._all(
            Listing(
                self._graph,
                self._em.assignments,
                {"$filter": of, "$expand": "target"},
                GraphPage[GraphPackageAssignment],
                {},
                Budget.GOVERNANCE,
            )
        )

    async def _all(self, listing: Listing[Any]) -> AsyncIterator[Any]:
        """Page by page; what stands in the way of entitlement management is told as such."""
        answer = await self._graph.send(listing.first())
        page = decoded(_checked(answer), listing.page)
        while True:
            for item in page.value:
                yield item
            if not page.next_link:
                return
            page = await listing.read(page.next_link)

    async def _ask(
        self, kind: str, assignment: dict[str, Any], schedule: dict[str, Any] | None = None
    ) -> Answer:
        body: dict[str, Any] = {"requestType": kind, "assignment": assignment}
        if schedule is not None:
            body["schedule"] = schedule
        requests = self._em.assignment_requests
        # A write all the same: whether an answer that was lost is unclear depends on it.
        return await self._graph.send(Ask(Method.POST, requests, body=body))

    async def _why_not(self, answer: Answer, guest: GuestId) -> Refused | TryLater:
        """A fresh guest is not known everywhere yet; everything else is the policy's fault."""
        user = self._api.users.by_user_id(guest)
        seen = await self._graph.send(Ask(Method.GET, user, {"$select": "id"}))
        if seen.status == 404:
            return TryLater(UNSEEN.reason, UNSEEN.after)
        if answer.status == 404:
            return Refused(NO_PACKAGE)
        return _error(answer)


def _schedule(until: date | None) -> dict[str, Any]:
    expiration = {"type": "noExpiration"}
    if until is not None:
        end = f"{end_of_stay(until):%Y-%m-%dT%H:%M:%SZ}"
        expiration = {"type": "afterDateTime", "endDateTime": end}
    return {"expiration": expiration}


def _made(answer: Answer) -> PackageRequest:
    return decoded(_checked(answer), GraphPackageRequest).value()


def _checked(answer: Answer) -> Answer:
    if not answer.ok:
        raise _error(answer)
    return answer


def _error(answer: Answer) -> Refused | TryLater:
    """Microsoft documents neither codes nor texts of these, so the telling word is looked for."""
    code, message = error_of(answer)
    told = f"{code} {message}".lower()
    if answer.status in (400, 403) and ("licens" in told or "licenc" in told):
        return Refused(NOT_LICENSED)
    if answer.status in (400, 409) and "already" in told:
        return Refused(ALREADY_ASKED)
    if answer.status == 403:
        return Refused(NOT_PERMITTED)
    if answer.status == 400:
        words = f"Entitlement management refused the access package: {message}"
        return Refused(Reason("package_refused", words))
    return translate(answer)


def _says_already(answer: Answer) -> bool:
    error = _error(answer)
    return isinstance(error, Refused) and error.reason in (ALREADY_ASKED, NOT_LICENSED)
