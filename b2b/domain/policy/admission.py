"""One wish against the policy: admitted with everything settled, or refused with the reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from b2b.domain.mail import clean_text, has_links
from b2b.domain.policy import refusal
from b2b.domain.policy.partner import AccessPackage, Partner, UserType, name_key
from b2b.domain.policy.redirect import allows
from b2b.domain.policy.terms import Policy
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery, GroupId, Wish

STAY_CAPPED = Reason("stay_capped", "capped at the policy maximum")
STAY_KEPT = Reason("stay_kept", "a row that only takes access away leaves the stay as it is")
LINKS_TAKEN_OUT = Reason("links_taken_out", "links were taken out of the personal message")

Held = TypeVar("Held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the policy gives one guest. `notes` tell what was changed from the wish.

    `expires_on`: the end of a stay that begins by this request. `asked_end`: the end in the wish,
    within the policy; None when the wish names none. `default_end`: of a stay of default length.
    """

    partner: str
    groups: tuple[tuple[str, GroupId], ...]
    access_packages: tuple[tuple[str, AccessPackage], ...]
    expires_on: date | None
    sponsor: str
    redirect_url: str
    language: str
    delivery: Delivery
    user_type: UserType
    notes: tuple[Reason, ...]
    policy_version: str
    remove_groups: tuple[tuple[str, GroupId], ...] = ()
    remove_packages: tuple[tuple[str, AccessPackage], ...] = ()
    message: str = ""
    asked_end: date | None = None
    default_end: date | None = None
    adopts: bool = False


def admit(policy: Policy, wish: Wish, sender: str, today: date) -> Admission | Reason:
    """Everything settled, or the reason against it: see `weigh`."""
    partner = weigh(policy, wish, sender, today)
    if isinstance(partner, Reason):
        return partner
    asked, default = _asked_end(partner, wish.expires_on, today), default_end(partner, today)
    return Admission(
        partner=partner.name,
        groups=_listed(wish.groups, partner.group_by_key),
        access_packages=_listed(wish.access_packages, partner.package_by_key),
        expires_on=asked or default,
        sponsor=wish.sponsor or partner.sponsor,
        redirect_url=wish.redirect_url or partner.redirect_urls[0],
        language=wish.language or partner.language,
        delivery=delivery_of(partner, wish),
        user_type=partner.user_type,
        notes=changes(partner, wish, today),
        policy_version=policy.version,
        remove_groups=_listed(wish.remove_groups, partner.group_by_key),
        remove_packages=_listed(wish.remove_access_packages, partner.package_by_key),
        message=_said(partner, wish),
        asked_end=asked,
        default_end=default,
        adopts=partner.adopt_by_request,
    )


def weigh(policy: Policy, wish: Wish, sender: str, today: date) -> Partner | Reason:
    """Whose guest this becomes, or the gravest reason against it.

    Relies on the address having its domain as A-labels in lower case.
    """
    partner = partner_of(policy, wish.email)
    if isinstance(partner, Reason):
        return partner
    return _refused(partner, wish, sender, today) or partner


def changes(partner: Partner, wish: Wish, today: date) -> tuple[Reason, ...]:
    """What an admitted guest gets otherwise than wished for."""
    if wish.only_takes:
        return (STAY_KEPT,) if wish.expires_on else ()
    capped = wish.expires_on is not None and wish.expires_on > _latest(partner, today)
    taken = wish.message and not partner.allow_links_in_message and has_links(wish.message)
    return ((STAY_CAPPED,) if capped else ()) + ((LINKS_TAKEN_OUT,) if taken else ())


def delivery_of(partner: Partner, wish: Wish) -> Delivery:
    return wish.delivery or partner.delivery


def serves(policy: Policy, address: Address, sender: str) -> Partner | Reason:
    """Whose guest this is, if the sender may ask for guests of theirs."""
    partner = partner_of(policy, address)
    if isinstance(partner, Partner) and sender not in partner.senders:
        return refusal.sender_not_allowed(partner, sender)
    return partner


def partner_of(policy: Policy, address: Address) -> Partner | Reason:
    """Whose guest this is, whoever asks."""
    domain = address.rpartition("@")[2]
    claim = policy.claim_on(domain)
    if claim is None:
        return refusal.unknown_partner(domain)
    return claim.partner or refusal.own_tenant_domain(domain)


def _refused(partner: Partner, wish: Wish, sender: str, today: date) -> Reason | None:
    """The first that applies: a person mends one thing at a time, the gravest first."""
    if sender not in partner.senders:
        return refusal.sender_not_allowed(partner, sender)
    if refused := _refused_access(partner, wish):
        return refused
    if wish.only_takes:  # nobody comes, and no stay begins or changes
        return None
    return _refused_stay(partner, wish, today)


def _refused_access(partner: Partner, wish: Wish) -> Reason | None:
    """Whatever the policy does not list for the partner is neither given nor taken away."""
    if strange := _unlisted((*wish.groups, *wish.remove_groups), partner.group_by_key):
        return refusal.group_not_allowed(partner, strange)
    packages = (*wish.access_packages, *wish.remove_access_packages)
    if strange := _unlisted(packages, partner.package_by_key):
        return refusal.access_package_not_allowed(partner, strange)
    if not wish.takes:
        return None
    both = {*_keys(wish.groups)} & {*_keys(wish.remove_groups)}
    both |= {*_keys(wish.access_packages)} & {*_keys(wish.remove_access_packages)}
    return refusal.gives_and_takes(sorted(both)) if both else None


def _keys(names: tuple[str, ...]) -> Iterator[str]:
    return (key for name in names if (key := name_key(name)))


def _refused_stay(partner: Partner, wish: Wish, today: date) -> Reason | None:
    if wish.redirect_url and not allows(partner.redirect_urls, wish.redirect_url):
        return refusal.redirect_url_not_allowed(partner, wish.redirect_url)
    if wish.expires_on is not None and wish.expires_on < today:
        return refusal.expiry_in_the_past(partner, wish.expires_on, today)
    if partner.sponsor_required and not (wish.sponsor or partner.sponsor):
        return refusal.sponsor_missing(partner)
    mailed = delivery_of(partner, wish) is Delivery.MAIL
    if mailed and partner.user_type is UserType.MEMBER:
        return refusal.no_mail_for_members(partner)
    return None


def _unlisted(names: tuple[str, ...], listed: Mapping[str, object]) -> list[str]:
    strange = [name for name in names if name not in listed]
    return [name for name in strange if (key := name_key(name)) and key not in listed]


def _listed(
    names: tuple[str, ...], listed: Mapping[str, tuple[str, Held]]
) -> tuple[tuple[str, Held], ...]:
    """Each once, in the order asked for, in the policy's spelling. Blank names ask for nothing."""
    if not names:
        return ()
    found: dict[Held, str] = {}
    for name in names:
        if entry := listed.get(name) or listed.get(name_key(name)):
            found.setdefault(entry[1], entry[0])
    return tuple((spelling, held) for held, spelling in found.items())


def _said(partner: Partner, wish: Wish) -> str:
    return clean_text(wish.message, links=partner.allow_links_in_message) if wish.message else ""


def default_end(partner: Partner, today: date) -> date:
    """The last day of a stay that begins today without an end that was asked for."""
    return today + timedelta(days=partner.default_stay_days)


def _asked_end(partner: Partner, asked: date | None, today: date) -> date | None:
    return None if asked is None else min(asked, _latest(partner, today))


def _latest(partner: Partner, today: date) -> date:
    return today + timedelta(days=partner.longest_stay_days)
