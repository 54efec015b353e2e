"""Who owns a group or an app: expanded with a list, 20 of them at the most, or listed in full.

https://learn.microsoft.com/graph/query-parameters#expand, read 2026-11-23.
"""

from collections.abc import Iterable
from typing import Any, Final

from sandbox.directory.listing import Listed, in_order, listing
from sandbox.directory.properties import OBJECT, Kind, Property
from sandbox.directory.query import read_query
from sandbox.directory.refusals import missing
from sandbox.directory.things import Thing
from sandbox.directory.world import Answer, Call

APP: Final = Kind(
    "Application",
    "application",
    {"id": Property(filter="eq in"), "displayName": Property(filter="eq in startsWith")},
    ("id", "displayName"),
    expandable=("owners",),
)
Rows = list[dict[str, Any]]


def applications(call: Call) -> Answer:
    return _apps(call, call.world.tenant.applications, "applications")


def service_principals(call: Call) -> Answer:
    return _apps(call, call.world.tenant.service_principals, "servicePrincipals")


def owners_of_group(call: Call) -> Answer:
    return _owners(call, call.world.group(call.args[0]).read("owners") or ())


def owners_of_application(call: Call) -> Answer:
    return _owners(call, _ids(call, _app(call, call.world.tenant.applications)))


def owners_of_service_principal(call: Call) -> Answer:
    return _owners(call, _ids(call, _app(call, call.world.tenant.service_principals)))


def _apps(call: Call, rows: Rows, name: str) -> Answer:
    query = read_query(call, APP, many=True)
    things = [Thing(**(row | {"owners": _ids(call, row)})) for row in rows]
    for place, thing in enumerate(things, start=1):
        thing.seq = place
    return listing(call, query, Listed(in_order(things), APP, Thing, name))


def _app(call: Call, rows: Rows) -> dict[str, Any]:
    found = next((row for row in rows if row["id"] == call.args[0]), None)
    if found is None:
        raise missing(call.args[0])
    return found


def _ids(call: Call, row: dict[str, Any]) -> list[str]:
    store = call.store
    known = (
        store.object(name.lower()) or store.named(name) or next(iter(store.with_mail(name)), None)
        for name in row.get("owners", ())
    )
    return [one.id for one in known if one is not None]


def _owners(call: Call, ids: Iterable[str]) -> Answer:
    query = read_query(call, OBJECT, many=True)
    found = (call.store.object(identity) for identity in ids)
    source = in_order(thing for thing in found if thing is not None)
    return listing(call, query, Listed(source, OBJECT, Thing, "directoryObjects", typed=True))
