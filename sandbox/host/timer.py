"""Timers: never two runs of one at the same time, one late run after a downtime."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any

from azure.core.exceptions import AzureError
from azure.functions import meta
from azure.functions.timer import TimerRequestConverter

from sandbox.host.function import Function
from sandbox.host.invocation import Invoker
from sandbox.host.listener import Phase
from sandbox.host.timer_schedule import Schedule
from sandbox.host.timer_status import Monitor, Status

log = logging.getLogger(__name__)


class Timer:
    def __init__(
        self, function: Function, schedule: Schedule, monitor: Monitor | None, invoker: Invoker
    ) -> None:
        self.function = function
        self.phase = Phase()
        self._schedule = schedule
        self._monitor = monitor
        self._invoker = invoker
        self._running = asyncio.Lock()
        self._status = Status.first(schedule.next(now()), now())

    async def listen(self) -> None:
        overdue = await self._recall()
        self.phase.up.set()
        if overdue or self.function.trigger.get("runOnStartup"):
            await self._run(overdue)
        due = now()
        while not self.phase.stopping.is_set():
            due = self._schedule.next(max(due, now()))
            if await self._reach(due):
                await self._run(past_due=False)

    async def invoke(self, text: str) -> Exception | None:
        del text  # a timer has no input
        return await self._run(past_due=False)

    async def _reach(self, due: datetime) -> bool:
        # The loop's clock may wake us a moment early, which would make the same run due twice.
        while (left := (due - now()).total_seconds()) > 0 and not self.phase.stopping.is_set():
            await self.phase.pause(left)
        return not self.phase.stopping.is_set()

    async def _recall(self) -> bool:
        """Whether a run was missed while the host was down."""
        if self._monitor is None:
            return False
        kept = await self._monitor.read()
        if kept and self._is_same_schedule(kept):
            self._status = kept
            return now() > kept.next
        await self._monitor.write(self._status)
        return False

    def _is_same_schedule(self, kept: Status) -> bool:
        # A changed schedule starts anew: what the old one missed is not past due.
        since = kept.last if kept.has_run else kept.last_updated
        return self._schedule.next(since) == kept.next

    async def _run(self, past_due: bool) -> Exception | None:
        async with self._running:
            request = self._request(past_due)

            async def decode() -> Any:
                return TimerRequestConverter.decode(request, trigger_metadata={})

            started = now()
            failure = await self._invoker.run(self.function, decode)
            await self._remember(started)
            return failure

    def _request(self, past_due: bool) -> meta.Datum:
        given = {
            "Schedule": {"AdjustForDST": True},
            # A timer that is not monitored has none (azure-webjobs-sdk-extensions, TimerListener).
            "ScheduleStatus": self._status.fields() if self._monitor else None,
            "IsPastDue": past_due,
        }
        return meta.Datum(json.dumps(given), "json")

    async def _remember(self, started: datetime) -> None:
        self._status = Status(started, self._schedule.next(started), now())
        if self._monitor is None:
            return
        try:
            await self._monitor.write(self._status)
        except AzureError as problem:
            log.warning("timer status not kept: %s", problem, extra={"for": self.function.name})


def now() -> datetime:
    return datetime.now(UTC)
