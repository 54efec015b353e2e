"""May this assignment still be done? By its row, the present policy, and what the account is now.

Authority comes from the row, never from the message: docs/decisions/senders.md.
"""

from dataclasses import replace
from datetime import timedelta
from typing import assert_never

from b2b.domain.access import AccountKind, Assignment
from b2b.domain.access_removal import is_undo_batch
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import TryLater
from b2b.domain.policy import Partner, Policy, partner_of, serves
from b2b.domain.reason import Reason
from b2b.domain.request import Address
from b2b.flows import refusals
from b2b.flows.operator_rows import OPERATOR

UNSEEN = TryLater(
    Reason("not_replicated", "The guest is too fresh to be given access."), timedelta(seconds=15)
)


def why_unknown(assignment: Assignment, row: LedgerRow | None) -> Reason | None:
    """Messages of older versions have no digest, and so have rows."""
    if row is None:
        return refusals.NO_SUCH_ROW
    agrees = assignment.content == row.content or "" in (assignment.content, row.content)
    if row.request != assignment.request or not agrees:
        return refusals.ROW_OF_ANOTHER
    return None


def partner_of_row(policy: Policy, assignment: Assignment, row: LedgerRow) -> Partner | Reason:
    """Whose guest this is, by the present policy, and whether the row may change their access.

    A row of an undo comes from an operator, who is no sender of any partner: only operators can
    write such a row, and no batch of others has such a name.
    """
    email = Address(row.email)
    if row.sender == OPERATOR and is_undo_batch(row.ref.batch):
        return partner_of(policy, email)
    partner = serves(policy, email, row.sender)
    unmanaged = row.stay is not None and not row.stay.managed
    if isinstance(partner, Partner) and assignment.takes and unmanaged:
        return refusals.why_not_taken(policy) or partner
    return partner


def allowed_by(partner: Partner, assignment: Assignment) -> Assignment | Reason:
    """What the policy has dropped since is refused; a package that only lasts longer is left out,
    for nobody asked for it."""
    groups, packages = set(partner.groups.values()), set(partner.access_packages.values())
    asked_groups = (*assignment.groups, *assignment.remove_groups)
    asked_packages = (*assignment.packages, *assignment.remove_packages)
    dropped: list[str] = [group for group in asked_groups if group not in groups]
    dropped += [package.package for package in asked_packages if package not in packages]
    if dropped:
        return refusals.access_not_in_policy(partner.name, dropped)
    extends = tuple(package for package in assignment.extends if package in packages)
    return replace(assignment, extends=extends)


def why_not_given(kind: AccountKind | None, *, as_member: bool) -> Reason | TryLater | None:
    """None as kind: the directory does not show the account. `as_member`: we invited it as one."""
    match kind:
        case None:
            return UNSEEN
        case AccountKind.GUEST:
            return None
        case AccountKind.EXTERNAL_MEMBER:
            return None if as_member else refusals.EXTERNAL_MEMBER
        case AccountKind.COLLEAGUE:
            return refusals.MEMBER_OF_TENANT
        case _:
            assert_never(kind)
