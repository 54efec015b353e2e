"""A second factor, licences, and sign-ins that stand out."""

from b2b.domain.finding import Severity
from b2b.domain.guest import GuestId
from b2b.domain.policy import Policy, UserType
from b2b.domain.posture.checks.wording import counted, label, named, sentences
from b2b.domain.posture.conditional_access import (
    COLLABORATION_GUEST,
    COLLABORATION_MEMBER,
    AccessRule,
    Coverage,
    MayBeGuest,
    RuleState,
    coverage,
    covered,
)
from b2b.domain.posture.oddities import Oddities
from b2b.domain.posture.readable import NotReadable, when_read
from b2b.domain.posture.result import Check, Failed, Passed, Unclear, Verdict
from b2b.domain.posture.tenant import Detections, Licence, RiskyGuest, Tenant


def second_factor(tenant: Tenant, policy: Policy) -> Verdict:
    if not policy.posture.mfa_for_guests:
        return Passed("The policy does not want a second factor of guests.")
    return when_read(tenant.access_rules, lambda rules: _judge_rules(rules, tenant, policy))


def _judge_rules(rules: tuple[AccessRule, ...], tenant: Tenant, policy: Policy) -> Verdict:
    wanted, spared = _wanted(policy), frozenset(policy.posture.break_glass)
    looked_at = [coverage(rule, wanted, spared, _may_be_guest(tenant)) for rule in rules]
    about_mfa = [one for one in looked_at if one is not None]
    missing = wanted - covered(about_mfa)
    if not missing:
        names = [one.rule.name for one in about_mfa if one.types & wanted]
        return Passed(f"Asked of all guests everywhere by: {named(names)}.")
    if tenant.security_defaults is True:
        return Unclear(
            "No policy asks it of all guests. Security defaults are on: they ask for a second "
            "factor when Microsoft sees need."
        )
    if not about_mfa:
        return Failed("No Conditional Access policy asks guests for a second factor.")
    told = [_gap(one, wanted) for one in about_mfa]
    return Failed(sentences(["No policy asks it of all guests everywhere", *told]))


def _wanted(policy: Policy) -> frozenset[str]:
    members = any(partner.user_type is UserType.MEMBER for partner in policy.partners)
    return frozenset({COLLABORATION_GUEST} | ({COLLABORATION_MEMBER} if members else set()))


def _may_be_guest(tenant: Tenant) -> MayBeGuest:
    guests = tenant.guests
    if isinstance(guests, NotReadable):
        return lambda _: True
    return lambda identity: GuestId(identity) in guests


def _gap(one: Coverage, wanted: frozenset[str]) -> str:
    unnamed = wanted - one.types
    told = one.gaps or (f"does not name {named(unnamed)}",)
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


def risky_guests(tenant: Tenant, _: Policy) -> Verdict:
    def judge(risky: tuple[RiskyGuest, ...]) -> Verdict:
        if not risky:
            return Passed("No guest is held to be at risk. Most risk is seen by a guest's home.")
        names = [f"{label(one.guest, tenant.guests)} ({one.level})" for one in risky]
        grave = any(one.level == "high" or one.state == "confirmedCompromised" for one in risky)
        words = f"{counted(len(risky), 'guest')} at risk: {named(names)}."
        return Failed(words, Severity.CRITICAL if grave else None)

    return when_read(tenant.risky_guests, judge)


def detections(tenant: Tenant, _: Policy) -> Verdict:
    def judge(seen: Detections) -> Verdict:
        if not seen.guests:
            return Passed(f"None of a guest is open of the last {seen.days} days.")
        kinds = named(f"{kind} ({count})" for kind, count in seen.by_kind.items())
        names = named(label(guest, tenant.guests) for guest in seen.guests)
        return Failed(f"Open in {seen.days} days: {kinds}. Guests: {names}.")

    return when_read(tenant.detections, judge)


def oddities(tenant: Tenant, _: Policy) -> Verdict:
    def judge(odd: Oddities) -> Verdict:
        told = []
        if odd.failing:
            told.append(f"Failed again and again this week: {_people(odd.failing, tenant)}")
        if odd.denying:
            told.append(f"Denied a second factor several times: {_people(odd.denying, tenant)}")
        if odd.new_countries:
            places = named(
                f"{label(guest, tenant.guests)} ({country})" for guest, country in odd.new_countries
            )
            told.append(f"From a country not seen in the three weeks before: {places}")
        if told:
            return Failed(sentences(told), Severity.HIGH if odd.denying else None)
        since = f" since {odd.since}" if odd.since else " of four weeks"
        return Passed(f"Nothing stands out in {counted(odd.seen, 'sign-in')}{since}.")

    return when_read(tenant.oddities, judge)


def _people(ids: tuple[GuestId, ...], tenant: Tenant) -> str:
    return named(label(one, tenant.guests) for one in ids)


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
    Check(
        id="risk.guests",
        severity=Severity.HIGH,
        title="Guests at risk",
        why="An account that somebody else uses has all the access of its owner.",
        remedy="Block the guest, tell the sponsor, look at what was done; then dismiss the risk.",
        link="https://learn.microsoft.com/entra/id-protection/concept-identity-protection-b2b",
        judge=risky_guests,
    ),
    Check(
        id="risk.detections",
        severity=Severity.MEDIUM,
        title="Risk detections about guests",
        why="A detection that nobody looked at is an alarm that nobody heard.",
        remedy="Entra admin center, Protection, Risk detections: look at each, close or confirm.",
        link="https://learn.microsoft.com/entra/id-protection/howto-identity-protection-investigate-risk",
        judge=detections,
    ),
    Check(
        id="signins.odd",
        severity=Severity.MEDIUM,
        title="Sign-ins of guests that stand out",
        why="A push that its owner denies was asked for by somebody who knows the password.",
        remedy="Ask the sponsor; when in doubt block the guest and end the sessions.",
        link="https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins",
        judge=oddities,
    ),
)
