"""Everything one stand-in remembers, and the two records every operation works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.directory.callers import Caller
from sandbox.directory.clock import Clock, written
from sandbox.directory.counters import Counters
from sandbox.directory.entitlements.life import Entitlements
from sandbox.directory.faults import Faults
from sandbox.directory.logs import Logs
from sandbox.directory.quota import Quota
from sandbox.directory.refusals import missing
from sandbox.directory.store import Store
from sandbox.directory.tenant import Tenant
from sandbox.directory.things import Group, User


class World:
    def __init__(self, secret: str, tenant: Tenant | None = None, scale: float = 1.0) -> None:
        self.secret = secret
        self.tenant = tenant or Tenant()
        self.clock = Clock(scale)
        self.store = Store()
        self.quota = Quota(self.clock)
        self.counters = Counters()
        self.faults = Faults()
        self.mails: list[dict[str, Any]] = []
        self.logs = Logs(self.clock)
        self.entitlements = Entitlements(self.store, self.clock, lambda: self.tenant)
        self.messages: dict[str, dict[str, Any]] = {}  # id of the mailbox -> id -> message
        self._fresh: dict[str, tuple[float, float]] = {}  # id -> created, replicated everywhere

    def stamp(self) -> str:
        return written(self.clock.now())

    def post_mail(self, to: str, kind: str, **more: Any) -> None:
        self.mails.append({"to": to, "kind": kind, "at": self.stamp(), **more})
        self.counters.add("mails")

    # Replication: https://learn.microsoft.com/graph/api/user-list, "eventual consistency"

    def begin_replication(self, user: User) -> None:
        now = self.clock.now()
        if self.tenant.replication_seconds > 0:
            self._fresh[user.id] = (now, now + self.tenant.replication_seconds)

    def hidden(self, identity: str) -> bool:
        """Not replicated yet: reads do not find it."""
        return bool(self._fresh) and self._age(identity) is not None

    def half_known(self, identity: str) -> bool:
        """In the second half of the delay references are refused in another way than at first."""
        age = self._age(identity)
        return age is not None and age >= 0.5

    def _age(self, identity: str) -> float | None:
        born, until = self._fresh.get(identity, (0.0, 0.0))
        now = self.clock.now()
        if now >= until:
            self._fresh.pop(identity, None)
            return None
        return (now - born) / (until - born)

    def user(self, name: str) -> User:
        """Raises Refused (404) for unknown users and those not replicated yet."""
        found = self.store.named(name)
        if found is None or self.hidden(found.id):
            raise missing(name)
        return found

    def group(self, identity: str) -> Group:
        found = self.store.groups.get(identity.lower())
        if found is None:
            raise missing(identity)
        return found


@dataclass(slots=True)
class Call:
    """One request that was let in."""

    world: World
    caller: Caller
    base: str  # http://localhost:8000/v1.0
    path: str
    args: tuple[str, ...]
    options: dict[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: dict[str, Any]
    version: str = "v1.0"

    def audit(self, activity: str, user: User | None, **told: Any) -> None:
        """What was done by this request, for the log; `told` as for Logs.audit."""
        logs = self.world.logs
        logs.audit(self.world.tenant, activity, user, app=self.caller.app, **told)

    @property
    def eventual(self) -> bool:
        return self.headers.get("consistencylevel", "").lower() == "eventual"

    @property
    def store(self) -> Store:
        return self.world.store

    def context(self, what: str) -> dict[str, str]:
        return {"@odata.context": f"{self.base}/$metadata#{what}"}


@dataclass(slots=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None  # a text/plain answer
