"""A pace for stand-ins whose quotas are off."""

from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.domain.pace import Pace


def unhurried() -> Pacing:
    return Pacing(paces={budget: Pace(rate=10_000, fastest=10_000) for budget in Budget})
