"""The broker's time, which tests may hurry on."""

import time
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    scale: float = 1.0  # how many of our seconds pass in a real one
    _began: float = field(default_factory=time.time)
    _ahead: float = 0.0

    def now(self) -> int:
        """Milliseconds since 1970."""
        real = time.time()
        return int((self._began + (real - self._began) * self.scale + self._ahead) * 1000)

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def real_seconds_until(self, moment: int) -> float:
        return max(0.0, (moment - self.now()) / 1000 / self.scale)
