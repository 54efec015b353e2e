"""Deleted users: listed, read, restored; after 30 days they are gone."""

from typing import Final

from sandbox.directory.clock import written
from sandbox.directory.listing import Listed, counted, listing
from sandbox.directory.privileges import guard
from sandbox.directory.properties import USER
from sandbox.directory.query import read_query, shown
from sandbox.directory.refusals import bad, missing
from sandbox.directory.things import User
from sandbox.directory.users import along
from sandbox.directory.world import Answer, Call, World

KEPT: Final = 30 * 24 * 3600
CONTEXT: Final = "directory/deletedItems/microsoft.graph.user"


def list_deleted(call: Call) -> Answer:
    empty_old(call.world)
    query = read_query(call, USER, many=True)
    return listing(call, query, Listed(along(call.store.binned), USER, User, CONTEXT))


def count_deleted(call: Call) -> Answer:
    if not call.eventual:
        raise bad("$count is not currently supported.")
    empty_old(call.world)
    query = read_query(call, USER, many=True, raw_count=True)
    listed = Listed(along(call.store.binned), USER, User, CONTEXT)
    return Answer(200, text=str(counted(call, query, listed)))


def get_deleted(call: Call) -> Answer:
    query = read_query(call, USER, many=False)
    head = call.context("directoryObjects/$entity") | {"@odata.type": "#microsoft.graph.user"}
    return Answer(200, head | shown(call, _binned(call), query.select, USER))


def restore(call: Call) -> Answer:
    user = _binned(call)
    guard(call, user)
    call.store.bring_back(user)
    call.audit("Restore user", user)
    head = call.context("directoryObjects/$entity") | {"@odata.type": "#microsoft.graph.user"}
    return Answer(200, head | shown(call, user, USER.default, USER))


def delete_for_good(call: Call) -> Answer:
    user = _binned(call)
    guard(call, user)
    call.audit("Hard Delete user", user, operation="Delete")
    call.store.purge(user)
    return Answer(204)


def empty_old(world: World) -> None:
    oldest = written(world.clock.now() - KEPT)
    for user in list(world.store.binned.walk()):
        if user.read("deletedDateTime") >= oldest:
            return
        world.store.purge(user)


def _binned(call: Call) -> User:
    empty_old(call.world)
    user = call.store.bin.get(call.args[0].lower())
    if user is None:
        raise missing(call.args[0])
    return user
