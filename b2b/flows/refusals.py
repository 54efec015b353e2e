"""Why onboarding refuses, in sentences that a person can act on."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

from b2b.domain.guest import (
    DeletedExternalMember,
    DeletedOwn,
    ExternalMember,
    Foreign,
    InternalGuest,
    Member,
)
from b2b.domain.policy import Mode, Policy
from b2b.domain.reason import Reason

_MOST_NAMES = 20

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
EXTERNAL_MEMBER = Reason(
    "external_member",
    "The address belongs to an external member: an account from outside of user type Member, which "
    "this app did not invite as one. Nothing was done; change its access in the directory, or set "
    "its user type to Guest and ask again.",
)
INTERNAL_GUEST = Reason(
    "internal_guest",
    "The address belongs to an account of your own tenant with user type Guest, not to an invited "
    "guest; nothing was done. Change its access in the directory.",
)
DELETED_OWN = Reason(
    "deleted_account_of_own",
    "A deleted account of your own holds this address; restore or purge it in the directory, then "
    "ask again.",
)
DELETED_EXTERNAL_MEMBER = Reason(
    "deleted_external_member",
    "A deleted external member holds this address: an account from outside of user type Member, "
    "which this app did not invite as one. Restore or purge it in the directory, then ask again.",
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

NOT_MANAGED_REPORT_ONLY = Reason(
    "not_managed_report_only",
    'The policy says mode = "report", and Guestkeeper neither invited nor adopted this guest: '
    "nothing was taken away. Adopt the guest (b2b adopt), or let the policy say another mode, then "
    "ask again.",
)


def why_not_taken(policy: Policy) -> Reason | None:
    """Whether access may be taken from guests that we do not manage."""
    return NOT_MANAGED_REPORT_ONLY if policy.lifecycle.mode is Mode.REPORT else None


def access_not_in_policy(partner: str, ids: Sequence[str]) -> Reason:
    return Reason(
        "access_not_in_policy",
        f"The policy does not list these groups or access packages for {partner} any more: "
        f"{', '.join(ids[:_MOST_NAMES])}. Ask again for what it lists.",
    )


def foreign(known: Foreign) -> Reason:
    """Why an account that is none of our guests is left alone."""
    match known:
        case ExternalMember():
            return EXTERNAL_MEMBER
        case InternalGuest():
            return INTERNAL_GUEST
        case Member():
            return MEMBER_OF_TENANT
        case DeletedExternalMember():
            return DELETED_EXTERNAL_MEMBER
        case DeletedOwn():
            return DELETED_OWN
        case _:
            assert_never(known)


def stay_over(until: date) -> Reason:
    return Reason(
        "stay_over",
        f"The stay ended on {until}, and an access package lasts no longer than the stay: name a "
        "later end in the request.",
    )
