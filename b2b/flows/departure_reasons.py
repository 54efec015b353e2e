"""Why an action was not done, in sentences that a person can act on."""

from datetime import date

from b2b.domain.lifecycle import Why
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
BLOCK_UNCLEAR = Reason(
    "block_unclear", "The guest is blocked, and we never learnt whether by us: look at the log."
)
SESSIONS_NOT_REVOKED = Reason(
    "sessions_not_revoked",
    "Blocked, but open sessions could not be revoked; they end by themselves.",
)
ONLY_REPORTS = Reason(
    "mode_is_report",
    "The policy only reports so far, so nobody is blocked: not by the sweep, and not by a message.",
)


def too_many_leaves(most: int) -> Reason:
    return Reason(
        "too_many_leaves",
        f"{most} guests were let go by messages today, and the policy's block_brake allows no "
        "more. Look who asked for so many; send the others again tomorrow.",
    )


def ended_already(end: date) -> Reason:
    return Reason("ended_already", f"The stay ended on {end} already; nothing was changed.")


_SPARED = {
    Why.NOT_A_GUEST: "the account is no guest",
    Why.EXEMPT: "the policy exempts the guest",
    Why.HOLDS_ROLE: "the guest holds a directory role; somebody has to take that away first",
    Why.ENTITLED: "the guest holds an access package, so entitlement management decides; take the "
    "packages away first",
    Why.BLOCKED_BY_OTHERS: "somebody else has blocked the guest",
    Why.REENABLED_LATELY: "the guest came back lately, and is left alone for the settle_days of "
    "the policy",
}


def no_longer_justified(why: str) -> Reason:
    """`why`: a Why, or what would be decided instead."""
    told = next((words for key, words in _SPARED.items() if key == why), None)
    words = f"{told} ({why})" if told else f"the guest no longer calls for it ({why})"
    return Reason("no_longer_justified", f"Read again right before the write: {words}.")
