"""A policy that is in force, or the reason why there is none; and who wrote it."""

from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import Policy
from b2b.domain.reason import Reason
from b2b.ports import Written


class FakePolicy:
    def __init__(self, policy: Policy | Reason | TryLater) -> None:
        self.now = policy

    async def __call__(self) -> Policy:
        if isinstance(self.now, Reason):
            raise Refused(self.now)
        if isinstance(self.now, TryLater):
            raise self.now
        return self.now


class FakePolicyFile:
    """The version of the policy in force unless another one was uploaded."""

    def __init__(self, policy: FakePolicy) -> None:
        self.policy, self.by, self.version = policy, "", ""

    async def written(self) -> Written:
        return Written(self.by, self.version or (await self.policy()).version)

    async def upload(self, content: bytes, by: str) -> None:
        self.by, self.version = by, f"{hash(content):x}"
