"""How the tables that `tenant apply` acts on must agree with the rest of the policy."""

from collections.abc import Iterator, Mapping
from typing import Any

from b2b.domain.policy import REFUSE, DomainList, Reviewers
from b2b.domain.policy.partner import name_key
from b2b.policy_file.fault import Complaint, Path, shown

Content = Mapping[str, Any]
# Whoever holds one of these hands out rights; https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
_HANDS_OUT_RIGHTS = {
    "owner",
    "user access administrator",
    "role based access control administrator",
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
}


def standing_faults(content: Content) -> Iterator[Complaint]:
    """What is misshapen is passed over: that is told already."""
    defaults = _table(content.get("defaults"))
    partners = content.get("partners")
    for at, partner in enumerate(partners if isinstance(partners, list) else ()):
        if isinstance(partner, dict):
            path: Path = ("partners", at)
            yield from _roles(path, partner)
            yield from _reviewers(path, {**defaults, **partner})
    yield from _domain_list(content)
    yield from _rule(content)


def _roles(path: Path, partner: Content) -> Iterator[Complaint]:
    groups = [name for name in _table(partner.get("groups")) if isinstance(name, str)]
    roles = partner.get("azure_roles")
    for at, role in enumerate(roles if isinstance(roles, list) else ()):
        here = (*path, "azure_roles", at)
        group, name = (_table(role).get(key) for key in ("group", "role"))
        if isinstance(group, str) and name_key(group) not in map(name_key, groups):
            expected = f"a group of the partner ({', '.join(map(shown, groups)) or 'it has none'})"
            yield Complaint((*here, "group"), expected, shown(group))
        if isinstance(name, str) and name.strip().casefold() in _HANDS_OUT_RIGHTS:
            expected = "a role that cannot hand out rights, for guests hold it"
            yield Complaint((*here, "role"), expected, shown(name))


def _reviewers(path: Path, partner: Content) -> Iterator[Complaint]:
    review = _table(partner.get("access_review"))
    if review.get("reviewers") == Reviewers.SPONSOR and not partner.get("sponsor"):
        here = (*path, "access_review", "reviewers")
        yield Complaint(here, "a partner with a sponsor", '"sponsor" without one')


def _domain_list(content: Content) -> Iterator[Complaint]:
    """A list of the partners' domains would shut out those whom `unknown_domains` takes."""
    posture, unknown = _table(content.get("posture")), content.get("unknown_domains", REFUSE)
    if unknown == REFUSE or not isinstance(unknown, str):
        return
    if posture.get("domain_list") == DomainList.PARTNERS:
        expected = f'unknown_domains = {shown(REFUSE)} beside domain_list = "partners"'
        yield Complaint(("posture", "domain_list"), expected, shown(unknown))


def _rule(content: Content) -> Iterator[Complaint]:
    posture = _table(content.get("posture"))
    if posture.get("conditional_access") is True and posture.get("mfa_for_guests") is False:
        expected = "mfa_for_guests = true beside it, for that is what the rule asks for"
        yield Complaint(("posture", "conditional_access"), expected, "true")


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
