"""Why onboarding refuses, in sentences that a person can act on."""

from datetime import date

from b2b.domain.reason import Reason

GUEST_DISABLED = Reason(
    "guest_disabled",
    "This guest's account is blocked from signing in. Find out who blocked it and why; "
    "enable it in the directory, then ask again.",
)
IN_RECYCLE_BIN = Reason(
    "guest_in_recycle_bin",
    "A guest with this address was deleted in the last 30 days. Restore or purge it in the "
    "directory, then ask again.",
)
MEMBER_OF_TENANT = Reason(
    "member_of_tenant",
    "The address belongs to a member of your own tenant, not to a guest; nothing was done.",
)
INVITATION_UNCLEAR = Reason(
    "invitation_unclear",
    "An invitation may have been sent; waiting until the directory would show it.",
)
ROW_OF_ANOTHER = Reason("row_of_another_request", "The source names a row of another request.")
NO_SUCH_ROW = Reason(
    "no_such_row",
    "The source names a row that the ledger does not know; leave source out of messages.",
)
CORRELATION_REUSED = Reason(
    "correlation_id_reused",
    "This correlation id stood for another wish before; give a new one to each wish.",
)
NO_SUCH_GUEST = Reason(
    "no_such_guest",
    "There is no guest with this address, so there is no access to take away. A row with "
    "removeGroups or removeAccessPackages never invites anybody.",
)


def stay_over(until: date) -> Reason:
    return Reason(
        "stay_over",
        f"The stay ended on {until}, and an access package lasts no longer than the stay: name a "
        "later end in the request.",
    )
