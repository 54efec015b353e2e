"""Who answers for a guest: up to five users or groups.

https://learn.microsoft.com/entra/external-id/b2b-sponsors
"""

from typing import Final

from sandbox.directory.callers import USER_DELETERS
from sandbox.directory.listing import Listed, in_order, listing
from sandbox.directory.properties import OBJECT
from sandbox.directory.query import read_query
from sandbox.directory.references import referred
from sandbox.directory.refusals import Refused, bad, missing
from sandbox.directory.things import Thing, User
from sandbox.directory.users import delete_user
from sandbox.directory.world import Answer, Call

MOST: Final = 5
ALREADY: Final = (
    "One or more added object references already exist for the following modified properties: "
    "'sponsors'."
)


def list_sponsors(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    query = read_query(call, OBJECT, many=True)
    source = in_order(sponsors_of(call, user))
    return listing(call, query, Listed(source, OBJECT, Thing, "directoryObjects", typed=True))


def add_sponsor(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    added = referred(call, call.body["@odata.id"])
    held = sponsors_of(call, user)
    if added in held:
        raise bad(ALREADY)
    if len(held) >= MOST:
        raise Refused(
            403,
            "Directory_QuotaExceeded",
            f"The request would exceed the maximum quota count '{MOST}' for forward-link "
            "'sponsors'.",
        )
    user.put("sponsors", [thing.id for thing in (*held, added)])
    return Answer(204)


def remove_sponsor(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    held = [thing.id for thing in sponsors_of(call, user)]
    if call.args[1].lower() not in held:
        raise missing(call.args[1])
    user.put("sponsors", [identity for identity in held if identity != call.args[1].lower()])
    return Answer(204)


def remove_sponsor_without_ref(call: Call) -> Answer:
    """Deletes the sponsor, a person: https://learn.microsoft.com/graph/api/user-delete-sponsors."""
    call.caller.needs(*USER_DELETERS)
    held = {thing.id for thing in sponsors_of(call, call.world.user(call.args[0]))}
    if call.args[1].lower() not in held:
        raise missing(call.args[1])
    call.args = (call.args[1].lower(),)
    return delete_user(call)


def sponsors_of(call: Call, user: User) -> list[Thing]:
    """Those who are still in the directory."""
    found = (call.store.object(identity) for identity in user.read("sponsors") or ())
    return [thing for thing in found if thing is not None]


def sponsor(call: Call, identity: str) -> Thing:
    """Raises Refused (404)."""
    found = call.store.object(identity.lower())
    if found is None:
        raise missing(identity)
    return found
