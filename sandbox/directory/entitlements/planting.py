"""Access packages and policies of a seed, and who has which from the start."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.directory.entitlements.records import Package, PackagePolicy
from sandbox.directory.newcomers import identity_of
from sandbox.directory.world import World

Find = Callable[[World, str], str]


def plant_package(world: World, given: Mapping[str, Any], find: Find) -> None:
    """`groups` by name or id, `assigned` by mail or id, to the first of the `policies`."""
    name, at = given["displayName"], world.stamp()
    identity = given.get("id", identity_of(f"package:{name}"))
    groups = tuple(_group(world, group, find) for group in given.get("groups", ()))
    package = Package(identity, name, groups, at)
    world.entitlements.packages[identity] = package
    for one in given.get("policies", ()):
        policy = PackagePolicy(
            one.get("id", identity_of(f"policy:{name}:{one.get('displayName', '')}")),
            one.get("displayName", "Guests"),
            identity,
            one.get("allowedTargetScope", "allExternalUsers"),
            frozenset(find(world, target) for target in one.get("targets", ())),
            at,
        )
        world.entitlements.policies[policy.id] = policy
        for target in one.get("assigned", ()):
            world.entitlements.hold(package, policy.id, find(world, target))


def _group(world: World, name: str, find: Find) -> str:
    for group in world.store.groups.values():
        if group.displayName == name:
            return group.id
    return find(world, name)
