"""Whom the policy exempts today, and which exemptions end soon."""

from collections.abc import Iterable, Mapping
from datetime import date

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle.finding import Finding
from b2b.domain.policy import Exemption
from b2b.domain.request import GroupId, address_key

Members = Mapping[GroupId, frozenset[GuestId]]  # of groups and the groups within them


def in_force(exemptions: Iterable[Exemption], today: date) -> tuple[Exemption, ...]:
    """The last day belongs to it."""
    return tuple(one for one in exemptions if today <= one.ends_on)


def exempt_groups(exemptions: Iterable[Exemption]) -> tuple[GroupId, ...]:
    return tuple(dict.fromkeys(one.group for one in exemptions if one.group))


def exemption_of(
    guest: GuestId, addresses: Iterable[str], exemptions: Iterable[Exemption], members: Members
) -> Exemption | None:
    """The first that covers the guest by any of their addresses. Raises KeyError for a group
    whose members were not read: nobody may be judged by half a list."""
    known = [address for address in addresses if address]
    for one in exemptions:
        if one.group is not None:
            if guest in members[one.group]:
                return one
        elif any(_covers(one, address) for address in known):
            return one
    return None


def _covers(one: Exemption, address: str) -> bool:
    if one.address is not None:
        return address_key(one.address) == address_key(address)
    domain, wanted = _domain(address), (one.domain or "").casefold()
    return bool(wanted) and (domain == wanted or (one.subdomains and domain.endswith("." + wanted)))


def _domain(address: str) -> str:
    """As A-labels: the directory may spell a domain either way."""
    domain = address.rpartition("@")[2].casefold()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain


def told(exemptions: Iterable[Exemption], warning_days: int, today: date) -> list[Finding]:
    """Those that end within the warning days, and those that have ended and can be deleted."""
    return [_told(one, today) for one in exemptions if (one.ends_on - today).days <= warning_days]


def _told(one: Exemption, today: date) -> Finding:
    what = one.address or one.domain or f"group {one.group}"
    if today > one.ends_on:
        words = f"The exemption of {what} ended on {one.ends_on}; it holds no longer."
        return Finding("exemption_ended", f"{words} Owner: {one.owner}.")
    words = f"The exemption of {what} ends after {one.ends_on}; the sweep will look at them then."
    return Finding("exemption_ends", f"{words} Owner: {one.owner}. Reason: {one.reason}.")
