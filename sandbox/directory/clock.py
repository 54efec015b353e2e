"""A clock that runs as fast as it is told and can be pushed forward, for quotas and delays."""

import time
from datetime import UTC, datetime


class Clock:
    """`scale` simulated seconds pass per real one; `advance` adds some at once."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._began, self._start = time.time(), time.monotonic()
        self._advanced = 0.0

    def now(self) -> float:
        """Seconds since the epoch, simulated."""
        return self._began + (time.monotonic() - self._start) * self.scale + self._advanced

    def advance(self, seconds: float) -> None:
        self._advanced += seconds

    def real(self, simulated: float) -> float:
        """How long a caller has to wait, on its own watch, for so many simulated seconds."""
        return simulated / self.scale


def written(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
