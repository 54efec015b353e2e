"""The policy in force, read again when its blob has changed, at most once a minute."""

import logging
from asyncio import to_thread
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from b2b import events
from b2b.domain.errors import Refused
from b2b.domain.policy import Policy
from b2b.domain.reason import Reason
from b2b.policy_file import PolicyFaults, read_policy
from b2b.ports import Files

log = logging.getLogger(__name__)

CONTAINER, NAME = "config", "policy.toml"
LOOK_AGAIN = timedelta(minutes=1)
_NEVER = Reason("policy_missing", f"There is no policy: put one at {CONTAINER}/{NAME}.")


@dataclass(slots=True)
class PolicySource:
    """Never answers an older policy in place of a faulty one: it refuses with the faults."""

    files: Files
    clock: Callable[[], datetime]
    _version: str = ""
    _policy: Policy | Reason = _NEVER
    _looked: datetime | None = field(default=None)

    async def current(self) -> Policy:
        """Raises Refused `policy_missing` or `policy_faulty`; TryLater when storage is away."""
        if self._looked is None or self.clock() - self._looked >= LOOK_AGAIN:
            await self._look()
        if isinstance(self._policy, Reason):
            raise Refused(self._policy)
        return self._policy

    async def _look(self) -> None:
        try:
            content, version = await self.files.read(CONTAINER, NAME, self._version)
        except Refused:
            content, version = None, ""
            self._policy = _NEVER
        if content is not None:
            self._policy = await to_thread(_read, content, version)
        self._version = version
        # A refusal is looked at again at once: somebody is mending the file right now.
        self._looked = None if isinstance(self._policy, Reason) else self.clock()


def _read(content: bytes, version: str) -> Policy | Reason:
    policy = read_policy(content, version.strip('"'))
    if isinstance(policy, PolicyFaults):
        log.error(events.POLICY_FAULTY, extra={"faults": len(policy.faults), "version": version})
        return policy.reason()
    log.info(events.POLICY_LOADED, extra={"version": version, "partners": len(policy.partners)})
    return policy
