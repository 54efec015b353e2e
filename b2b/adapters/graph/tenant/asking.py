"""One source of the audit asked for: whole, or an `Unread` that says why not."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from copy import copy
from datetime import timedelta
from typing import TypeVar

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from pydantic import BaseModel

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import LARGEST_BATCH, Ask, Graph
from b2b.adapters.graph.pacing import Pacing
from b2b.adapters.graph.pages import GraphPage, decoded
from b2b.adapters.graph.tenant.source import Link, Source, Unread, unread, why_not
from b2b.domain.errors import Refused, TryLater
from b2b.domain.posture import NotReadable

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
PAUSES = (1.0, 4.0)  # seconds before the second and the third try
PATIENCE = 60.0  # seconds that a whole audit waits for faults to pass


async def read_or_why(reading: Awaitable[T]) -> T | NotReadable:
    try:
        return await reading
    except Unread as failure:
        return failure.why


class Asking:
    """Asks patiently, counts what it asks by budget, and tells a refusal from a fault."""

    def __init__(self, adapter: RequestAdapter, pacing: Pacing) -> None:
        self._now, self._beta = Graph(adapter, pacing), Graph(_beta_of(adapter), pacing)
        self._sleep, self._patience = pacing.sleep, PATIENCE
        self.asked: Counter[str] = Counter()

    async def one(self, source: Source, model: type[M]) -> M:
        """Raises Unread."""
        return self._decoded(await self._answer(source, source.ask()), model, source)

    async def each(self, source: Source, item: type[M], most: int = 10_000) -> AsyncIterator[M]:
        """Every item of every page. Raises Unread, also beyond so many pages."""
        following = ""
        for _ in range(most):
            ask = self._next(source, following) if following else source.ask()
            page = self._decoded(await self._answer(source, ask), GraphPage[item], source)  # type: ignore[valid-type]
            for one in page.value:
                yield one
            if not page.next_link:
                return
            following = page.next_link
        raise Unread(unread(source, f"There are more than {most} pages."))

    async def every(self, source: Source, item: type[M], most: int = 10_000) -> list[M]:
        return [one async for one in self.each(source, item, most)]

    async def together(self, sources: Sequence[Source]) -> list[Answer]:
        """In batches; 404 is an answer, everything else that is none raises Unread."""
        answers: list[Answer] = []
        for start in range(0, len(sources), LARGEST_BATCH):
            answers += await self._batch(sources[start : start + LARGEST_BATCH])
        return answers

    async def _batch(self, sources: Sequence[Source]) -> list[Answer]:
        """Asked again as a whole while any of it has a fault that may pass."""
        asks = [source.ask() for source in sources]
        for pause in (*PAUSES, None):
            self.asked[sources[0].budget] += len(asks)
            try:
                answers = await self._now.send_all(asks)
            except TryLater as wait:
                await self._pause(unread(sources[0], wait.reason.sentence), pause, wait.after)
                continue
            wrong = [one for one in answers if not one.ok and one.status != 404]
            if not wrong:
                return answers
            lasting = any(_lasts(one) for one in wrong)
            await self._pause(why_not(wrong[0], sources[0]), None if lasting else pause)
        raise AssertionError("the last round returns or raises")

    async def _answer(self, source: Source, ask: Ask) -> Answer:
        graph = self._beta if source.beta else self._now
        for pause in (*PAUSES, None):
            self.asked[source.budget] += 1
            try:
                answer = await graph.send(ask)
            except TryLater as wait:
                await self._pause(unread(source, wait.reason.sentence), pause, wait.after)
                continue
            if answer.ok:
                return answer
            await self._pause(why_not(answer, source), None if _lasts(answer) else pause)
        raise AssertionError("the last round returns or raises")

    async def _pause(
        self, why: NotReadable, pause: float | None, after: timedelta = timedelta(0)
    ) -> None:
        """Raises Unread instead where the answer lasts, or patience has an end."""
        if pause is None or self._patience <= 0:
            raise Unread(why)
        wait = min(max(pause, after.total_seconds()), self._patience)
        self._patience -= wait
        await self._sleep(wait)

    def _next(self, source: Source, following: str) -> Ask:
        graph = self._beta if source.beta else self._now
        if not following.startswith(graph.base_url + "/"):  # our token goes along
            raise Unread(unread(source, "The directory's next page lies elsewhere."))
        link = Link({"request-raw-url": following})
        return Ask(Method.GET, link, headers=source.headers, budget=source.budget)

    def _decoded(self, answer: Answer, model: type[M], source: Source) -> M:
        try:
            return decoded(answer, model)
        except Refused as refusal:
            raise Unread(unread(source, refusal.reason.sentence)) from None


def _lasts(answer: Answer) -> bool:
    return answer.status < 500 or answer.status == 501


def _beta_of(adapter: RequestAdapter) -> RequestAdapter:
    """The same connection and token, beside the version that the settings name."""
    beta = copy(adapter)
    beta.base_url = str(adapter.base_url).rpartition("/")[0] + "/beta"
    return beta
