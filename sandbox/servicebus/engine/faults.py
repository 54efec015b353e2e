"""Faults on order: the broker misbehaves at an entity so many times, before or after its work."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from sandbox.servicebus.refused import LOCK_LOST, Detached, Refused, Reset

_CONDITIONS = {
    "server-busy": "com.microsoft:server-busy",
    "lock-lost": LOCK_LOST,
    "entity-disabled": "com.microsoft:entity-disabled",
    "quota-exceeded": "amqp:resource-limit-exceeded",
    "unauthorized": "amqp:unauthorized-access",
    "internal-error": "amqp:internal-error",
}
_WHERE = {"lock-lost": "settle", "detach": "send settle", "reset": "send settle manage"}


@dataclass(slots=True, kw_only=True)
class Fault:
    """`on` names the operations: send, settle, manage, in one text; most kinds have a default."""

    kind: str
    entity: str
    count: int = 1
    on: str = ""
    afterwards: bool = False  # do the work, then fail: the answer gets lost

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        unknown = set(given) - {each.name for each in fields(cls)}
        if unknown or not {"kind", "entity"} <= set(given):
            raise ValueError(f"a fault has a kind, an entity, and no {sorted(unknown)}")
        return cls(**given)

    def __post_init__(self) -> None:
        if self.kind not in (*_CONDITIONS, "detach", "reset"):
            raise ValueError(f"no fault is called {self.kind!r}")
        self.on = self.on or _WHERE.get(self.kind, "send manage")


class Faults:
    def __init__(self) -> None:
        self.rules: list[Fault] = []

    def strike(self, path: str, operation: str, *, afterwards: bool = False) -> None:
        """Raises Refused, Detached or Reset when a fault waits here."""
        for rule in self.rules:
            if rule.count and rule.afterwards is afterwards and _meets(rule, path, operation):
                rule.count -= 1
                raise _error(rule)


def _meets(rule: Fault, path: str, operation: str) -> bool:
    return rule.entity.lower() == path.lower() and operation in rule.on.split()


def _error(rule: Fault) -> Exception:
    text = f"A fault on order: {rule.kind}"
    if rule.kind == "reset":
        return Reset(text)
    if rule.kind == "detach":
        return Detached("amqp:link:detach-forced", text)
    return Refused(_CONDITIONS[rule.kind], text)
