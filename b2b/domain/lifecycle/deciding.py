"""One guest, the policy's days and today: keep, remind, hand over, block or remove.

Unknown is never stale: a date that is not there never counts against a guest.
"""

from datetime import date

from b2b.domain.lifecycle.decision import (
    Block,
    Decision,
    Evidence,
    HandOver,
    Leave,
    Remind,
    Remove,
    Why,
)
from b2b.domain.lifecycle.resident import Answers, Case, Hold, Rule, in_our_care
from b2b.domain.policy import Lifecycle


def decide(case: Case, terms: Lifecycle, today: date) -> Decision:
    """The gravest that applies; what is left out tonight still applies tomorrow."""
    if not in_our_care(case.resident, case.promise):
        internal = case.resident.user_type == "Guest"
        return Leave(Why.INTERNAL_GUEST if internal else Why.NOT_A_GUEST)
    if case.exemption is not None:
        return Leave(Why.EXEMPT)
    if case.holds_role:
        return Leave(Why.HOLDS_ROLE)
    if not case.resident.enabled:
        decision = _of_the_blocked(case, terms, today)
    else:
        decision = _of_the_enabled(case, terms, today)
    # Entitlement management ends what it gave, and what becomes of the guest then is its business.
    grave = isinstance(decision, Block | Remove)
    return Leave(Why.ENTITLED) if grave and case.entitled else decision


def _of_the_blocked(case: Case, terms: Lifecycle, today: date) -> Decision:
    block, back = case.custody.block, case.custody.reenabled_on
    if block is None:
        return Leave(Why.BLOCKED_BY_OTHERS)
    if back is not None and (today - back).days < terms.settle_days:  # a removal was undone
        return Leave(Why.REENABLED_LATELY)
    if not block.sure:
        return Leave(Why.BLOCK_UNCLEAR)
    if not still_justified(case, block, today):
        return Leave(Why.BLOCK_NO_LONGER_JUSTIFIED)
    grace = Evidence(block.rule, block.at.date(), terms.remove_after_block_days)
    return Remove(grace) if today >= grace.due else Leave(Why.WAITS_FOR_REMOVAL)


def still_justified(case: Case, block: Hold, today: date) -> bool:
    """Whether what a guest was blocked for holds to this day."""
    match block.rule:
        case Rule.EXPIRED:
            end = case.promise.expires_on
            return end is not None and end < today
        case Rule.UNREDEEMED:
            return case.resident.pending and not case.pending_but_seen
        case Rule.INACTIVE:
            return case.seen is not None and case.seen <= block.at.date()
        case Rule.SPONSORLESS:
            return case.answers is Answers.NOBODY
        case _:
            return False


def _of_the_enabled(case: Case, terms: Lifecycle, today: date) -> Decision:
    if _reenabled_lately(case, terms, today):
        return Leave(Why.REENABLED_LATELY)
    grave = _expired(case, today) or _unredeemed(case, terms, today)
    grave = grave or _sponsorless(case, terms, today)
    if grave is not None:
        return Block(grave)
    stale = _inactive(case, terms, today)
    if isinstance(stale, Evidence):
        return Block(stale)
    left = Leave(Why.PENDING_BUT_SEEN if case.pending_but_seen else Why.IN_ORDER)
    return _small_things(case, terms, today) or stale or left


def _reenabled_lately(case: Case, terms: Lifecycle, today: date) -> bool:
    """Whoever enabled the guest again had a reason: the next night must not undo it."""
    block = case.custody.block
    if block is not None and block.sure:  # enabled by others, and nobody has noted it yet
        return True
    day = case.custody.reenabled_on
    return day is not None and (today - day).days < terms.settle_days


def _expired(case: Case, today: date) -> Evidence | None:
    """The last day belongs to the stay."""
    end = case.promise.expires_on
    return Evidence(Rule.EXPIRED, end, 1) if end is not None and end < today else None


def _unredeemed(case: Case, terms: Lifecycle, today: date) -> Evidence | None:
    """Only of a guest who was reminded: whoever nobody could tell is not shut out for silence."""
    waiting = _waiting(case, terms.unredeemed_block_days)
    if waiting is None or today < waiting.due:
        return None
    of_this_invitation = f"{waiting.rule}.{waiting.day}."
    told = any(mark.startswith(of_this_invitation) for mark in case.custody.reminded)
    return waiting if told else None


def _sponsorless(case: Case, terms: Lifecycle, today: date) -> Evidence | None:
    since = case.custody.sponsorless_since
    if case.answers is not Answers.NOBODY or since is None:
        return None
    evidence = Evidence(Rule.SPONSORLESS, since, terms.sponsorless_block_days)
    return evidence if today >= evidence.due else None


def _inactive(case: Case, terms: Lifecycle, today: date) -> Evidence | Leave | None:
    """None: seen lately, nobody knows, or the policy switches the rule off."""
    if not terms.inactive_block_days or case.resident.pending or case.seen is None:
        return None
    evidence = Evidence(Rule.INACTIVE, case.seen, terms.inactive_block_days)
    if today < evidence.due:
        return None
    # An account from before June 2018 may have no date; our own record proves an age as well.
    born = case.resident.created or case.promise.since
    if (today - born).days < terms.inactive_block_days:
        return Leave(Why.YOUNG)
    changed = max(day for day in (born, case.resident.state_changed, case.promise.since) if day)
    return Leave(Why.CHANGED_LATELY) if (today - changed).days < terms.settle_days else evidence


def _small_things(case: Case, terms: Lifecycle, today: date) -> Decision | None:
    """A reminder first: a hand-over that fails night after night must not hold it back."""
    reminder = _ends_soon(case, terms, today) or _link_unused(case, terms, today)
    if reminder is None and case.answers is Answers.FALLBACK:
        return HandOver(Evidence(Rule.SPONSORLESS, today, 0), case.fallback)
    return reminder


def _ends_soon(case: Case, terms: Lifecycle, today: date) -> Remind | None:
    """Of several reminders that are due only the latest is given: nobody wants three at once."""
    end = case.promise.expires_on
    if end is None:
        return None
    due = [days for days in terms.remind_days_before_end if (end - today).days <= days]
    return _once(case, Evidence(Rule.ENDS_SOON, end, -min(due))) if due else None


def _link_unused(case: Case, terms: Lifecycle, today: date) -> Remind | None:
    waiting = _waiting(case, terms.unredeemed_remind_days)
    return _once(case, waiting) if waiting is not None and today >= waiting.due else None


def _waiting(case: Case, limit: int) -> Evidence | None:
    """Since the last invitation, whoever sent it."""
    if not case.resident.pending or case.pending_but_seen:
        return None
    dates = (case.resident.created, case.resident.state_changed, case.promise.since)
    return Evidence(Rule.UNREDEEMED, max(day for day in dates if day), limit)


def _once(case: Case, evidence: Evidence) -> Remind | None:
    mark = f"{evidence.rule}.{evidence.day}.{abs(evidence.limit)}"
    return None if mark in case.custody.reminded else Remind(evidence, mark)
