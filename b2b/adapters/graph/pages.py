"""Lists of Graph, page by page: a page that fails raises, and headers go along on each of them.

https://learn.microsoft.com/graph/paging (read 2026-11): request headers are not carried over.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from kiota_abstractions.base_request_builder import BaseRequestBuilder
from kiota_abstractions.method import Method
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, field_validator

from b2b.adapters.graph.answer import Answer, malformed
from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.errors import translate
from b2b.adapters.graph.pacing import Budget
from b2b.domain.errors import Refused
from b2b.domain.reason import Reason
from b2b.ports import UnreadItem

ADVANCED = {"ConsistencyLevel": "eventual"}
LOW = {"x-ms-throttle-priority": "Low"}  # sweeps step back first when Graph is busy

M = TypeVar("M", bound=BaseModel)
D = TypeVar("D", bound=BaseModel)


class GraphPage(BaseModel, Generic[M]):
    """`value` has no default: an answer without it is no empty list."""

    model_config = ConfigDict(hide_input_in_errors=True, frozen=True)

    value: list[M]
    next_link: str = Field(default="", alias="@odata.nextLink")

    @field_validator("next_link", mode="before")
    @classmethod
    def _none_is_the_last(cls, value: Any) -> Any:
        return "" if value is None else value


@dataclass(frozen=True, slots=True)
class ReadPage(Generic[M]):
    """A page of which each item was read by itself: one that cannot be read loses no other."""

    value: Sequence[M]
    next_link: str
    unread: Sequence[UnreadItem] = ()


@dataclass(frozen=True, slots=True)
class _Link:
    """Stands where a request builder stands, for a link that Graph gave us."""

    path_parameters: Mapping[str, str]
    url_template: str = "{+link}"


@dataclass(frozen=True, slots=True)
class Listing(Generic[M]):
    """One list: its first page, and how to read each."""

    graph: Graph
    builder: BaseRequestBuilder
    query: Mapping[str, str]
    page: type[GraphPage[M]]
    headers: Mapping[str, str]
    budget: Budget = Budget.READS

    async def read(self, following: str = "") -> GraphPage[M]:
        """The first page, or the one that a link leads to. Raises Refused or TryLater."""
        answer = await self.graph.send(self._ask(following))
        return decoded(answer, self.page)

    async def read_each(self, model: type[M], following: str = "") -> ReadPage[M]:
        """As `read` does, and says of single items that they cannot be read."""
        answer = checked(await self.graph.send(self._ask(following)))
        try:
            page = answer.parsed(self.page)
        except ValidationError:  # rare, so that the quick way is tried first
            return _one_by_one(answer.read(GraphPage[_Item]), model)
        return ReadPage(page.value, page.next_link)

    async def all(self) -> AsyncIterator[M]:
        page = await self.read()
        while True:
            for item in page.value:
                yield item
            if not page.next_link:
                return
            page = await self.read(page.next_link)

    def first(self) -> Ask:
        return self._ask("")

    def _ask(self, following: str) -> Ask:
        if not following:
            return Ask(
                Method.GET, self.builder, self.query, headers=self.headers, budget=self.budget
            )
        if not following.startswith(self.graph.base_url + "/"):  # our token goes along
            raise Refused(Reason("strange_link", "The directory's next page lies elsewhere."))
        link = _Link({"request-raw-url": following})
        return Ask(Method.GET, link, headers=self.headers, budget=self.budget)


class _Item(RootModel[Any]):
    """Anything at all."""


def _one_by_one(page: GraphPage[_Item], model: type[M]) -> ReadPage[M]:
    read: list[M] = []
    unread: list[UnreadItem] = []
    for item in page.value:
        try:  # as JSON, where a text may stand for a date
            read.append(model.model_validate_json(item.model_dump_json()))
        except ValidationError as faults:
            named = item.root.get("id") if isinstance(item.root, dict) else None
            unread.append(UnreadItem(named if isinstance(named, str) else "", _why(faults)))
    return ReadPage(read, page.next_link, unread)


def _why(faults: ValidationError) -> str:
    return malformed(faults).sentence


def decoded(answer: Answer, model: type[D]) -> D:
    """Raises Refused `answer_malformed` too: a property that is missing is never a default."""
    return checked(answer).read(model)


def checked(answer: Answer) -> Answer:
    """Raises what the answer means when it is none that was asked for."""
    if not answer.ok:
        raise translate(answer)
    return answer
