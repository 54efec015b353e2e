"""A policy that is in force, or the reason why there is none."""

from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import Policy
from b2b.domain.reason import Reason


class FakePolicy:
    def __init__(self, policy: Policy | Reason | TryLater) -> None:
        self.now = policy

    async def __call__(self) -> Policy:
        if isinstance(self.now, Reason):
            raise Refused(self.now)
        if isinstance(self.now, TryLater):
            raise self.now
        return self.now
