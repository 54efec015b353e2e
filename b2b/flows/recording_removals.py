"""Access is taken away with a record of who held it: kept before, confirmed after.

docs/decisions/undo-of-a-batch.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from b2b.domain.access import Membership
from b2b.domain.access_removal import AccessKind, AccessRemoval
from b2b.domain.batch import LedgerRow
from b2b.domain.guest import GuestId
from b2b.domain.packages import Held, Order
from b2b.domain.request import Address, GroupId
from b2b.flows.memberships import Seat
from b2b.flows.packages import Packaging
from b2b.flows.slices import in_slices
from b2b.ports import AccessRemovals, Clock, Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRemovals:
    """Every method raises Refused and TryLater, as the removal itself does."""

    directory: Directory
    packaging: Packaging
    removals: AccessRemovals
    clock: Clock

    async def take_groups(
        self,
        group: GroupId,
        guests: Sequence[GuestId],
        *,
        rows: Mapping[Seat, LedgerRow],
        as_members: frozenset[GuestId],
    ) -> Membership:
        """Who is in the group is recorded; who is not has nothing to lose.

        A refused guest who was in it is in it still. When the group as a whole answers with an
        error some may be out of it: their records stay, and an undo looks at the directory.
        """
        removals = {guest: self._of_group(group, guest, rows[group, guest]) for guest in guests}
        held = await self.directory.members_among(group, guests)
        await in_slices([removals[guest] for guest in held], self.removals.intend)
        membership = await self.directory.remove_members(group, guests, as_members=as_members)
        open_ones = {*membership.refused, *membership.later}
        done = [removals[guest] for guest in guests if guest not in open_ones]
        await in_slices(done, self.removals.confirm)
        kept = [removals[guest] for guest in membership.refused if guest in held]
        await in_slices(kept, self.removals.withdraw)
        return membership

    async def take_package(self, row: LedgerRow, order: Order) -> None:
        removal = AccessRemoval(
            row=row.ref,
            generation=row.generation,
            email=Address(row.email),
            sender=row.sender,
            guest=order.guest,
            kind=AccessKind.PACKAGE,
            target=order.package.package,
            at=self.clock(),
            assignment_policy=order.package.assignment_policy,
        )

        async def intend(held: Held) -> None:
            await self.removals.intend(_with_end(removal, held))

        await self.packaging.take(order, before=intend)
        await self.removals.confirm(removal)

    def _of_group(self, group: GroupId, guest: GuestId, row: LedgerRow) -> AccessRemoval:
        return AccessRemoval(
            row=row.ref,
            generation=row.generation,
            email=Address(row.email),
            sender=row.sender,
            guest=guest,
            kind=AccessKind.GROUP,
            target=group,
            at=self.clock(),
        )


def _with_end(removal: AccessRemoval, held: Held) -> AccessRemoval:
    """An assignment that lasts to the end of a day ends at midnight, which is the next day."""
    if held.ends is None:
        return removal
    return replace(removal, ends_on=(held.ends - timedelta(microseconds=1)).date())
