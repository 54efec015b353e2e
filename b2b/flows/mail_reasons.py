"""Why a mail was not sent, in sentences that a person can act on."""

from b2b.domain.reason import Reason

UNKNOWN_LETTER = Reason("unknown_letter", "The outbox knows no such letter; nothing was sent.")
NO_MAILBOX = Reason(
    "no_mailbox", "There is no mailbox to send from: set MAIL_FROM, or deliver by graph or link."
)
BEING_WRITTEN = Reason("being_written", "Somebody is writing this letter at this moment.")
NOT_SEEN_YET = Reason("not_replicated", "The guest is too fresh to be seen.")
NO_LONGER_PENDING = Reason("no_longer_pending", "The invitation is no longer open.")
NOT_THIS_GUEST = Reason("not_this_guest", "The address belongs to another account by now.")
NO_LONGER_SO = Reason("no_longer_so", "What the mail tells is no longer so.")
MODE_IS_REPORT = Reason("mode_is_report", "The policy says report by now, so nobody is told.")
SENT_UNSEEN = Reason(
    "sent_unseen",
    "Microsoft's mail was asked for and no answer came; asking again might mail twice.",
)
NO_SPONSOR = Reason(
    "no_sponsor",
    "The invitation was a link, and no sponsor is at work in your tenant who could pass it on: "
    "name one, for the guest or for the partner.",
)
REMINDER_ON_ITS_WAY = Reason("reminder_on_its_way", "The reminder is still on its way.")
LOSS_ON_ITS_WAY = Reason(
    "loss_on_its_way", "The mail that told the block or removal is still on its way."
)
LOSS_NOT_TOLD = Reason("loss_not_told", "The block or removal was never told, so its end is not.")
RETURN_ON_ITS_WAY = Reason("return_on_its_way", "The guest is being brought back.")
TOO_OLD = Reason("too_old", "What the mail tells has been overtaken by the days since then.")

# These say nothing of what stands in the way.
PASSING = frozenset(
    ("being_written", "changed_meanwhile", "not_replicated", "loss_on_its_way", "return_on_its_way")
)
OVERTAKEN = frozenset(
    one.code for one in (NO_LONGER_PENDING, NOT_THIS_GUEST, NO_LONGER_SO, LOSS_NOT_TOLD)
)


def given_up(last: Reason | None) -> Reason:
    """With what stood in the way in the end, if that is known."""
    why = f" The last time: {last.sentence} ({last.code})" if last else ""
    return Reason("given_up", f"The mail could not be sent for too long.{why}")


def may_come_again(reason: Reason | None) -> bool:
    """Whether a mail that was dropped for it can be sent by asking once more."""
    return reason is not None and reason.code not in OVERTAKEN
