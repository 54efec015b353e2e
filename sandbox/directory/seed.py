"""Fills a directory: from JSON somebody wrote, or with any number of made-up people."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from sandbox.directory.clock import written
from sandbox.directory.entitlements.planting import plant_package
from sandbox.directory.newcomers import identity_of, new_guest, new_member
from sandbox.directory.properties import EXTENSION, GROUP, USER
from sandbox.directory.sign_ins import signed_in
from sandbox.directory.things import Group, Thing, User
from sandbox.directory.world import World

DAY: Final = 24 * 3600
KEYS: Final = frozenset(
    (
        *("tenant", "users", "groups", "madeUp", "members"),
        *("roleAssignments", "roleEligibilities", "accessPackages"),
    )
)
USER_NAMES: Final = frozenset({*USER.properties, "@odata.type", "sponsors"})
PARTNERS: Final = ("contoso.example", "fabrikam.example", "litware.example", "tailspin.example")


class BadSeed(ValueError):
    """The seed names something that does not exist."""


def plant(world: World, seed: Mapping[str, Any]) -> None:
    """Adds to what is there. Raises BadSeed, or pydantic's ValidationError for a tenant setting."""
    unknown = seed.keys() - KEYS
    if unknown:
        raise BadSeed(f"unknown keys in the seed: {sorted(unknown)}")
    if "tenant" in seed:
        world.tenant = world.tenant.changed(dict(seed["tenant"]))
    for user in seed.get("users", ()):
        _enter(world, dict(user))
    make_up(world, guests=seed.get("madeUp", 0), members=seed.get("members", 0))
    for group in seed.get("groups", ()):
        _group(world, dict(group))
    for package in seed.get("accessPackages", ()):
        plant_package(world, package, _found)
    rows = [_assign(world, dict(row)) for row in seed.get("roleAssignments", ())]
    world.store.assignments += rows
    rows = [_assign(world, dict(row)) for row in seed.get("roleEligibilities", ())]
    world.store.eligibilities += rows


def plant_file(world: World, path: Path) -> None:
    plant(world, json.loads(path.read_text(encoding="utf-8")))


def make_up(world: World, *, guests: int, members: int = 0) -> None:
    """The same people every time: guest-000001@contoso.example and so on, younger first last."""
    start = len(world.store.users)
    now = world.clock.now()
    for number in range(start + 1, start + guests + 1):
        world.store.enter(_made_up_guest(world, number, now))
    for number in range(start + 1, start + members + 1):
        mail = f"member-{number:06d}@{world.tenant.initial_domain}"
        world.store.enter(new_member(mail, written(now - (number % 2000) * DAY)))


def _made_up_guest(world: World, number: int, now: float) -> User:
    mail = f"guest-{number:06d}@{PARTNERS[number % len(PARTNERS)]}"
    at = written(now - (1 + number % 700) * DAY)
    accepted = number % 5 != 0
    return new_guest(
        mail,
        world.tenant,
        at,
        id=identity_of(mail),
        externalUserState="Accepted" if accepted else "PendingAcceptance",
        accountEnabled=number % 20 != 0,
        signInActivity=signed_in(now - (number * 37 % 400) * DAY) if accepted else None,
    )


def _enter(world: World, given: dict[str, Any]) -> None:
    """Somebody with a deletedDateTime, or deletedDaysAgo, goes on to the recycle bin."""
    deleted, days = given.pop("deletedDateTime", None), given.pop("deletedDaysAgo", None)
    if days is not None:  # the bin forgets, so a date written down is true for a month only
        deleted = written(world.clock.now() - days * DAY)
    user = world.store.enter(_user(world, given))
    if deleted:
        world.store.discard(user, deleted)


def _user(world: World, given: dict[str, Any]) -> User:
    """A guest that has accepted, unless it says otherwise; all of Graph's properties may be given.

    `"mail": null` beside a userPrincipalName makes a guest without any address.
    """
    _known_only(given, USER_NAMES)
    mail = given.get("mail") or given.get("userPrincipalName")
    if not mail:
        raise BadSeed(f"a user of the seed has neither mail nor userPrincipalName: {given}")
    given["id"] = given.get("id", identity_of(mail)).lower()
    at = given.get("createdDateTime") or world.stamp()
    if given.get("userType", "Guest") == "Member" or "@odata.type" in given:
        return new_member(mail, at, **given)
    user = new_guest(mail, world.tenant, at, **{"externalUserState": "Accepted"} | given)
    if not given.get("mail"):
        user.mail = user.otherMails = user.proxyAddresses = None
    return user


def _known_only(given: Mapping[str, Any], names: frozenset[str]) -> None:
    for name in given:
        if name not in names and not EXTENSION.match(name):
            raise BadSeed(f"the seed has an unknown property '{name}'")


def _group(world: World, given: dict[str, Any]) -> Group:
    members, owners = given.pop("members", ()), given.pop("owners", ())
    _known_only(given, frozenset(GROUP.properties))
    given.setdefault("id", identity_of(f"group:{given['displayName']}"))
    given.setdefault("createdDateTime", world.stamp())
    given.setdefault("securityEnabled", True)
    given.setdefault("mailEnabled", False)
    given.setdefault("groupTypes", [])
    given["id"] = given["id"].lower()
    group = world.store.enter_group(Group(**given))
    _fill(world, group, members)
    if owners:
        group.put("owners", [_found(world, name) for name in owners])
    return group


def _fill(world: World, group: Group, members: Iterable[str]) -> None:
    for name in members:
        world.store.join(group, _found(world, name))


def _assign(world: World, row: dict[str, Any]) -> Thing:
    """A directory role held, or, in `roleEligibilities`, one that can be taken up."""
    row["principalId"] = _found(world, row["principalId"])
    row.setdefault("directoryScopeId", "/")
    identity = row.pop("id", None) or identity_of(json.dumps(row, sort_keys=True))
    return Thing(identity, **row)


def _found(world: World, name: str) -> str:
    """The id behind an id, a UPN or a mail address."""
    store = world.store
    known = (
        store.object(name.lower()) or store.named(name) or next(iter(store.with_mail(name)), None)
    )
    if known is None:
        raise BadSeed(f"the seed names '{name}', which it does not contain")
    return known.id
