"""Who else looks after guests: reviews, entitlement management, Microsoft's own lifecycle."""

from collections.abc import Mapping

from b2b.domain.finding import Severity
from b2b.domain.policy import Policy
from b2b.domain.posture.checks.wording import counted, named, sentences
from b2b.domain.posture.readable import NotReadable, when_read
from b2b.domain.posture.result import Check, Failed, Passed, Unclear, Verdict
from b2b.domain.posture.tenant import ExternalLifecycle, LifecyclePolicy, Review, Tenant


def reviews(tenant: Tenant, _: Policy) -> Verdict:
    def judge(found: tuple[Review, ...]) -> Verdict:
        covering = [one for one in found if one.covers]
        if not covering:
            return Failed(f"None of {counted(len(found), 'access review')} covers guests.")
        ended = [one for one in covering if one.last is not None]
        told = sentences([_outcome(one) for one in covering])
        if all(one.over for one in covering):
            return Failed(f"{told} None of them comes again.")
        if not ended:
            return Unclear(f"Guests are covered, and no review has ended yet. {told}")
        if any(one.last and one.last.not_applied for one in ended):
            return Failed(f"{told} Decisions were not carried out.", Severity.MEDIUM)
        if all(one.last and not _decided(one.last.decisions) for one in ended):
            return Failed(f"{told} Nobody decided anything.", Severity.MEDIUM)
        return Passed(told)

    return when_read(tenant.reviews, judge)


def _decided(decisions: Mapping[str, int]) -> int:
    return sum(count for word, count in decisions.items() if word != "NotReviewed")


def _outcome(review: Review) -> str:
    silent = review.applies and review.denies_by_default
    danger = "; silence removes access" if silent else ""
    if review.last is None:
        return f"'{review.name}' covers guests{danger}"
    words = named(f"{count} {word}" for word, count in review.last.decisions.items())
    open_ones = f", {review.last.not_applied} not applied" if review.last.not_applied else ""
    return f"'{review.name}' ended {review.last.ended}: {words or 'nobody'}{open_ones}{danger}"


def external_lifecycle(tenant: Tenant, _: Policy) -> Verdict:
    def judge(settings: ExternalLifecycle) -> Verdict:
        match settings.action:
            case "blockSignInAndDelete":
                after = f" after {settings.deleted_after}" if settings.deleted_after else ""
                return Passed(f"Who lost the last package is blocked, and deleted{after}.")
            case "blockSignIn":
                return Passed("Who lost the last package is blocked, and stays in the directory.")
            case "none":
                return Failed("Guests whose last access package ended stay for ever.")
            case other:
                return Unclear(f"The setting is '{other}', which is not known here.")

    return when_read(tenant.external_lifecycle, judge)


def conflict(tenant: Tenant, policy: Policy) -> Verdict:
    """Microsoft's guest lifecycle policies and our sweep may block the same guest, each by itself.

    Where they cannot be read, what entitlement management does is told as the nearest thing.
    """
    policies = tenant.lifecycle_policies
    if isinstance(policies, NotReadable):
        return _nearest(policies, tenant)
    active = [one for one in policies if one.enabled]
    if not active:
        return Passed("None of Microsoft's lifecycle policies acts on guests.")
    told = named(_rules(one) for one in active)
    if policy.lifecycle.mode.acts:
        return Failed(f"The nightly sweep acts, and Microsoft's policies act as well: {told}.")
    return Failed(
        f"Microsoft's policies act on guests: {told}. The nightly sweep only reports so far.",
        Severity.LOW,
    )


def _rules(one: LifecyclePolicy) -> str:
    return f"'{one.name}' ({', '.join(one.rules)})" if one.rules else f"'{one.name}'"


def _nearest(unread: NotReadable, tenant: Tenant) -> Verdict:
    settings = tenant.external_lifecycle
    if isinstance(settings, NotReadable) or settings.action == "none":
        return unread
    near = f"Entitlement management does '{settings.action}' with the guests that it governs."
    return NotReadable(cause=unread.cause, needs=unread.needs, sentence=f"{unread.sentence} {near}")


CHECKS = (
    Check(
        id="reviews.guests",
        severity=Severity.MEDIUM,
        title="Access reviews that cover guests",
        why="A date ends a stay; whether it is still needed only somebody can say who knows.",
        remedy="Entra admin center, Identity Governance, Access reviews: guests, each quarter.",
        link="https://learn.microsoft.com/entra/id-governance/manage-guest-access-with-access-reviews",
        judge=reviews,
    ),
    Check(
        id="entitlement.lifecycle",
        severity=Severity.MEDIUM,
        title="Guests whose access packages ended",
        why="Guests that entitlement management brought in are not ours to remove.",
        remedy=(
            "Entra admin center, Identity Governance, Entitlement management, Settings: block "
            "external users who lose their last assignment, and remove them."
        ),
        link="https://learn.microsoft.com/entra/id-governance/entitlement-management-external-users",
        judge=external_lifecycle,
    ),
    Check(
        id="lifecycle.conflict",
        severity=Severity.HIGH,
        title="Microsoft's lifecycle policies and ours",
        why="A guest that two masters block is let in again by neither.",
        remedy="Let one of them act: switch Microsoft's policies off, or keep our sweep reporting.",
        link="https://learn.microsoft.com/graph/api/resources/identitygovernance-guestlifecyclepolicy",
        judge=conflict,
    ),
)
