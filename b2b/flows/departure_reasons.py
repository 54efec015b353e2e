"""Why an action was not done, in sentences that a person can act on."""

from datetime import date

from b2b.domain.happening import NOT_REMINDED
from b2b.domain.lifecycle import Why
from b2b.domain.places import OverLimit
from b2b.domain.reason import Reason

UNKNOWN_ACTION = Reason("unknown_action", "The journal knows no such action; nothing was done.")
MODE_IS_REPORT = Reason("mode_is_report", "The policy says report by now, so nothing was done.")
GONE = Reason("guest_gone", "The guest is no longer in the directory.")
DELETED = Reason("guest_deleted", "The guest was deleted meanwhile, and not by this run.")
NOT_MANAGED = Reason(
    "not_managed",
    "Not managed: Guestkeeper neither invited nor adopted this guest. `b2b adopt` begins a stay.",
)
CHANGED_SINCE = Reason(
    "changed_since", "The guest was changed after that run; look, and act by hand if need be."
)
ENABLED_ALREADY = Reason("enabled_already", "Somebody enabled the guest already.")
BACK_ALREADY = Reason("back_already", "Somebody restored the guest already.")
NOT_OURS = Reason(
    "not_blocked_by_us", "We did not block or remove this guest; find out who did, and why."
)
ON_ITS_WAY = Reason("on_its_way", "What is to be undone may still be on its way.")
NOT_SEEN_YET = Reason("not_replicated", "Restored so lately that the directory hides the guest.")
CALLED_OFF = Reason("called_off", "The run was undone, or given up, right before the write.")
PENDING_BUT_SEEN = Reason(
    "pending_but_seen",
    "Read again right before the write: the invitation counts as not redeemed, and the guest has "
    "signed in since. One of the two is wrong, so the guest is left alone; look at the account's "
    "externalUserState.",
)
BLOCK_UNCLEAR = Reason(
    "block_unclear", "The guest is blocked, and we never learnt whether by us: look at the log."
)
ONLY_REPORTS = Reason(
    "mode_is_report",
    "The policy only reports so far, so nobody is blocked: not by the sweep, and not by a message.",
)

NO_LEAVES_WHILE_APPROVING = Reason(
    "mode_is_approve",
    "The policy says approve, so nobody is blocked without an operator's approval: not by the "
    "sweep, and not by a message. Let the stay end on a day, or ask an operator.",
)
NOT_APPROVED = Reason("not_approved", "The policy says approve by now, and nobody approved this.")
APPROVAL_WITHDRAWN = Reason(
    "approval_withdrawn", "The approval was withdrawn, since its run was undone."
)
APPROVAL_LAPSED = Reason(
    "approval_lapsed", "The approval lapsed before this was done: approve it again."
)


def not_reminded(why: Reason, *, again: bool) -> Reason:
    """`again`: said before, so that others need not hear it every night."""
    code = "still_not_reminded" if again else NOT_REMINDED
    return Reason(code, f"Nobody was reminded. {why.sentence}")


def too_many_leaves(passed: OverLimit) -> Reason:
    of = f" of partner {passed.partner}" if passed.partner else ""
    return Reason(
        "too_many_leaves",
        f"It would be {passed.wanted} leaves{of} today, and [brakes] leave in the policy allows "
        f"{passed.allowed} a day. Look who asked for so many; send the others again tomorrow.",
    )


def ended_already(end: date) -> Reason:
    return Reason("ended_already", f"The stay ended on {end} already; nothing was changed.")


_SPARED = {
    Why.NOT_A_GUEST: "the account is no guest",
    Why.INTERNAL_GUEST: "the account is one of your own tenant's, whatever its user type says",
    Why.EXEMPT: "the policy exempts the guest",
    Why.HOLDS_ROLE: "the guest holds a directory role; somebody has to take that away first",
    Why.ENTITLED: "the guest holds an access package, so entitlement management decides; take the "
    "packages away first",
    Why.BLOCKED_BY_OTHERS: "somebody else has blocked the guest",
    Why.REENABLED_LATELY: "the guest came back lately, and is left alone for the settle_days of "
    "the policy",
}


_CODES = frozenset({Why.EXEMPT, Why.HOLDS_ROLE, Why.ENTITLED})  # an operator can end these


def no_longer_justified(why: str) -> Reason:
    """Returns the reason for `why`: a Why, or what would be decided instead.

    What spares a guest until an operator changes it has a code of its own, the same as in plan.csv.
    """
    if why == Why.PENDING_BUT_SEEN:
        return PENDING_BUT_SEEN
    told = next((words for key, words in _SPARED.items() if key == why), None)
    words = f"{told} ({why})" if told else f"the guest no longer calls for it ({why})"
    code = why if why in _CODES else "no_longer_justified"
    return Reason(code, f"Read again right before the write: {words}.")
