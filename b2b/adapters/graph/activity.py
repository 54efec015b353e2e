"""The logs of sign-ins and audits, and who counts as a guest in them, from Microsoft Graph.

Only v1.0 is asked: beta knows the userType of a sign-in, but is not supported in production. So
guests are told by their ids, docs/decisions/activity.md. The directory's clock is the Date header
of its answers: https://www.rfc-editor.org/rfc/rfc9110#name-date.
"""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from msgraph import GraphServiceClient
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PrivateAttr, RootModel
from pydantic import model_validator as validator
from pydantic.alias_generators import to_camel

from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.pages import LOW, GraphPage, Listing, checked
from b2b.adapters.graph.unknowns import Maybe
from b2b.domain.activity import Event, Kind
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.reason import Reason
from b2b.ports import Page

CLOCK_UNREADABLE = Reason("clock_unreadable", "The directory did not tell the time.")
INVITED_USERS = "Invited Users"  # the service that logs invitations, redemptions, external deletion
EXTERNAL = "#ext#"  # within the name of whoever was invited from elsewhere


class _Model(BaseModel):
    model_config = ConfigDict(
        hide_input_in_errors=True, alias_generator=to_camel, validate_by_name=True, frozen=True
    )


class _Status(_Model):
    error_code: Maybe[int] = None


class _SignIn(_Model):
    id: str = Field(min_length=1)
    created_date_time: AwareDatetime
    user_id: Maybe[str] = None
    status: Maybe[_Status] = None

    def event(self, line: str) -> Event:
        users = (self.user_id.lower(),) if self.user_id else ()
        done = self.status is not None and self.status.error_code == 0
        return Event(self.id, self.created_date_time.astimezone(UTC), line, users, done)


class _Somebody(_Model):
    id: Maybe[str] = None
    user_principal_name: Maybe[str] = None


class _Initiator(_Model):
    user: Maybe[_Somebody] = None


class _Audit(_Model):
    id: str = Field(min_length=1)
    activity_date_time: AwareDatetime
    logged_by_service: Maybe[str] = None
    initiated_by: Maybe[_Initiator] = None
    target_resources: Maybe[list[Maybe[_Somebody]]] = None

    def event(self, line: str) -> Event:
        people = [one for one in self.target_resources or () if one is not None]
        if self.initiated_by is not None and self.initiated_by.user is not None:
            people.append(self.initiated_by.user)
        named = any(EXTERNAL in (one.user_principal_name or "").lower() for one in people)
        return Event(
            self.id,
            self.activity_date_time.astimezone(UTC),
            line,
            tuple(one.id.lower() for one in people if one.id),
            foreign=named or self.logged_by_service == INVITED_USERS,
        )


class _Logged(RootModel[dict[str, Any]]):
    """The whole event as it came, once what we need of it is known to be there."""

    model_config = ConfigDict(hide_input_in_errors=True)
    _event: Event = PrivateAttr()

    def value(self) -> Event:
        return self._event

    def _line(self) -> str:
        return json.dumps(self.root, separators=(",", ":"), sort_keys=True)


class _LoggedSignIn(_Logged):
    @validator(mode="after")
    def _whole(self) -> Self:
        self._event = _SignIn.model_validate(self.root).event(self._line())
        return self


class _LoggedAudit(_Logged):
    @validator(mode="after")
    def _whole(self) -> Self:
        self._event = _Audit.model_validate(self.root).event(self._line())
        return self


class _Person(_Model):
    id: str
    user_type: Maybe[str] = None


class GraphEventLog:
    """Within 5 requests in 10 seconds, with low priority. `page` 0: as large as Graph makes them,
    which is 1,000 for sign-ins and nowhere documented for audits.
    """

    def __init__(
        self, adapter: RequestAdapter, pacing: Pacing | None = None, page: int = 0
    ) -> None:
        self._graph = Graph(adapter, pacing)
        self._page = page
        self._api = GraphServiceClient(request_adapter=adapter)

    async def now(self) -> datetime:
        """From an answer about users: a log that is refused must not hold up the other one."""
        ask = Ask(Method.GET, self._api.users, {"$select": "id", "$top": "1"}, headers=LOW)
        answer = checked(await self._graph.send(ask))
        try:
            return parsedate_to_datetime(answer.headers.get("Date", "")).astimezone(UTC)
        except (ValueError, TypeError):
            raise TryLater(CLOCK_UNREADABLE, timedelta(minutes=1)) from None

    async def page(
        self, kind: Kind, since: datetime, until: datetime, following: str = ""
    ) -> Page[Event]:
        page = await self._listing(kind, since, until).read(following)
        return Page([one.value() for one in page.value], page.next_link)

    def _listing(self, kind: Kind, since: datetime, until: datetime) -> Listing[Any]:
        logs = self._api.audit_logs
        query = {"$filter": f"{kind.moment} ge {_down(since)} and {kind.moment} le {_up(until)}"}
        if self._page:
            query["$top"] = str(self._page)
        if kind is Kind.SIGN_INS:
            page: type[GraphPage[Any]] = GraphPage[_LoggedSignIn]
            return Listing(self._graph, logs.sign_ins, query, page, LOW, Budget.REPORTS)
        page = GraphPage[_LoggedAudit]
        return Listing(self._graph, logs.directory_audits, query, page, LOW, Budget.REPORTS)


class GraphRoster:
    """Roster: the bin keeps people for 30 days, as long as the logs keep what they did."""

    def __init__(self, adapter: RequestAdapter, pacing: Pacing | None = None) -> None:
        self._graph = Graph(adapter, pacing)
        self._api = GraphServiceClient(request_adapter=adapter)

    async def __call__(self) -> frozenset[GuestId]:
        guests = {"$filter": "userType eq 'Guest'", "$select": "id,userType", "$top": "999"}
        users = Listing(self._graph, self._api.users, guests, GraphPage[_Person], LOW)
        found = {GuestId(one.id.lower()) async for one in users.all()}
        builder = self._api.directory.deleted_items.graph_user
        builder.url_template = builder.url_template.replace("/graph.user", "/microsoft.graph.user")
        everybody = {"$select": "id,userType", "$top": "999"}
        binned = Listing(self._graph, builder, everybody, GraphPage[_Person], LOW)
        async for one in binned.all():
            if one.user_type == "Guest":
                found.add(GuestId(one.id.lower()))
        return frozenset(found)


def _down(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _up(moment: datetime) -> str:
    """Filters know whole seconds for sure; a second too much is read twice and kept once."""
    return _down(moment + timedelta(seconds=1) if moment.microsecond else moment)
