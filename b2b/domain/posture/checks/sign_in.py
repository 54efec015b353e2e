"""A second factor, what stands in for it, and the licences that all of this needs."""

from collections import Counter
from collections.abc import Sequence

from b2b.domain.finding import Severity
from b2b.domain.policy import Policy, UserType
from b2b.domain.posture.checks.wording import SHOWN, counted, named, sentences
from b2b.domain.posture.conditional_access import (
    COLLABORATION_GUEST,
    COLLABORATION_MEMBER,
    AccessRule,
    Coverage,
    GuestsBehind,
    RuleState,
    coverage,
    covered,
    perhaps_covered,
)
from b2b.domain.posture.readable import NotReadable, when_read
from b2b.domain.posture.result import Check, Failed, Passed, Unclear, Verdict
from b2b.domain.posture.tenant import Licence, Tenant


def second_factor(tenant: Tenant, policy: Policy) -> Verdict:
    if not policy.posture.mfa_for_guests:
        return Passed("The policy does not want a second factor of guests.")
    return when_read(tenant.access_rules, lambda rules: _judge_rules(rules, tenant, policy))


def _judge_rules(rules: tuple[AccessRule, ...], tenant: Tenant, policy: Policy) -> Verdict:
    wanted, spared = _wanted(policy), frozenset(policy.posture.break_glass)
    behind = _guests_behind(tenant)
    looked_at = [coverage(rule, wanted, spared, behind) for rule in rules]
    about_mfa = [one for one in looked_at if one is not None]
    missing = wanted - covered(about_mfa)
    if not missing:
        names = [one.rule.name for one in about_mfa if one.types & wanted and not one.unknown]
        return Passed(f"Asked of all guests everywhere by: {named(names)}.")
    if not wanted - perhaps_covered(about_mfa):
        return Unclear(_not_known(about_mfa, behind))
    if tenant.security_defaults is True:
        return Unclear(
            "No policy asks it of all guests. Security defaults are on: they ask for a second "
            "factor when Microsoft sees need."
        )
    if not about_mfa:
        return Failed("No Conditional Access policy asks guests for a second factor.")
    told = [_gap(one, wanted) for one in about_mfa[:SHOWN]]
    return Failed(sentences(["No policy asks it of all guests everywhere", *told]))


def _wanted(policy: Policy) -> frozenset[str]:
    members = any(partner.user_type is UserType.MEMBER for partner in policy.partners)
    return frozenset({COLLABORATION_GUEST} | ({COLLABORATION_MEMBER} if members else set()))


def _guests_behind(tenant: Tenant) -> GuestsBehind:
    return GuestsBehind(
        guests=when_read(tenant.guests, lambda guests: frozenset(map(str, guests))),
        groups=tenant.guests_left_out,
        roles=when_read(tenant.roles, lambda roles: Counter(one.role for one in roles.holders)),
    )


def _not_known(coverages: Sequence[Coverage], behind: GuestsBehind) -> str:
    doubts = [
        f"Not known: '{one.rule.name}' {', '.join(one.unknown)}"
        for one in coverages
        if one.unknown and not one.gaps
    ]
    unread = (behind.guests, behind.groups, behind.roles)
    why = dict.fromkeys(one.sentence for one in unread if isinstance(one, NotReadable))
    return sentences([*doubts[:SHOWN], *why])


def _gap(one: Coverage, wanted: frozenset[str]) -> str:
    unnamed = wanted - one.types
    told = (*one.gaps, *one.unknown) or (f"does not name {named(unnamed)}",)
    return f"'{one.rule.name}' {', '.join(told)}"


def security_defaults(tenant: Tenant, _: Policy) -> Verdict:
    rules = tenant.access_rules

    def judge(on: bool) -> Verdict:
        enabled = (
            [one for one in rules if one.state is RuleState.ENABLED]
            if isinstance(rules, tuple)
            else []
        )
        if on and enabled:
            return Unclear(
                f"On, beside {counted(len(enabled), 'enabled policy', 'enabled policies')} of "
                "Conditional Access: normally one replaces the other."
            )
        if on:
            return Passed("On: a basic protection for everybody, guests as well.")
        if enabled:
            return Passed("Off, with Conditional Access in their place.")
        if isinstance(rules, NotReadable):
            return Unclear("Off. Whether Conditional Access stands in their place was not read.")
        return Failed("Off, and no Conditional Access policy is enabled.")

    return when_read(tenant.security_defaults, judge)


def licences(tenant: Tenant, policy: Policy) -> Verdict:
    packages = any(partner.access_packages for partner in policy.partners)

    def judge(held: frozenset[Licence]) -> Verdict:
        told = ", ".join(one for one in Licence if one in held) or "none of P1, P2, Governance"
        lacking = []
        if not held & {Licence.P1, Licence.P2}:
            lacking.append(
                "Without P1 nobody's last sign-in is told, so inactive guests are not found, and "
                "there is no Conditional Access"
            )
        if packages and not held & {Licence.P2, Licence.GOVERNANCE}:
            lacking.append("The policy gives access packages, which need P2 or Governance")
        if lacking:
            return Failed(sentences([f"The tenant has: {told}", *lacking]))
        return Passed(f"The tenant has: {told}. That is enough for what the policy uses.")

    return when_read(tenant.licences, judge)


CHECKS = (
    Check(
        id="mfa.guests",
        severity=Severity.HIGH,
        title="A second factor for guests",
        why="How well a guest's home protects the account is out of our hands; this is not.",
        remedy=(
            "A Conditional Access policy for guests of all kinds and all organizations, all apps, "
            "without further conditions, that requires multifactor authentication and leaves out "
            "emergency accounts only. Begin in report-only state."
        ),
        link="https://learn.microsoft.com/entra/external-id/b2b-tutorial-require-mfa",
        judge=second_factor,
    ),
    Check(
        id="security.defaults",
        severity=Severity.HIGH,
        title="Security defaults or Conditional Access",
        why="With neither, a password alone is enough for everybody.",
        remedy="Turn security defaults on, or write Conditional Access policies in their place.",
        link="https://learn.microsoft.com/entra/fundamentals/security-defaults",
        judge=security_defaults,
    ),
    Check(
        id="licences",
        severity=Severity.MEDIUM,
        title="Licences for what the policy uses",
        why="Without the licence the directory keeps silent, and silence looks like order.",
        remedy="Buy what is missing, or take what needs it out of the policy.",
        link="https://learn.microsoft.com/entra/external-id/external-identities-pricing",
        judge=licences,
    ),
)
