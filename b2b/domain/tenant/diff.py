"""A plan as the lines of a diff: `-` what is, `+` what will be, `!` what is only said."""

from collections.abc import Iterator
from typing import assert_never

from b2b.domain.policy import AccessReview, Reviewers, Unanswered
from b2b.domain.tenant.change import (
    AddReview,
    AddRule,
    AssignRole,
    Change,
    DomainPolicy,
    Plan,
    SetDefaultTrust,
    SetDomains,
    SetGuestAccess,
    SetInvitations,
    SetPartnerTrust,
    Trusts,
)


def diff_of(plan: Plan) -> Iterator[str]:
    """Each area with something to say, under its name."""
    for area, found in plan.areas.items():
        if not found.changes and not found.remarks:
            continue
        yield f"@@ {area} @@"
        for change in found.changes:
            yield from lines_of(change)
        for remark in found.remarks:
            yield f"! {remark.sentence}"


def lines_of(change: Change) -> Iterator[str]:
    match change:
        case SetInvitations():
            yield from _turned("who may invite", change.before, change.after)
        case SetGuestAccess():
            yield from _turned("what guests may see", change.before, change.after)
        case SetDomains():
            yield from _domains(change)
        case SetDefaultTrust():
            yield from _turned("trust by default", _trusts(change.before), _trusts(change.after))
        case SetPartnerTrust():
            before = _trusts(change.before) if change.before else "inherited from the default"
            what = f"trust in {change.partner} (tenant {change.tenant})"
            yield from _turned(what, before, _trusts(change.after))
        case AddRule():
            yield f'+ policy "{change.name}", report-only: all guests, all apps, MFA'
            yield from (f"+   excluded: emergency account {one}" for one in change.excluded)
        case AssignRole():
            yield f"+ group {change.group_name} ({change.group}) holds {change.role_name}"
            yield f"+   at {change.scope}"
        case AddReview():
            yield f'+ review "{change.name}"'
            yield f"+   {_terms(change.terms)}"
        case _:
            assert_never(change)


def title_of(change: Change) -> str:
    """What a change is, in one line."""
    if isinstance(change, SetDomains):
        count = len(change.after)
        return f"domain list: {count} domain{'s' if count != 1 else ''}"
    return next(line for line in lines_of(change) if line.startswith("+")).removeprefix("+ ")


def _turned(what: str, before: str, after: str) -> Iterator[str]:
    yield f"- {what}: {before}"
    yield f"+ {what}: {after}"


def _domains(change: SetDomains) -> Iterator[str]:
    before = change.before
    if before.allowed is None or before.blocked is not None:
        yield f"- {_mode(before)}"
        yield "+ only the domains on the list:"
    kept = set(before.allowed or ())
    yield from (f"-   {name}" for name in sorted(kept - set(change.after)))
    yield from (f"+   {name}" for name in sorted(set(change.after) - kept))


def _mode(before: DomainPolicy) -> str:
    if before.blocked:
        return f"every domain but {', '.join(before.blocked)}"
    return "every domain"


def _trusts(trusts: Trusts) -> str:
    words = (
        ("second factor", trusts.mfa),
        ("compliant devices", trusts.compliant),
        ("hybrid joined devices", trusts.joined),
    )
    return ", ".join(word for word, held in words if held) or "nothing"


def _terms(terms: AccessReview) -> str:
    months = "month" if terms.every_months == 1 else f"{terms.every_months} months"
    who = "the group's owners" if terms.reviewers is Reviewers.OWNERS else "the sponsor"
    applied = "applied by itself" if terms.apply else "applied by hand"
    kept = "keep their access" if terms.unanswered is Unanswered.KEEP else "lose their access"
    return f"every {months}, {terms.days} days, by {who}; {applied}; unanswered guests {kept}"
