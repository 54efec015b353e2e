"""Directory, ledger and memory joined: one decision for each managed guest, and what is noted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Answers,
    Block,
    Case,
    Custody,
    Finding,
    Hold,
    Leave,
    Line,
    Promise,
    Resident,
    Rule,
    Why,
    decide,
    promise_to,
)
from b2b.domain.lifecycle.exempting import exemption_of, in_force
from b2b.domain.policy import Lifecycle, Policy
from b2b.flows.absent import Absent
from b2b.flows.reading_tenant import Tenant
from b2b.ports import Journal

LAG = timedelta(minutes=10)  # https://learn.microsoft.com/graph/api/user-list: lists lag behind
MOST_TOLD = 1000  # findings about single guests; a file with more is not read


@dataclass(slots=True)
class Survey:
    """`noted` is custody that changed by looking. `unmanaged` guests are only counted."""

    lines: list[Line] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    noted: list[Custody] = field(default_factory=list)
    unmanaged: int = 0


def survey(
    tenant: Tenant,
    absent: Absent,
    policy: Policy,
    at_work: frozenset[str] | None,
    promises: Mapping[GuestId, Promise],
    custody: Mapping[GuestId, Custody],
    began: datetime,
) -> Survey:
    """`at_work`: the sponsors who are there, casefolded; None: nobody knows. `began`: the reading
    of the tenant."""
    today = began.date()
    found, exemptions = Survey(), in_force(policy.exemptions, today)
    for resident in (*tenant.guests, *absent.residents):
        promise = promises.get(resident.id)
        if promise is None:
            found.unmanaged += 1
            continue
        before = custody.get(resident.id) or Custody(guest=resident.id)
        answers, fallback = who_answers(promise, policy, at_work)
        after = noted(before, resident, answers, began)
        if after != before:
            found.noted.append(after)
        addresses = (promise.address, resident.mail)
        case = Case(
            resident=resident,
            promise=promise,
            custody=after,
            seen=tenant.seen.get(resident.id),
            answers=answers,
            fallback=fallback,
            exemption=exemption_of(resident.id, addresses, exemptions, tenant.members),
            holds_role=resident.id in tenant.role_holders,
            entitled=resident.id in tenant.entitled,
        )
        decision = decide(case, policy.lifecycle, today)
        found.lines.append(Line(resident.id, promise.address, promise.partner, decision))
        found.findings += _worth_telling(case, found.lines[-1])
    more = [
        *_not_looked_up(absent.not_looked_up),
        *_sign_ins_not_known(found.lines, policy.lifecycle, today),
    ]
    found.findings = [*more, *absent.findings, *found.findings][:MOST_TOLD]
    return found


async def promised_to(journal: Journal) -> Mapping[GuestId, Promise]:
    """One for each guest, however many addresses they were asked for by."""
    known: dict[GuestId, list[Promise]] = {}
    async for one in journal.promises():
        known.setdefault(one.guest, []).append(one)
    return {guest: promise_to(some) for guest, some in known.items()}


def _not_looked_up(guests: int) -> Iterable[Finding]:
    if guests:
        words = (
            f"{guests} more managed guests are not among the guests of the directory; the next "
            "nights look them up."
        )
        yield Finding("not_among_guests", words)


def _sign_ins_not_known(lines: Iterable[Line], terms: Lifecycle, today: date) -> Iterable[Finding]:
    """A night reads only sign-ins that are old enough for the inactivity rule: docs/decisions/
    sweep-requests.md."""
    unredeemed = sum(
        isinstance(line.decision, Block) and line.decision.evidence.rule is Rule.UNREDEEMED
        for line in lines
    )
    if not unredeemed:
        return
    words = f"{unredeemed} guests are due to be blocked as unredeemed. Whether they signed in "
    if terms.inactive_block_days:
        read_until = today - timedelta(days=terms.inactive_block_days)
        words += f"after {read_until} is not known to this plan: it is read right before each block"
    else:
        words += "all the same is not known: inactive_block_days = 0, so no sign-in is read"
    yield Finding("sign_ins_not_known", f"{words}.")


def sponsors_of(promises: Iterable[Promise], policy: Policy) -> Sequence[str]:
    """Everybody who answers for a guest, or would if the sponsor were gone."""
    named = {one.sponsor for one in promises} | {one.sponsor for one in policy.partners}
    return sorted(named - {""})


def who_answers(
    promise: Promise, policy: Policy, at_work: frozenset[str] | None
) -> tuple[Answers, str]:
    if at_work is None:
        return Answers.UNKNOWN, ""
    if promise.sponsor and promise.sponsor.casefold() in at_work:
        return Answers.SPONSOR, ""
    partner = policy.partner(promise.partner)
    fallback = partner.sponsor if partner else ""
    if fallback and fallback != promise.sponsor and fallback.casefold() in at_work:
        return Answers.FALLBACK, fallback
    return Answers.NOBODY, ""


def noted(custody: Custody, resident: Resident, answers: Answers, began: datetime) -> Custody:
    """What the directory shows of what others did: it is held in memory from the first look."""
    block, removal, today = custody.block, custody.removal, began.date()
    if removal is not None and removal.sure and custody.returning is not None:
        # Brought back by us, who died before we noted it: blocked by us, as before the removal.
        custody = replace(custody, removal=None, reenabled_on=today, returning=None)
    elif removal is not None and removal.sure and _older(removal, began):
        # Somebody else brought the guest back: whatever is blocked now is not blocked by us.
        custody = replace(custody, removal=None, block=None, reenabled_on=today)
    elif block is not None and resident.enabled and _older(block, began):
        again = today if block.sure else custody.reenabled_on
        custody = replace(custody, block=None, reenabled_on=again, returning=None)
    if answers is Answers.UNKNOWN:
        return custody
    if answers is not Answers.NOBODY:
        return replace(custody, sponsorless_since=None) if custody.sponsorless_since else custody
    return custody if custody.sponsorless_since else replace(custody, sponsorless_since=today)


def _older(hold: Hold, began: datetime) -> bool:
    """A page that was read before we blocked or removed shows the guest as before, and so does a
    list that lags behind: neither tells that somebody took it back."""
    return hold.at + LAG < began


def _worth_telling(case: Case, line: Line) -> Iterable[Finding]:
    gone = case.answers in (Answers.FALLBACK, Answers.NOBODY)
    if gone and case.exemption is None:
        who = f"{case.fallback} takes over" if case.fallback else "nobody answers for the guest"
        yield Finding("sponsor_gone", f"The sponsor is missing or not at work: {who}.", case.id)
    if isinstance(line.decision, Leave) and line.decision.why in _TOLD:
        yield Finding(line.decision.why, _TOLD[line.decision.why], case.id)


_TOLD = {
    Why.INTERNAL_GUEST: "An account of your own tenant with user type Guest: the sweep leaves it.",
    Why.PENDING_BUT_SEEN: "The invitation counts as not redeemed, and the guest has signed in "
    "since: left alone. Look at the account's externalUserState.",
    Why.HOLDS_ROLE: "The guest holds a directory role, or may take one up; the sweep leaves them.",
    Why.ENTITLED: "Our rules call for a block or a removal, but the guest holds an access package: "
    "left to entitlement management.",
    Why.BLOCK_UNCLEAR: "We set out to block this guest and never learnt whether we did; look.",
    Why.BLOCK_NO_LONGER_JUSTIFIED: "Blocked by us, for a reason that is gone or no longer shows: "
    "renew or restore.",
}
