"""Guests at risk, and sign-ins that stand out."""

from b2b.domain.finding import Severity
from b2b.domain.guest import GuestId
from b2b.domain.policy import Policy
from b2b.domain.posture.checks.wording import counted, label, named, sentences
from b2b.domain.posture.oddities import Oddities
from b2b.domain.posture.readable import when_read
from b2b.domain.posture.result import Check, Failed, Passed, Verdict
from b2b.domain.posture.tenant import Detections, RiskyGuest, Tenant


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
            return Passed(f"No detection about a guest is open from the last {seen.days} days.")
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
        remedy="Ask the sponsor; when in doubt block the guest; sessions end within about an hour.",
        link="https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins",
        judge=oddities,
    ),
)
