"""Drops the sample, watches until every row has an outcome, and shows what came of it."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from sandbox import town as towns
from sandbox.demo import show
from sandbox.demo.watch import Watch, Watched
from sandbox.town import Plan, Town

HERE = Path(__file__).parent
OUT = towns.ROOT / "build" / "demo"
SAMPLE, SEED = HERE / "guests.csv", HERE / "directory.json"
PATIENCE = 150.0  # seconds until rows without an outcome are called lost
# A stand-in replicates at once, so nothing has to be waited for as long as in a tenant.
QUICK = {
    "ASSIGN_AFTER_SECONDS": "1",
    "PACKAGE_LOOK_SECONDS": "1",
    "RESULTS_SLOT_SECONDS": "2",
    "REPLICATION_SECONDS": "5",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """`patience`: seconds until rows without an outcome are called lost."""

    console: Console
    out: Path = OUT
    patience: float = PATIENCE
    started: float = field(default_factory=time.monotonic)

    async def run(self) -> int:
        """The exit code: 0 when each row has an outcome."""
        self.out.mkdir(parents=True, exist_ok=True)
        plan = Plan(logs=self.out / "logs", seed=SEED, settings=QUICK)
        self.console.print("Starting storage, Service Bus, directory, identity and the app …")
        async with towns.running(plan) as town:
            return await self.run_in(town)

    async def run_in(self, town: Town) -> int:
        """In a town that has no policy and no host yet."""
        await town.put_example_policy()
        await town.start_host()
        self.console.print(f"Up after {self._seconds} s. Dropping {SAMPLE.name} …")
        sample = SAMPLE.read_bytes()
        await town.storage.put("uploads", SAMPLE.name, sample)
        rows = len(sample.splitlines()) - 1
        watched = await Watch(town, SAMPLE.name, rows, self.console).until_done(self.patience)
        seconds = self._seconds
        await show.everything(town, watched, self.console, self.out)
        summary = await show.summary(town, watched, seconds)
        (self.out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
        return self._ended(town, watched, seconds)

    def _ended(self, town: Town, watched: Watched, seconds: float) -> int:
        if watched.done:
            self.console.print(f"Every one of {watched.rows} rows has an outcome, in {seconds} s.")
            return 0
        self.console.print(
            f"[bold red]{watched.pending} of {watched.rows} rows have no outcome "
            f"after {self.patience:.0f} s. The logs are in {town.host_log.parent}.[/]",
            soft_wrap=True,
        )
        return 1

    @property
    def _seconds(self) -> float:
        return round(time.monotonic() - self.started, 1)
