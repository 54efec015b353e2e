"""The object a reference like .../directoryObjects/{id} points to."""

from sandbox.directory.refusals import Refused, bad, missing
from sandbox.directory.things import Thing
from sandbox.directory.world import Call


def referred(call: Call, reference: str) -> Thing:
    """The object behind .../directoryObjects/{id}, .../users/{id} or .../groups/{id}."""
    collection, _, identity = reference.rstrip("/").rpartition("/")
    if collection.rpartition("/")[2] not in ("directoryObjects", "users", "groups"):
        raise bad("Invalid reference URL specified.")
    if call.world.hidden(identity.lower()):
        raise _fresh(call, identity.lower())
    found = call.store.object(identity.lower())
    if found is None:
        raise missing(identity)
    return found


def _fresh(call: Call, identity: str) -> Refused:
    """Both answers were seen in the field for objects that are seconds old."""
    if call.world.half_known(identity):
        return bad("Not a valid reference update.")
    return missing(identity)
