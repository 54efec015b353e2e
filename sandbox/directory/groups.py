"""Reading groups, and putting people into them and taking them out again."""

from typing import Any, Final

from sandbox.directory.bodies import Field, changes_of, check
from sandbox.directory.callers import USER_DELETERS
from sandbox.directory.listing import Listed, listing
from sandbox.directory.properties import GROUP
from sandbox.directory.query import read_query, shown
from sandbox.directory.references import referred
from sandbox.directory.refusals import Refused, bad, denied, missing
from sandbox.directory.things import Group, Thing
from sandbox.directory.users import delete_user
from sandbox.directory.world import Answer, Call

BIND: Final = "members@odata.bind"
MOST_AT_ONCE: Final = 20
MEMBER_WRITERS: Final = (
    "GroupMember.ReadWrite.All",
    "Group.ReadWrite.All",
    "Directory.ReadWrite.All",
)
GROUP_WRITERS: Final = MEMBER_WRITERS[1:]
ALREADY: Final = (
    "One or more added object references already exist for the following modified properties: "
    "'members'."
)


def list_groups(call: Call) -> Answer:
    query = read_query(call, GROUP, many=True)

    def source(after: int) -> Any:
        return ((group.seq, group) for group in call.store.every_group.walk(after))

    return listing(call, query, Listed(source, GROUP, Group, "groups"))


def get_group(call: Call) -> Answer:
    query = read_query(call, GROUP, many=False)
    group = call.world.group(call.args[0])
    select = call.options.get("$select")
    context = f"groups({select})/$entity" if select else "groups/$entity"
    return Answer(200, call.context(context) | shown(call, group, query.select, GROUP))


def change_group(call: Call) -> Answer:
    """Properties, or up to 20 members by reference: all of them are added, or none."""
    body = dict(call.body)
    references = check({BIND: body.pop(BIND, [])}, {BIND: Field("strings")})[BIND]
    changes = changes_of(body, GROUP, {})
    call.caller.needs(*(GROUP_WRITERS if changes else MEMBER_WRITERS))
    group = call.world.group(call.args[0])
    if len(references) > MOST_AT_ONCE:
        raise bad(f"The limit of '{MOST_AT_ONCE}' references per request has been exceeded.")
    if references:
        _add(call, group, references)
    for name, value in changes.items():
        group.put(name, value)
    return Answer(204)


def add_member(call: Call) -> Answer:
    _add(call, call.world.group(call.args[0]), [call.body["@odata.id"]])
    return Answer(204)


def remove_member(call: Call) -> Answer:
    group = call.world.group(call.args[0])
    _manageable(call, group)
    member = call.args[1].lower()
    if member not in group.members or call.world.hidden(member):
        raise missing(call.args[1])
    call.store.part(group, member)
    return Answer(204)


def remove_member_without_ref(call: Call) -> Answer:
    """Deletes the user, not the membership, as the reference page warns.

    https://learn.microsoft.com/graph/api/group-delete-members
    """
    call.caller.needs(*USER_DELETERS)
    if call.args[1].lower() not in call.world.group(call.args[0]).members:
        raise missing(call.args[1])
    call.args = (call.args[1].lower(),)
    return delete_user(call)


def _add(call: Call, group: Group, references: list[str]) -> None:
    _manageable(call, group)
    found = [referred(call, reference) for reference in references]
    for thing in found:
        if thing.id in group.members or sum(other is thing for other in found) > 1:
            raise bad(ALREADY)
        _fits_into(thing, group)
    for thing in found:
        call.store.join(group, thing.id)


def _manageable(call: Call, group: Group) -> None:
    if "DynamicMembership" in (group.read("groupTypes") or ()):
        # The exact text is not documented; the code is.
        raise bad("The group is dynamic: its members cannot be changed by hand.")
    if group.read("onPremisesSyncEnabled"):
        raise bad(
            "Unable to update the specified properties for on-premises mastered Directory Sync "
            "objects or objects currently undergoing migration."
        )
    mail_enabled = group.read("mailEnabled") and "Unified" not in (group.read("groupTypes") or ())
    if mail_enabled:
        words = "Cannot Update a mail-enabled security groups and or distribution list."
        raise Refused(403, "Authorization_RequestDenied", words)
    may_assign = "RoleManagement.ReadWrite.Directory" in call.caller.roles
    if group.read("isAssignableToRole") and not may_assign:
        raise denied()


def _fits_into(thing: Thing, group: Group) -> None:
    if isinstance(thing, Group) and "Unified" in (group.read("groupTypes") or ()):
        raise bad("The group is a Microsoft 365 group; only users can be its members.")
    if thing.id == group.id:
        raise bad("A group cannot be a member of itself.")
