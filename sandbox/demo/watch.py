"""Live progress of one dropped file, read from where anybody could read it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sandbox.town import Town

LOOK_EVERY = 0.5
ENDINGS = ("assigned", "invited", "already_guest", "refused", "failed")


@dataclass(frozen=True, slots=True)
class Watched:
    """The newest summary of the file, {} when none was published.

    `dropped`: rows that the file has; all of them wait until a summary says otherwise.
    """

    dropped: int
    batch: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)

    @property
    def taken_in(self) -> bool:
        return bool(self.summary.get("takenIn"))

    @property
    def rows(self) -> int:
        return int(self.summary["rows"]) if self.taken_in else self.dropped

    @property
    def pending(self) -> int:
        """A row that was not read yet waits as well."""
        unread = self.rows - int(self.summary.get("rows", 0))
        return unread + int(self.summary.get("pending", 0))

    @property
    def done(self) -> bool:
        return self.taken_in and self.pending == 0


@dataclass(slots=True)
class Watch:
    town: Town
    file: str
    rows: int
    console: Console

    async def until_done(self, patience: float) -> Watched:
        """Returns what there is when every row has an outcome, or when patience ends."""
        deadline = time.monotonic() + patience
        columns = (
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[depths]}"), TimeElapsedColumn(),
        )  # fmt: skip
        with Progress(*columns, console=self.console) as progress:
            bar = progress.add_task("rows with an outcome", total=None, depths="")
            while True:
                watched = await self._look()
                progress.update(
                    bar,
                    total=watched.rows or None,
                    completed=watched.rows - watched.pending,
                    depths=await self._depths(),
                )
                if watched.done or time.monotonic() > deadline:
                    return watched
                await asyncio.sleep(LOOK_EVERY)

    async def _look(self) -> Watched:
        for batch, summary in (await self.town.storage.summaries()).items():
            if summary.get("file") == self.file:
                return Watched(self.rows, batch, summary)
        return Watched(self.rows)

    async def _depths(self) -> str:
        entities = await self.town.get(f"{self.town.bus_control}/entities")
        waiting = {
            name.removeprefix("guest-"): depth["active"] + depth["locked"] + depth["scheduled"]
            for name, depth in entities.items()
            if "/" not in name  # what subscriptions hold is for other services
        }
        return "  ".join(f"{name} {count}" for name, count in waiting.items() if count)
