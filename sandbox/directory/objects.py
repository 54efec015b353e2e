"""POST /directoryObjects/getByIds: many objects of any type in one request."""

from typing import Final

from sandbox.directory.bodies import Body, Field
from sandbox.directory.listing import Listed, in_order, listing
from sandbox.directory.properties import OBJECT
from sandbox.directory.query import LONGEST_PAGE, read_query
from sandbox.directory.things import Thing
from sandbox.directory.world import Answer, Call

BY_IDS: Final[Body] = {
    "ids": Field("strings", required=True, most=1000),
    "types": Field("strings"),
}


def get_by_ids(call: Call) -> Answer:
    """Ids that nobody has are left out without a word."""
    types = {name.lower() for name in call.body.get("types") or ()}
    found = (call.store.object(identity.lower()) for identity in call.body["ids"])
    things = {thing.id: thing for thing in found if thing is not None}
    wanted = [thing for thing in things.values() if not types or thing.type in types]
    query = read_query(call, OBJECT, many=True)
    query.top = LONGEST_PAGE + 1
    source = in_order(wanted)
    return listing(call, query, Listed(source, OBJECT, Thing, "directoryObjects", typed=True))
