"""Who is in a group, and which groups somebody is in."""

from collections.abc import Iterable
from typing import Any, Final

from sandbox.directory.bodies import Body, Field
from sandbox.directory.filter_rules import HINT
from sandbox.directory.listing import Listed, Source, counted, listing, outline
from sandbox.directory.properties import GROUP, OBJECT, USER, Kind
from sandbox.directory.query import Query, read_query
from sandbox.directory.refusals import bad, unsupported
from sandbox.directory.things import Group, Thing, User
from sandbox.directory.world import Answer, Call

MOST_CHECKED: Final = 20
MOST_GOT: Final = 11_000
GET: Final[Body] = {"securityEnabledOnly": Field("bool")}
CHECK: Final[Body] = {"groupIds": Field("strings", required=True)}
GROUP_READERS: Final = (
    "Group.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)


def list_members(call: Call) -> Answer:
    return _members(call, _direct(call))


def list_member_users(call: Call) -> Answer:
    return _members(call, _direct(call), cast=User)


def list_all_members(call: Call) -> Answer:
    return _members(call, _placed(call.store.all_members_of(call.world.group(call.args[0]))))


def list_all_member_users(call: Call) -> Answer:
    everyone = call.store.all_members_of(call.world.group(call.args[0]))
    return _members(call, _placed(everyone), cast=User)


def count_members(call: Call) -> Answer:
    if not call.eventual:
        raise bad("$count is not currently supported.")
    query = read_query(call, OBJECT, many=True, raw_count=True)
    listed = Listed(_direct(call), OBJECT, Thing, "directoryObjects")
    return Answer(200, text=str(counted(call, query, listed)))


def list_groups_of(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    direct = [call.store.groups[group] for group in call.store.groups_of.get(user.id, ())]
    return _groups(call, direct, OBJECT)


def list_all_groups_of(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    return _groups(call, call.store.all_groups_of(user.id), OBJECT)


def list_all_groups_cast(call: Call) -> Answer:
    query = read_query(call, GROUP, many=True)
    _advanced_cast(query)
    user = call.world.user(call.args[0])
    return _groups(call, call.store.all_groups_of(user.id), GROUP)


def check_member_groups(call: Call) -> Answer:
    wanted = [identity.lower() for identity in call.body["groupIds"]]
    if len(wanted) > MOST_CHECKED:
        raise bad(f"Maximum number of group ids that can be checked is {MOST_CHECKED}.")
    user = call.world.user(call.args[0])
    held = {group.id for group in call.store.all_groups_of(user.id)}
    found = [identity for identity in wanted if identity in held]
    return Answer(200, call.context("Collection(Edm.String)") | {"value": found})


def get_member_groups(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    held = call.store.all_groups_of(user.id)
    if len(held) > MOST_GOT:
        words = "The result size exceeds the limit of 11000."
        raise bad(words, "DirectoryResultSizeLimitExceeded")
    only_security = call.body.get("securityEnabledOnly")
    found = [group.id for group in held if group.read("securityEnabled") or not only_security]
    return Answer(200, call.context("Collection(Edm.String)") | {"value": found})


def _members(call: Call, source: Source, cast: type[Thing] | None = None) -> Answer:
    kind = USER if cast else OBJECT
    query = read_query(call, kind, many=True)
    if not cast:
        return listing(call, query, Listed(source, kind, Thing, "directoryObjects", typed=True))
    _advanced_cast(query)

    def users(after: int) -> Any:
        return (pair for pair in source(after) if isinstance(pair[1], cast))

    return listing(call, query, Listed(users, USER, User, "users"))


def _advanced_cast(query: Query) -> None:
    # https://learn.microsoft.com/graph/aad-advanced-queries: OData cast is an advanced query.
    if not query.advanced:
        raise unsupported(f"OData cast {HINT}")


def _direct(call: Call) -> Source:
    group, store = call.world.group(call.args[0]), call.store

    def source(after: int) -> Any:
        places = ((place, member) for member, place in group.members.items() if place > after)
        return ((place, thing) for place, member in places if (thing := store.object(member)))

    return source


def _placed(things: Iterable[Thing]) -> Source:
    places = list(enumerate(things, start=1))
    return lambda after: iter(places[after:])


def _groups(call: Call, groups: list[Group], kind: Kind) -> Answer:
    query = read_query(call, kind, many=True)
    if "$select" not in call.options:
        query.select = GROUP.default
    typed = kind is OBJECT
    context = "directoryObjects" if typed else "groups"
    answer = listing(call, query, Listed(_placed(groups), GROUP, Group, context, typed=typed))
    if not call.caller.may(GROUP_READERS):
        answer.body["value"] = [outline(group) for group in answer.body["value"]]
    return answer
