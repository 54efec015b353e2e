"""Reading, changing and deleting users."""

from typing import Any, Final

from sandbox.directory.bodies import changes_of
from sandbox.directory.filter_match import narrowed, only_type
from sandbox.directory.lines import Line
from sandbox.directory.listing import Listed, Source, counted, in_order, listing
from sandbox.directory.privileges import guard
from sandbox.directory.properties import USER
from sandbox.directory.query import Query, expanded, read_query, shown, type_of_agent
from sandbox.directory.refusals import bad
from sandbox.directory.things import User
from sandbox.directory.world import Answer, Call

WRITERS: Final = ("User.ReadWrite.All", "Directory.ReadWrite.All")
ENABLERS: Final = (*WRITERS, "User.EnableDisableAccount.All+User.Read.All")
LEAVE_WRITERS: Final = ("User-LifeCycleInfo.ReadWrite.All+User.Read.All",)
TAKEN: Final = "Another object with the same value for property userPrincipalName already exists."
# https://learn.microsoft.com/graph/api/resources/users: "sensitive actions".
SENSITIVE: Final = frozenset(
    {"accountEnabled", "businessPhones", "mobilePhone", "otherMails", "passwordProfile"}
    | {"userPrincipalName"}
)


def list_users(call: Call) -> Answer:
    query = read_query(call, USER, many=True)
    return listing(call, query, Listed(_source(call, query), USER, User, "users"))


def count_users(call: Call) -> Answer:
    if not call.eventual:
        raise bad("$count is not currently supported.")
    query = read_query(call, USER, many=True, raw_count=True)
    listed = Listed(_source(call, query), USER, User, "users")
    return Answer(200, text=str(counted(call, query, listed)))


def get_user(call: Call) -> Answer:
    query = read_query(call, USER, many=False)
    user = call.world.user(call.args[0])
    if "signInActivity" in query.select and user.id != call.args[0].lower():
        # https://learn.microsoft.com/graph/api/user-get: by id only.
        raise bad("Get By Key only supports UserId and the key has to be a valid Guid")
    select = call.options.get("$select")
    context = f"users({select})/$entity" if select else "users/$entity"
    one = shown(call, user, query.select, USER)
    if query.expand:
        one[query.expand] = expanded(call, user, query.expand)
    return Answer(200, call.context(context) | type_of_agent(user) | one)


def change_user(call: Call) -> Answer:
    changes = changes_of(call.body, USER, call.world.tenant.extensions)
    _may_change(call, set(changes))
    user = call.world.user(call.args[0])
    if SENSITIVE & changes.keys():
        guard(call, user)
    _keep_sane(changes, user)
    upn = changes.get("userPrincipalName")
    if upn and any(other is not user for other in call.store.with_upn(upn)):
        raise bad(TAKEN)
    call.store.change(user, changes)
    if "accountEnabled" in changes:
        call.audit(f"{'Enable' if changes['accountEnabled'] else 'Disable'} account", user)
    call.audit("Update user", user)
    return Answer(204)


def delete_user(call: Call) -> Answer:
    user = call.world.user(call.args[0])
    guard(call, user)
    call.audit("Delete user", user, operation="Delete")
    call.store.discard(user, call.world.stamp())
    return Answer(204)


def _source(call: Call, query: Query) -> Source:
    few = narrowed(query.filter, call.store)
    if few is not None:
        return in_order(few)
    kind = only_type(query.filter)
    return along(call.store.of_type(kind) if kind else call.store.everyone)


def along(line: Line[User]) -> Source:
    return lambda after: ((user.seq, user) for user in line.walk(after))


def _may_change(call: Call, names: set[str]) -> None:
    """https://learn.microsoft.com/graph/api/user-update: what the least permission depends on."""
    if names == {"accountEnabled"}:
        call.caller.needs(*ENABLERS)
    elif names == {"employeeLeaveDateTime"}:
        call.caller.needs(*LEAVE_WRITERS)
    else:
        call.caller.needs(*WRITERS)
        if "employeeLeaveDateTime" in names:
            call.caller.needs(*LEAVE_WRITERS)


def _keep_sane(changes: dict[str, Any], user: User) -> None:
    if changes.get("displayName", "kept") in (None, ""):
        raise bad("Invalid value specified for property 'displayName' of resource 'User'.")
    if changes.get("userType", "Guest") not in ("Guest", "Member"):
        raise bad("Invalid value specified for property 'userType' of resource 'User'.")
    given = changes.get("onPremisesExtensionAttributes")
    if given is not None:
        names = {f"extensionAttribute{number}" for number in range(1, 16)}
        for name in given.keys() - names:
            raise bad(f"Invalid property '{name}'.")
        before = user.read("onPremisesExtensionAttributes") or dict.fromkeys(sorted(names))
        changes["onPremisesExtensionAttributes"] = before | given
