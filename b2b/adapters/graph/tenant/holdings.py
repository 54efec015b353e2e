"""Guests, the roles they hold, and what they own.

Bounded: owners come along with their groups and apps, a page of up to 999 a request; guests are
never asked about one by one.
"""

from collections.abc import AsyncIterator, Iterable

from b2b.adapters.graph.pages import ADVANCED, LOW
from b2b.adapters.graph.privileged import ROLES_MAY_BE_HELD, Privileged
from b2b.adapters.graph.tenant.asking import Asking
from b2b.adapters.graph.tenant.source import Source, Unread, Wire
from b2b.domain.guest import GuestId
from b2b.domain.posture import Cause
from b2b.domain.posture.tenant import NO_ROLE, Guests, Holder, Owned, RoleHolders

PAGE = "999"
# https://learn.microsoft.com/graph/query-parameters#expand: of a relationship 20 at the most
EXPANDED = 20
GROUPS, APPS = "GroupMember.Read.All", "Application.Read.All"
ROLES = "RoleManagement.Read.Directory"


class _Guest(Wire):
    id: str
    mail: str | None = None
    user_principal_name: str = ""


async def guests(asking: Asking) -> Guests:
    source = Source(
        path="/users",
        permission="User.Read.All",
        query={
            "$filter": "userType eq 'Guest'",
            "$select": "id,mail,userPrincipalName",
            "$top": PAGE,
        },
        headers=LOW,
    )
    return {
        GuestId(one.id): one.mail or one.user_principal_name
        async for one in asking.each(source, _Guest)
    }


class _Role(Wire):
    principal_id: str
    role_definition_id: str


class Id(Wire):
    id: str


async def roles(asking: Asking, guests: Guests) -> RoleHolders:
    """As `privileged.py` defines it; who is in a group that may hold roles, and holds none now, is
    told without a role."""
    held = await asking.every(_roles("roleAssignments"), _Role)
    eligible, read = await _eligible(asking)
    by_group = {one: await _guests_in(asking, one) for one in await _role_groups(asking)}
    holders = (
        *_holders(held, guests, by_group, eligible=False),
        *_holders(eligible, guests, by_group, eligible=True),
    )
    privileged = Privileged(
        held=[one.principal_id for one in held],
        eligible=[one.principal_id for one in eligible],
        in_role_groups=[guest for some in by_group.values() for guest in some],
    )
    named = {one.guest for one in holders}
    without = [
        Holder(guest=GuestId(one), role=NO_ROLE, by_group=True)
        for one in sorted(privileged.everybody())
        if GuestId(one) in guests and GuestId(one) not in named
    ]
    return RoleHolders(holders=(*holders, *without), eligible_read=read)


def _roles(name: str) -> Source:
    return Source(
        path=f"/roleManagement/directory/{name}", permission=ROLES, licence="P2", headers=LOW
    )


async def _eligible(asking: Asking) -> tuple[list[_Role], bool]:
    """Without the licence there are none to take up."""
    try:
        return await asking.every(_roles("roleEligibilityScheduleInstances"), _Role), True
    except Unread as unread:
        if unread.why.cause is Cause.LICENCE:
            return [], False
        raise


async def _role_groups(asking: Asking) -> list[str]:
    source = Source(
        path="/groups",
        permission=GROUPS,
        query={"$filter": ROLES_MAY_BE_HELD, "$select": "id", "$top": PAGE},
        headers=LOW,
    )
    return sorted({one.id for one in await asking.every(source, Id)})


async def _guests_in(asking: Asking, group: str) -> list[str]:
    source = Source(
        path=f"/groups/{group}/transitiveMembers/microsoft.graph.user",
        permission=GROUPS,
        query={
            "$filter": "userType eq 'Guest'",
            "$select": "id",
            "$count": "true",
            "$top": PAGE,
        },
        headers=ADVANCED | LOW,
    )
    return [one.id for one in await asking.every(source, Id)]


def _holders(
    roles: Iterable[_Role], guests: Guests, by_group: dict[str, list[str]], *, eligible: bool
) -> list[Holder]:
    found = []
    for role in roles:
        group = by_group.get(role.principal_id)
        for person in group if group is not None else [role.principal_id]:
            if GuestId(person) in guests:
                found.append(
                    Holder(
                        guest=GuestId(person),
                        role=role.role_definition_id,
                        eligible=eligible,
                        by_group=group is not None,
                    )
                )
    return found


class Ownable(Wire):
    """A group or an app with its first 20 owners."""

    id: str
    display_name: str | None = None
    owners: list[Id]
    group_types: tuple[str, ...] = ()
    visibility: str | None = None


async def groups_with_owners(asking: Asking) -> list[Ownable]:
    select = "id,displayName,groupTypes,visibility"
    return await asking.every(_ownable("/groups", GROUPS, select), Ownable)


def _ownable(path: str, permission: str, select: str) -> Source:
    query = {"$select": select, "$expand": "owners", "$top": PAGE}
    return Source(path=path, permission=permission, query=query, headers=LOW)


async def owned_groups(
    asking: Asking, groups: Iterable[Ownable], guests: Guests
) -> tuple[Owned, ...]:
    return tuple([one async for one in _owned(asking, "group", "/groups", groups, guests)])


async def owned_apps(asking: Asking, guests: Guests) -> tuple[Owned, ...]:
    found: list[Owned] = []
    for kind, path in (("app", "/applications"), ("enterprise app", "/servicePrincipals")):
        apps = await asking.every(_ownable(path, APPS, "id,displayName"), Ownable)
        found += [one async for one in _owned(asking, kind, path, apps, guests)]
    return tuple(found)


async def _owned(
    asking: Asking, kind: str, path: str, things: Iterable[Ownable], guests: Guests
) -> AsyncIterator[Owned]:
    for thing in things:
        owners = thing.owners
        if len(owners) >= EXPANDED:  # there may be more
            permission = GROUPS if kind == "group" else APPS
            source = Source(path=f"{path}/{thing.id}/owners", permission=permission, headers=LOW)
            owners = await asking.every(source, Id)
        for owner in owners:
            if GuestId(owner.id) in guests:
                name = thing.display_name or thing.id
                yield Owned(guest=GuestId(owner.id), kind=kind, name=name)
