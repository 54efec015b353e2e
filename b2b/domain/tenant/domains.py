"""The tenant's own list of collaboration domains, held to the domains of the partners."""

from b2b.domain.policy import DomainList, Policy
from b2b.domain.tenant.change import Comparison, DomainPolicy, Remark, SetDomains, Tone


def compare_domains(found: DomainPolicy, policy: Policy, *, widen: bool) -> Comparison:
    """An allow list of the partners' domains. `widen` also adds those that it does not admit yet.

    A domain that the tenant does not admit today stays out without `widen`: that is closed
    further than the policy asks.
    """
    if policy.posture.domain_list is DomainList.UNMANAGED:
        return Comparison()
    wanted = {domain.name for partner in policy.partners for domain in partner.domains}
    if not wanted:
        words = "No partner has a domain: an empty list would be unclear, so none is set."
        return Comparison(remarks=(Remark(Tone.REFUSED, words),))
    admitted = {name for name in wanted if _admits(found, name)}
    after = wanted if widen else admitted
    remarks = _below(policy)
    if left := sorted(wanted - after):
        remarks.append(_UNCLEAR if _unclear(found) else _left_out(left))
    if not after or after == set(found.allowed or ()):
        return Comparison(remarks=tuple(remarks))
    return Comparison((SetDomains(found, tuple(sorted(after))),), tuple(remarks))


_UNCLEAR = Remark(
    Tone.REFUSED,
    "The tenant's list of allowed domains is empty, and nothing documents whether that admits "
    "everybody or nobody. It is left so; with --widen the partners' domains are put on it.",
)


def _unclear(found: DomainPolicy) -> bool:
    return found.allowed == () and found.blocked is None


def _admits(found: DomainPolicy, name: str) -> bool:
    """An unclear list counts as admitting nobody; two empty lists are no restriction."""
    if found.allowed or _unclear(found):
        return name in (found.allowed or ())
    return name not in (found.blocked or ())


def _left_out(names: list[str]) -> Remark:
    return Remark(
        Tone.STRICTER,
        f"The tenant does not admit {', '.join(names)}: closed further than the policy asks, and "
        "left so. With --widen they are put on the list.",
    )


def _below(policy: Policy) -> list[Remark]:
    """The tenant's list knows single domains only."""
    names = sorted(d.name for p in policy.partners for d in p.domains if d.subdomains)
    if not names:
        return []
    words = (
        f"The policy takes in all below {', '.join(names)}; the tenant's list knows single "
        "domains only and will refuse the others. Name them in the policy as well."
    )
    return [Remark(Tone.STRICTER, words)]
