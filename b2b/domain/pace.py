"""How fast a service may be asked: grows slowly, shrinks fast, and listens to the service.

Additive increase and multiplicative decrease let several senders share one limit fairly without
knowing of each other: https://www.rfc-editor.org/rfc/rfc5681. Graph tells the share of a limit
that is used once it passes 0.8: https://learn.microsoft.com/graph/throttling (read 2026-11).
Pure: times are seconds of any one clock.
"""

from dataclasses import dataclass

GROWS = 2.0  # requests per second, each second in which the service was content
SHRINKS = 0.7
CALM = 5.0  # seconds between two decreases: one burst of refusals is one sign
ROOM_FROM, CONTENT, FULL = 0.80, 0.97, 0.99  # of the limit: slow down, stop growing, all but stop
STALE = 20.0  # seconds after which a share no longer tells anything


@dataclass(slots=True)
class Pace:
    """One budget of one service, as one process sees it. `rate` is requests per second."""

    rate: float
    slowest: float = 1.0
    fastest: float = 500.0
    _taken_at: float = float("-inf")
    _closed_until: float = 0.0
    _decreased_at: float = float("-inf")
    _share: float = 0.0
    _share_at: float = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until the next request may go, as things are; they may change while one waits."""
        return max(self._taken_at + 1 / self._present_rate(now) - now, self.closed(now), 0.0)

    def closed(self, now: float) -> float:
        """Seconds for which the service has asked for silence."""
        return max(self._closed_until - now, 0.0)

    def take(self, now: float) -> None:
        """A request goes now. A late start is not made up for: no two ever go together."""
        self._taken_at = now

    def answered(self, now: float, share: float | None) -> None:
        """The service did it. `share` is the part of its limit that is used, if it said so."""
        if share is not None:
            self._share, self._share_at = share, now
        if self._share_now(now) < CONTENT:
            self.rate = min(self.rate + GROWS / max(self.rate, 1), self.fastest)

    def refused(self, now: float, retry_after: float, share: float | None) -> None:
        """The service said 429: nobody goes before `retry_after` seconds, and then more slowly."""
        if share is not None:
            self._share, self._share_at = share, now
        self._closed_until = max(self._closed_until, now + retry_after)
        if now - self._decreased_at >= CALM:
            self._decreased_at = now
            self.rate = max(self.rate * SHRINKS, self.slowest)

    def _present_rate(self, now: float) -> float:
        return max(self.rate * self._room(now), self.slowest)

    def _room(self, now: float) -> float:
        """1 while there is plenty; falls to 0 as the limit fills."""
        used = max(self._share_now(now), ROOM_FROM)
        return max((FULL - used) / (FULL - ROOM_FROM), 0.0)

    def _share_now(self, now: float) -> float:
        return self._share if now - self._share_at <= STALE else 0.0
