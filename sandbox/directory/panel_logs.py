"""/sandbox/activity: what the logs hold at all, and events made up for them."""

from datetime import datetime
from typing import Any, Final

from sandbox.directory.logs import Logged
from sandbox.directory.things import User
from sandbox.directory.world import World

KEYS: Final = frozenset({"signIns", "audits", "madeUp"})
WRONG_PASSWORD: Final = 50126


def activity(world: World, _: Any) -> dict[str, Any]:
    """Everything that ever happened: what is late, and what is forgotten, as well."""
    logs = world.logs
    return {"signIns": _whole(logs.sign_ins), "audits": _whole(logs.audits)}


def add_activity(world: World, body: dict[str, Any]) -> dict[str, int]:
    """{"signIns": [{"mail", "at", "error", "interactive", "lag", "country", "app"}],
    "audits": [{"mail", "at", "activity", "service", "lag"}],
    "madeUp": {"signIns": N, "seconds": S}}: N of them by turns, evenly in the last S seconds.
    """
    if unknown := body.keys() - KEYS:
        raise ValueError(f"unknown keys: {sorted(unknown)}")
    for one in body.get("signIns", ()):
        log_sign_in(world, _named(world, one["mail"]), _at(world, one), one)
    for one in body.get("audits", ()):
        told = {name: value for name, value in one.items() if name not in ("mail", "activity")}
        user = _named(world, one["mail"]) if "mail" in one else None
        world.logs.audit(world.tenant, one["activity"], user, **told | {"at": _at(world, one)})
    if "madeUp" in body:
        _make_up(world, **body["madeUp"])
    return {"signIns": len(world.logs.sign_ins), "audits": len(world.logs.audits)}


def log_sign_in(world: World, user: User, at: float, told: dict[str, Any]) -> None:
    error = told.get("error", 0 if told.get("successful", True) else WRONG_PASSWORD)
    names = ("interactive", "lag", "country", "city", "app", "ip", "crossTenantAccessType")
    more = {name: told[name] for name in names if name in told}
    world.logs.sign_in(world.tenant, user, at, error=error, **more)


def redeemed(world: World, guest: User) -> None:
    world.logs.audit(world.tenant, "Update user", guest)
    told = {"service": "Invited Users", "operation": "Update"}
    world.logs.audit(world.tenant, "Redeem external user invite", guest, **told)


def _make_up(world: World, signIns: int, seconds: float) -> None:
    everybody = list(world.store.everyone.walk())
    now = world.clock.now()
    for number in range(signIns):
        user = everybody[number % len(everybody)]
        at = now - seconds * (signIns - number) / signIns
        world.logs.sign_in(world.tenant, user, at, error=WRONG_PASSWORD if number % 10 == 9 else 0)


def _whole(log: list[Logged]) -> list[dict[str, Any]]:
    return [dict(one.more or {}) for one in log]


def _named(world: World, mail: str) -> User:
    found = world.store.with_mail(mail)
    if not found:
        raise ValueError(f"nobody has the address {mail}")
    return found[0]


def _at(world: World, one: dict[str, Any]) -> float:
    given = one.get("at")
    return datetime.fromisoformat(given).timestamp() if given else world.clock.now()
