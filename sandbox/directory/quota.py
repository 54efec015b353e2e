"""Usage limits as sliding windows: what was spent in the last N seconds may not pass a limit.

Numbers: https://learn.microsoft.com/graph/throttling-limits, read 2026-02-06.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from sandbox.directory.clock import Clock
from sandbox.directory.refusals import Refused
from sandbox.directory.tenant import Tenant

# name -> (limit, seconds)
LIMITS: Final[dict[str, tuple[int, float]]] = {
    "units.S": (3_500, 10),
    "units.M": (5_000, 10),
    "units.L": (8_000, 10),
    "writes": (3_000, 150),
    "tenantWrites": (18_000, 300),
    "reports": (5, 10),
    "signInActivity": (10, 60),
    "protection": (1, 1),
    "flows": (200, 60),
    "mailbox": (10_000, 600),  # Outlook: per app and mailbox, and we know one mailbox
}
OF_THE_TENANT: Final = frozenset({"tenantWrites", "protection"})  # shared by all apps
WITHOUT_RETRY_AFTER: Final = frozenset({"protection"})
STEPS: Final = 100  # a window moves on in hundredths of its length


class Window:
    """Sliding window in steps; an amount is kept until the end of its step has left the window."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._step = seconds, seconds / STEPS
        self._spent: deque[list[float]] = deque()
        self._sum = 0.0

    def wait(self, cost: float, limit: float, now: float) -> float:
        """Seconds until so much more fits; 0.0 when it fits now."""
        self._forget(now)
        over = self._sum + cost - limit
        if over <= 0:
            return 0.0
        for at, amount in self._spent:
            over -= amount
            if over <= 0:
                return at + self._seconds - now
        return self._seconds  # more than the whole budget: it never fits

    def spend(self, cost: float, now: float) -> None:
        at = (now // self._step + 1) * self._step
        if self._spent and self._spent[-1][0] == at:
            self._spent[-1][1] += cost
        else:
            self._spent.append([at, cost])
        self._sum += cost

    def share(self, limit: float, now: float) -> float:
        self._forget(now)
        return self._sum / limit if limit else 0.0

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] + self._seconds <= now:
            self._sum -= self._spent.popleft()[1]


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request costs: resource units, writes and the names of budgets it counts in once."""

    units: int = 0
    writes: int = 0
    budgets: tuple[str, ...] = ()

    def amounts(self, size: str) -> dict[str, int]:
        costs = {f"units.{size}": self.units, "writes": self.writes, "tenantWrites": self.writes}
        return {name: cost for name, cost in costs.items() if cost} | dict.fromkeys(self.budgets, 1)


class Quota:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}

    def take(self, charge: Charge, tenant: Tenant, app: str, users: int) -> dict[str, str]:
        """Headers for the answer. Raises Refused (429) when any budget is used up."""
        if not tenant.quotas:
            return {}
        now = self._clock.now()
        budgets = charge.amounts(tenant.size or size_of(users))
        waits = {
            name: self._window(name, app).wait(cost, limit_of(name, tenant), now)
            for name, cost in budgets.items()
        }
        full = max(waits, key=lambda name: waits[name], default=None)
        if full is None or waits[full] <= 0 or tenant.throttled_requests_count:
            for name, cost in budgets.items():
                self._window(name, app).spend(cost, now)
        if full is not None and waits[full] > 0:
            raise self._too_many(full, waits[full], tenant, app)
        return self._warning(budgets, tenant, app, now)

    def forget(self) -> None:
        self._windows.clear()

    def _window(self, name: str, app: str) -> Window:
        key = (name, "" if name in OF_THE_TENANT else app)
        return self._windows.setdefault(key, Window(LIMITS[name][1]))

    def _warning(
        self, budgets: dict[str, int], tenant: Tenant, app: str, now: float
    ) -> dict[str, str]:
        shares = [
            self._window(name, app).share(limit_of(name, tenant), now)
            for name in budgets
            if name.startswith(("units", "writes"))
        ]
        most = max(shares, default=0.0)
        return {"x-ms-throttle-limit-percentage": f"{most:.2f}"} if most > 0.8 else {}

    def _too_many(self, name: str, wait: float, tenant: Tenant, app: str) -> Refused:
        scope = f"Tenant/ReadWrite/{tenant.id}"
        if name not in OF_THE_TENANT:
            scope = f"Tenant_Application/ReadWrite/{app}/{tenant.id}"
        headers = {"x-ms-throttle-scope": scope, "x-ms-throttle-information": _reason(name)}
        if name not in WITHOUT_RETRY_AFTER:
            # Real seconds, and a fraction of one when the clock is scaled: Graph does that too.
            headers["Retry-After"] = _rounded_up(self._clock.real(wait))
        return Refused(429, "TooManyRequests", "Too many requests.", headers)


def limit_of(name: str, tenant: Tenant) -> int:
    other = tenant.budgets.get(name, tenant.budgets.get(name.partition(".")[0]))
    return LIMITS[name][0] if other is None else other


def size_of(users: int) -> str:
    return "S" if users < 50 else "M" if users <= 500 else "L"


def _reason(name: str) -> str:
    return "WriteLimitExceeded" if name.endswith("rites") else "ResourceUnitLimitExceeded"


def _rounded_up(seconds: float) -> str:
    return f"{seconds + 0.0005:.3f}".rstrip("0").rstrip(".")
