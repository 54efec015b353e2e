"""Where a process dies: right before or right after any one step that it takes outside itself."""

from dataclasses import dataclass


class Died(Exception):
    """The process is gone; what it did outside itself stays done."""


@dataclass(slots=True)
class Footing:
    """Every port treads before it does something and again once it has done it."""

    dies_at: int | None = None
    steps: int = 0

    @property
    def held(self) -> bool:
        """The process came to its end before the step at which it would have died."""
        return self.dies_at is not None and self.steps < self.dies_at

    def tread(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise Died
