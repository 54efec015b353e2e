"""Managed guests that are not in the list of guests: who they are now, one line for each.

Those whom we invited as members are never in that list: they are looked up by id, and go on to be
judged as guests. All others are told, and left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import assert_never

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Custody,
    Finding,
    Gone,
    InBin,
    Promise,
    Resident,
    Sighting,
    in_our_care,
)
from b2b.domain.lifecycle.reads import TenantRead
from b2b.domain.request import address_key
from b2b.flows.reading_tenant import ReadingTenant, RuleOff, Tenant
from b2b.ports import Roll, UnreadItem

MOST_LOOKED_UP = 1000
"""A night, besides those whom we invited as members: 50 batches."""
AT_ONCE = 200
BACK_WITHIN = timedelta(days=31)  # https://learn.microsoft.com/entra/fundamentals/users-restore


@dataclass(slots=True)
class Absent:
    """`residents`: of our care all the same. `not_looked_up`: more than a night can take."""

    residents: list[Resident] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    not_looked_up: int = 0


async def find_absent(
    reading: ReadingTenant,
    roll: Roll,
    tenant: Tenant,
    promises: Mapping[GuestId, Promise],
    custody: Mapping[GuestId, Custody],
    today: date,
) -> Absent:
    """Looks managed guests that the list does not show up by their ids. Raises Paused."""
    some, waiting = to_look_up(tenant, promises, custody, today)
    sightings: dict[GuestId, Sighting | UnreadItem] = {}
    for start in range(0, len(some), AT_ONCE):
        part = some[start : start + AT_ONCE]
        try:
            sightings |= await reading.ask(TenantRead.ACCOUNTS, partial(roll.look_up, part))
        except RuleOff as failed:
            return Absent(findings=[failed.finding, *unread(tenant.unread, promises)])
    return replace(judged(sightings, tenant, promises, custody), not_looked_up=waiting)


def to_look_up(
    tenant: Tenant,
    promises: Mapping[GuestId, Promise],
    custody: Mapping[GuestId, Custody],
    today: date,
) -> tuple[list[GuestId], int]:
    """The ids to ask for tonight, and how many have to wait for another night.

    Whom we removed ourselves is where we put them; only of members nobody else would notice that
    they were restored.
    """
    listed = {one.id for one in tenant.guests} | {GuestId(one.id) for one in tenant.unread}
    members, others = [], []
    for guest, promise in promises.items():
        if guest in listed:
            continue
        removed = _removed_on(custody.get(guest))
        if promise.as_member and (removed is None or today - removed <= BACK_WITHIN):
            members.append(guest)
        elif removed is None and not promise.as_member:
            others.append(guest)
    others.sort()
    turn = today.toordinal() * MOST_LOOKED_UP % len(others) if others else 0
    some = (others[turn:] + others[:turn])[:MOST_LOOKED_UP]
    return [*members, *some], len(others) - len(some)


def judged(
    sightings: Mapping[GuestId, Sighting | UnreadItem],
    tenant: Tenant,
    promises: Mapping[GuestId, Promise],
    custody: Mapping[GuestId, Custody],
) -> Absent:
    """Who is of our care all the same, and a finding about each of the others."""
    found = Absent()
    holders = {address_key(one.mail): one.id for one in tenant.guests if one.mail}
    for guest, sighting in sightings.items():
        promise = promises[guest]
        if isinstance(sighting, Resident) and in_our_care(sighting, promise):
            if promise.as_member:  # a guest was invited or seen too late for this reading
                found.residents.append(sighting)
            continue
        if not isinstance(sighting, Resident | UnreadItem) and _removed_on(custody.get(guest)):
            continue
        holder = holders.get(address_key(promise.address))
        found.findings.append(_told(promise, sighting, holder))
    found.findings += unread(tenant.unread, promises)
    return found


def unread(accounts: Sequence[UnreadItem], promises: Mapping[GuestId, Promise]) -> list[Finding]:
    """Only of managed accounts, and of those that cannot even be told by their id."""
    told = []
    for account in accounts:
        promise = promises.get(GuestId(account.id))
        if promise is not None or not account.id:
            told.append(_unread(promise, account))
    return told


def _unread(promise: Promise | None, account: UnreadItem) -> Finding:
    who = promise.address if promise else "An account without a readable id"
    words = f"{who} cannot be read and is left alone: {account.why}"
    return Finding("account_unreadable", words, GuestId(account.id) if account.id else None)


def _removed_on(custody: Custody | None) -> date | None:
    if custody is None or custody.removal is None or not custody.removal.sure:
        return None
    return custody.removal.at.date()


def _told(promise: Promise, sighting: Sighting | UnreadItem, holder: GuestId | None) -> Finding:
    match sighting:
        case UnreadItem():
            return _unread(promise, sighting)
        case Resident():
            code, words = _kind(sighting)
        case InBin() | Gone() if holder is not None and holder != promise.guest:
            code = "id_changed"
            words = f"was deleted, and another account holds the address now ({holder}): adopt it"
        case InBin():
            code = "deleted_by_others"
            words = "was deleted by hand and lies in the recycle bin; nothing is left to do here"
        case Gone():
            code, words = "account_gone", "is neither in the directory nor in its recycle bin"
        case _:
            assert_never(sighting)
    return Finding(code, f"{promise.address} {words}.", promise.guest)


def _kind(resident: Resident) -> tuple[str, str]:
    left = "the sweep leaves the account alone, and it is given nothing more"
    if resident.user_type == "Member" and resident.external:
        words = f"was made a member by somebody else: {left}. Make it a guest again, or end its "
        return "turned_member", words + "access by hand"
    if resident.user_type in ("Member", "Guest"):
        return "turned_internal", f"is an account of your own tenant by now: {left}"
    return "user_type_unknown", f"has no user type: {left}. Set it in the directory"
