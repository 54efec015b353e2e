"""The Register of the census, kept by Microsoft Graph: lists in large pages, counts for the rest.

Dates of sign-ins are asked for the guests alone: `userType eq 'Guest'` with signInActivity in
$select, 500 a page, 10 requests a minute. Only *filtering* by signInActivity has to stand alone.
https://learn.microsoft.com/graph/api/user-list (read 2026-11-23)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.errors import error_of
from b2b.adapters.graph.listing import GUESTS
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.pages import ADVANCED, LOW, GraphPage, Listing, checked, decoded
from b2b.adapters.graph.resident_models import ACTIVITY_FIELDS, AGENT, GraphSeen
from b2b.adapters.graph.unknowns import Maybe, day_of
from b2b.domain.census import Enrolled, Quota
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.ports import Page, UnreadItem
from b2b.ports.census import Quick

FIELDS = (
    "id,userType,accountEnabled,externalUserState,createdDateTime,mail,userPrincipalName,"
    "displayName"
)
LARGEST, LARGEST_WITH_ACTIVITY = 999, 500
NOT_READABLE = "not_readable"
NEW = timedelta(days=30)
Counting = dict[str, str]


class _Model(BaseModel):
    model_config = ConfigDict(
        hide_input_in_errors=True, alias_generator=to_camel, validate_by_name=True, frozen=True
    )


class _GraphAccount(_Model):
    id: str
    user_type: Maybe[str] = None
    account_enabled: Maybe[bool] = None
    external_user_state: Maybe[str] = None
    created_date_time: Maybe[datetime] = None
    mail: Maybe[str] = None
    user_principal_name: Maybe[str] = None
    display_name: Maybe[str] = None
    odata_type: Maybe[str] = Field(default=None, alias="@odata.type")

    def enrolled(self, *, enabled: bool, deleted: date | None = None) -> Enrolled:
        return Enrolled(
            id=GuestId(self.id),
            mail=self.mail or "",
            name=self.display_name or "",
            login=self.user_principal_name or "",
            enabled=enabled,
            pending=self.external_user_state == "PendingAcceptance",
            created=day_of(self.created_date_time),
            deleted=deleted,
            agent=self.odata_type == AGENT,
        )


class GraphEnrolled(_GraphAccount):
    """The properties of FIELDS. Who is not said to be blocked counts as enabled."""

    def value(self) -> Enrolled:
        return self.enrolled(enabled=self.account_enabled is not False)


class GraphBinned(_GraphAccount):
    """Of a deleted account nothing depends on whether it was enabled: it may stay untold."""

    deleted_date_time: datetime

    def value(self) -> Enrolled:
        return self.enrolled(
            enabled=bool(self.account_enabled), deleted=self.deleted_date_time.date()
        )


class _GraphQuota(_Model):
    used: int
    total: int


class _GraphOrganization(_Model):
    directory_size_quota: _GraphQuota


@dataclass(frozen=True, slots=True)
class _Beta:
    """Stands where a request builder stands: the same service, of the version `beta`."""

    path_parameters: dict[str, str]
    url_template: str = "{+link}"

    @classmethod
    def of(cls, base_url: str, path: str) -> "_Beta":
        return cls({"request-raw-url": f"{base_url.rpartition('/')[0]}/beta{path}"})


class GraphRegister:
    """Asks with low priority: others of the tenant go first."""

    def __init__(
        self, adapter: RequestAdapter, pacing: Pacing | None = None, page: int = LARGEST
    ) -> None:
        self._graph = Graph(adapter, pacing)
        self._page = page
        self._api = GraphServiceClient(request_adapter=adapter)

    async def count(self) -> int:
        return await self._count(self._api.users.count, GUESTS)

    async def enrolled(self, following: str = "") -> Page[Enrolled]:
        query = {"$filter": GUESTS, "$select": FIELDS, "$top": str(self._page)}
        users = Listing(self._graph, self._api.users, query, GraphPage[GraphEnrolled], LOW)
        page = await users.read_each(GraphEnrolled, following)
        unread = [_unread(one, place) for place, one in enumerate(page.unread)]
        return Page([*(one.value() for one in page.value), *unread], page.next_link)

    async def sign_ins(self, following: str = "") -> Page[tuple[GuestId, date]]:
        query = {
            "$filter": GUESTS,
            "$select": ACTIVITY_FIELDS,
            "$top": str(min(self._page, LARGEST_WITH_ACTIVITY)),
        }
        seen = GraphPage[GraphSeen]
        users = Listing(
            self._graph, self._api.users, query, seen, LOW, budget=Budget.SIGN_IN_ACTIVITY
        )
        try:
            page = await users.read_each(GraphSeen, following)
        except Refused as refusal:
            raise _unreadable_dates(refusal) from refusal
        dated = ((GuestId(one.id), one.newest()) for one in page.value)
        return Page([(guest, day) for guest, day in dated if day is not None], page.next_link)

    async def in_bin(self) -> Sequence[Enrolled]:
        fields = f"{FIELDS},deletedDateTime"
        query = {"$filter": GUESTS, "$select": fields, "$top": str(self._page)}
        deleted = Listing(self._graph, self._bin, query, GraphPage[GraphBinned], LOW)
        return [one.value() async for one in deleted.all()]

    async def quota(self) -> Quota:
        """https://learn.microsoft.com/graph/api/organization-get (beta; read 2026-11-23)"""
        path = "/organization?$select=id,directorySizeQuota"
        answer = await self._graph.send(
            Ask(Method.GET, _Beta.of(self._graph.base_url, path), headers=LOW)
        )
        if 400 <= answer.status < 500:
            words = f"The directory does not tell it here ({answer.status} {error_of(answer)[0]})."
            raise Refused(Reason(NOT_READABLE, words))
        try:
            one = decoded(answer, GraphPage[_GraphOrganization]).value[0]
        except (Refused, IndexError):
            words = "The directory's preview interface does not tell it in this form any more."
            raise Refused(Reason(NOT_READABLE, words)) from None
        return Quota(one.directory_size_quota.used, one.directory_size_quota.total)

    async def quick(self, today: date) -> Quick:
        users, since = self._api.users.count, today - NEW
        return Quick(
            guests=await self._count(users, GUESTS),
            pending=await self._count(
                users, f"{GUESTS} and externalUserState eq 'PendingAcceptance'"
            ),
            disabled=await self._count(users, f"{GUESTS} and accountEnabled eq false"),
            new=await self._count(users, f"{GUESTS} and createdDateTime ge {since}T00:00:00Z"),
            deleted=await self._count(self._bin.count, GUESTS),
        )

    @property
    def _bin(self) -> Any:
        builder = self._api.directory.deleted_items.graph_user
        # The SDK shortens the name of the type; the documentation does not.
        builder.url_template = _long(builder.url_template)
        return builder

    async def _count(self, builder: Any, which: str) -> int:
        builder.url_template = _long(builder.url_template)
        ask = Ask(Method.GET, builder, {"$filter": which}, headers=ADVANCED | LOW)
        answer = checked(await self._graph.send(ask))
        try:
            return int(answer.body.decode("utf-8-sig"))
        except ValueError:
            reason = Reason("count_unreadable", "The directory's count is no number.")
            raise Refused(reason) from None


def _unread(one: UnreadItem, place: int) -> Enrolled:
    """Counted all the same, and told in place of the name."""
    return Enrolled(
        id=GuestId(one.id or f"unreadable-{place}"),
        mail="",
        name=one.why,
        login="",
        enabled=True,
        pending=False,
        created=None,
    )


def _long(template: str) -> str:
    return template.replace("/graph.user", "/microsoft.graph.user")


def _unreadable_dates(refusal: Refused) -> Refused:
    """Licence and permission are causes to do without; everything else is a fault."""
    words = _WITHOUT_DATES.get(refusal.reason.code)
    return Refused(Reason(NOT_READABLE, words)) if words else refusal


_WITHOUT_DATES = {
    "premium_missing": "The directory tells when guests signed in only with Entra ID P1 or P2.",
    "permission_missing": "The directory does not tell the app when guests signed in: the "
    "permission AuditLog.Read.All is missing.",
}
