"""Why a wish is refused, in sentences that say what to do about it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from difflib import get_close_matches

from b2b.domain.policy.partner import Partner, name_key
from b2b.domain.reason import Reason

_MOST_NAMES = 20  # listed in one sentence; more would not be read
_MOST_COMPARED = 500  # the search for the closest name is slow, and files are long
_LONGEST_VALUE = 80


def own_tenant_domain(domain: str) -> Reason:
    return Reason(
        "own_tenant_domain",
        f"{_shown(domain)} is a domain of our own tenant, and its people need no invitation. "
        "Give the address that the guest has at their own organisation.",
    )


def unknown_partner(domain: str) -> Reason:
    return Reason(
        "unknown_partner",
        f"No partner in the policy has the domain {_shown(domain)}. Correct the address, or ask "
        "the owner of the policy to add the domain to a partner.",
    )


def sender_not_allowed(partner: Partner, sender: str) -> Reason:
    return Reason(
        "sender_not_allowed",
        f"{_shown(sender) if sender else 'An unnamed sender'} may not ask for guests of "
        f"{partner.name}. Allowed: {_list(sorted(partner.senders))}. Send the request that way, "
        "or ask the owner of the policy to add the sender.",
    )


def group_not_allowed(partner: Partner, asked: Sequence[str]) -> Reason:
    return Reason("group_not_allowed", _not_listed("group", partner, asked, partner.groups))


def access_package_not_allowed(partner: Partner, asked: Sequence[str]) -> Reason:
    return Reason(
        "access_package_not_allowed",
        _not_listed("access package", partner, asked, partner.access_packages),
    )


def gives_and_takes(names: Sequence[str]) -> Reason:
    return Reason(
        "gives_and_takes",
        f"The request both gives and takes away: {_list(names)}. Leave each name in one of them.",
    )


def redirect_url_not_allowed(partner: Partner, url: str) -> Reason:
    return Reason(
        "redirect_url_not_allowed",
        f"Guests of {partner.name} may not be sent to {_shown(url)}. Allowed, with the pages "
        f"below them: {_list(partner.redirect_urls)}. Use one of these, or leave it empty for "
        "the first.",
    )


def expiry_in_the_past(partner: Partner, asked: date, today: date) -> Reason:
    latest = today + timedelta(days=partner.longest_stay_days)
    return Reason(
        "expiry_in_the_past",
        f"The stay would have ended on {asked}. Give a date from {today} to {latest}, or none "
        f"for {partner.default_stay_days} days.",
    )


def sponsor_missing(partner: Partner) -> Reason:
    return Reason(
        "sponsor_missing",
        f"Guests of {partner.name} need a sponsor, and neither the request nor the policy names "
        "one. Give the mail address of a colleague who answers for the guest.",
    )


def no_mail_for_members(partner: Partner) -> Reason:
    """A mail of ours holds a fresh link, and the directory makes those for guests only."""
    return Reason(
        "no_mail_for_members",
        f"People of {partner.name} become members, who cannot be sent a mail of ours. Ask for "
        "delivery by graph or link, or ask the owner of the policy to change it for this partner.",
    )


def _not_listed(kind: str, partner: Partner, asked: Sequence[str], names: Iterable[str]) -> str:
    wrong = ", ".join(_shown(name) + _closest(name, names) for name in asked[:_MOST_NAMES])
    return (
        f"The policy lists no {kind} {wrong} for {partner.name}. Allowed: {_list(names)}. "
        f"Correct the name, or ask the owner of the policy to add the {kind}."
    )


def _closest(asked: str, names: Iterable[str]) -> str:
    keys = {name_key(name): name for name in list(names)[:_MOST_COMPARED]}
    close = get_close_matches(name_key(asked)[:_LONGEST_VALUE], keys, n=1)
    return f" (did you mean {_shown(keys[close[0]])}?)" if close else ""


def _list(names: Iterable[str]) -> str:
    first = list(names)
    more = len(first) - _MOST_NAMES
    shown = ", ".join(_shown(name) for name in first[:_MOST_NAMES])
    return (shown or "none") + (f" and {more} more" if more > 0 else "")


def _shown(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else "?" for sign in text.strip())
    cut = plain if len(plain) <= _LONGEST_VALUE else plain[:_LONGEST_VALUE] + "..."
    return f'"{cut}"'
