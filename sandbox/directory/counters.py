"""What was asked, answered and spent, for those who measure from outside."""

from collections import Counter
from typing import Any


class Counters:
    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.totals: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()  # operations that were forbidden
        self.writes_at: Counter[int] = Counter()
        self.units_at: Counter[int] = Counter()

    def add(self, name: str, amount: int = 1) -> None:
        self.totals[name] += amount

    def answered(self, operation: str, status: int) -> None:
        self.operations[operation] += 1
        self.statuses[str(status)] += 1
        if status == 403:
            self.refused[operation] += 1
        if status == 429:
            self.totals["throttled"] += 1

    def spent(self, units: int, writes: int, at: float) -> None:
        """One request that was let in; `at` is the simulated second."""
        self.totals["resourceUnits"] += units
        self.units_at[int(at)] += units
        self.totals["writes" if writes else "reads"] += 1
        if writes:
            self.writes_at[int(at)] += writes

    def shown(self) -> dict[str, Any]:
        names = "requests innerRequests batches reads writes throttled resourceUnits"
        totals = {name: self.totals[name] for name in f"{names} invitations mails faults".split()}
        return totals | {
            "byOperation": dict(self.operations),
            "byStatus": dict(self.statuses),
            "writeTimeline": dict(sorted(self.writes_at.items())),
            "unitTimeline": dict(sorted(self.units_at.items())),
        }
