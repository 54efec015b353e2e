"""/sandbox: where tests and people look inside the stand-in and set its weather."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any, Final

from aiohttp import web
from pydantic import ValidationError

from sandbox.directory.faults import Fault
from sandbox.directory.panel_logs import activity, add_activity, log_sign_in, redeemed
from sandbox.directory.properties import USER
from sandbox.directory.reviews import held
from sandbox.directory.seed import BadSeed, plant
from sandbox.directory.sign_ins import sign_in
from sandbox.directory.things import Group, Thing, User
from sandbox.directory.world import World

SHOWN: Final = frozenset({*USER.properties, "sponsors", "@odata.type"})
Door = Callable[[web.Request], Awaitable[web.StreamResponse]]


def panel(world: World) -> list[web.RouteDef]:
    doors = Panel(world)
    return [
        web.get("/sandbox/state", _json(doors.state)),
        web.get("/sandbox/counters", _json(doors.counters)),
        web.post("/sandbox/reset-counters", _json(doors.reset_counters)),
        web.get("/sandbox/mails", _json(doors.mails)),
        web.get("/sandbox/tenant", _json(doors.tenant)),
        web.put("/sandbox/tenant", _json(doors.change_tenant)),
        web.get("/sandbox/faults", _json(doors.faults)),
        web.post("/sandbox/faults", _json(doors.add_faults)),
        web.delete("/sandbox/faults", _json(doors.clear_faults)),
        web.post("/sandbox/seed", _json(doors.seed)),
        web.post("/sandbox/redeem", _json(doors.redeem)),
        web.post("/sandbox/sign-in", _json(doors.sign_in)),
        web.post("/sandbox/access-reviews", _json(doors.hold_review)),
        web.post("/sandbox/clock", _json(doors.advance)),
        web.get("/sandbox/activity", _json(partial(activity, world))),
        web.post("/sandbox/activity", _json(partial(add_activity, world))),
        web.post("/sandbox/decide-packages", _json(doors.decide_packages)),
    ]


def _json(act: Callable[[Any], Any]) -> Door:
    async def serve(request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        try:
            return web.json_response(act(json.loads(raw) if raw.strip() else {}))
        except (BadSeed, ValidationError, KeyError, TypeError, ValueError) as wrong:
            return web.json_response({"error": f"{type(wrong).__name__}: {wrong}"}, status=400)

    return serve


class Panel:
    def __init__(self, world: World) -> None:
        self.world = world

    def state(self, _: Any) -> dict[str, Any]:
        store = self.world.store
        entitlements = self.world.entitlements
        entitlements.settle()
        return {
            "guests": [_whole(user) for user in store.of_type("Guest").walk()],
            "members": store.of_type("Member").alive,
            "groups": [_with_members(group) for group in store.groups.values()],
            "deleted": [_whole(user) for user in store.bin.values()],
            "roleAssignments": [_row(row) for row in store.assignments],
            "tenant": self.tenant({}),
            "packageRequests": [asdict(one) for one in entitlements.requests.values()],
            "packageAssignments": [asdict(one) for one in entitlements.assignments.values()],
        }

    def counters(self, _: Any) -> dict[str, Any]:
        return self.world.counters.shown()

    def reset_counters(self, _: Any) -> dict[str, Any]:
        """Counters, mails and spent quota start again from nothing."""
        self.world.counters.reset()
        self.world.mails.clear()
        self.world.quota.forget()
        return {}

    def mails(self, _: Any) -> list[dict[str, Any]]:
        return self.world.mails

    def tenant(self, _: Any) -> dict[str, Any]:
        return self.world.tenant.model_dump(by_alias=True)

    def change_tenant(self, changes: dict[str, Any]) -> dict[str, Any]:
        self.world.tenant = self.world.tenant.changed(changes)
        return self.tenant({})

    def faults(self, _: Any) -> list[dict[str, Any]]:
        return [fault.shown() for fault in self.world.faults.rules]

    def add_faults(self, rules: list[dict[str, Any]] | dict[str, Any]) -> list[dict[str, Any]]:
        rules = rules if isinstance(rules, list) else [rules]
        self.world.faults.rules += [Fault.model_validate(rule) for rule in rules]
        return self.faults({})

    def clear_faults(self, _: Any) -> list[dict[str, Any]]:
        self.world.faults.rules.clear()
        return []

    def seed(self, seed: dict[str, Any]) -> dict[str, Any]:
        plant(self.world, seed)
        return {"users": len(self.world.store.users), "groups": len(self.world.store.groups)}

    def redeem(self, body: dict[str, Any]) -> dict[str, Any]:
        """The guest follows the link: {"mail": ...} or {"id": ...}."""
        guest = self._named(body)
        now = self.world.stamp()
        accepted = {"externalUserState": "Accepted", "externalUserStateChangeDateTime": now}
        self.world.store.change(guest, accepted)
        redeemed(self.world, guest)
        return _whole(guest)

    def sign_in(self, body: dict[str, Any]) -> dict[str, Any]:
        """Somebody was here: {"mail": ...}, with "at" and "successful": false if need be."""
        user = self._named(body)
        at = datetime.fromisoformat(body.get("at") or self.world.stamp()).timestamp()
        sign_in(user, at, successful=body.get("successful", True))
        log_sign_in(self.world, user, at, body)
        return _whole(user)

    def hold_review(self, body: dict[str, Any]) -> dict[str, Any]:
        """A review has met: {"definition": ..., "instance": {...}, "decisions": [...]}."""
        return held(self.world, body)

    def _named(self, body: dict[str, Any]) -> User:
        store = self.world.store
        found = [store.users.get(body["id"])] if "id" in body else store.with_mail(body["mail"])
        user = next((user for user in found if user), None)
        if user is None:
            raise ValueError("no such user")
        return user

    def advance(self, body: dict[str, Any]) -> dict[str, Any]:
        self.world.clock.advance(float(body["advance"]))
        return {"now": self.world.stamp()}

    def decide_packages(self, body: dict[str, Any]) -> dict[str, Any]:
        """Approves or denies all requests that wait for it: {"approve": true}."""
        self.world.entitlements.settle()
        return {"decided": self.world.entitlements.decide(approve=bool(body["approve"]))}


def _whole(user: User) -> dict[str, Any]:
    known = (*sorted(User.hot), *(name for name in user.more or () if name in SHOWN))
    values = {name: user.read(name) for name in known}
    extensions = {k: v for k, v in (user.more or {}).items() if k.startswith("extension_")}
    return {name: v for name, v in values.items() if v not in (None, [])} | extensions


def _row(row: Thing) -> dict[str, Any]:
    return {"id": row.id} | (row.more or {})


def _with_members(group: Group) -> dict[str, Any]:
    head = {"id": group.id, "displayName": group.displayName, "members": list(group.members)}
    return (group.more or {}) | head
