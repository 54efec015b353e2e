"""What the rows of a batch took away is given back: `b2b undo BATCH`.

Each removal becomes a row of the batch undo-<batch> and an assignment of its own, so that it is
held against the present policy and the account as any other. docs/decisions/undo-of-a-batch.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import assert_never

from b2b.domain.access import Assignment
from b2b.domain.access_removal import AccessKind, AccessRemoval, undo_of_batch
from b2b.domain.batch import LedgerRow
from b2b.domain.errors import Refused
from b2b.domain.guest import DeletedGuest, Guest, GuestRecord, as_ours, invited_as_member
from b2b.domain.outcome import Failed, NotDone
from b2b.domain.packages import AccessPackage, AccessPackageId
from b2b.domain.policy import AssignmentPolicyId, default_end, partner_of
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, GroupId, RequestId, RowRef
from b2b.flows import departure_reasons, refusals
from b2b.flows.operator_rows import OPERATOR
from b2b.ports import AccessRemovals, Clock, Directory, Ledger, Packages, PolicyNow, Queues

HELD_ALREADY = Reason("held_already", "The guest has it at present; there is nothing to give back.")
OTHER_ACCOUNT = Reason(
    "other_account",
    "The address belongs to another account now than the one that lost the access. Ask for the "
    "access in a row of its own.",
)
ENDED_MEANWHILE = Reason(
    "package_ended_meanwhile",
    "The access package would have ended by now, or the stay has. Extend the stay (b2b renew), or "
    "ask for the package in a row of its own.",
)


class Return(StrEnum):
    """What became of one removal. ASKED: its row is open until the app has given it back."""

    ASKED = "on_its_way"
    RETURNED = "given_back"
    REFUSED = "refused"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Returned:
    """`before`: it had been given back before this undo was asked for."""

    removal: AccessRemoval
    state: Return
    reason: Reason | None = None
    before: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingBack:
    """Every method raises Refused and TryLater."""

    directory: Directory
    packages: Packages
    removals: AccessRemovals
    ledger: Ledger
    queues: Queues
    policy: PolicyNow
    clock: Clock

    async def undo(self, batch: BatchId) -> Sequence[Returned]:
        """Asks for everything that is still missing. However often it is called: what was given
        back once is not given back again, and what was refused is tried anew."""
        removals = _each_once(await self.removals.of_batch(batch))
        if not removals:
            await self._check_known(batch)
        answers = [await self._give_back(batch, removal) for removal in removals]
        if removals:
            await self.queues.publish(undo_of_batch(batch))
        return answers

    async def state(self, batch: BatchId, asked: Sequence[Returned]) -> Sequence[Returned]:
        """How those stand now that were on their way."""
        return [
            _of_row(one.removal, await self.ledger.row(_ref(batch, one.removal)))
            if one.state is Return.ASKED
            else one
            for one in asked
        ]

    async def _check_known(self, batch: BatchId) -> None:
        if await self.ledger.batch(batch) is not None:
            return
        async for _ in self.ledger.rows(batch):
            return
        words = f"The ledger knows no batch {batch}, and of no access that its rows took away."
        raise Refused(Reason("unknown_batch", words))

    async def _give_back(self, batch: BatchId, removal: AccessRemoval) -> Returned:
        row = await self.ledger.row(_ref(batch, removal))
        if row is not None and row.outcome is not None and not _failed(row):
            return Returned(removal, Return.RETURNED, before=True)
        try:
            assignment = await self._assignment(batch, removal)
        except Refused as refusal:
            return Returned(removal, Return.REFUSED, refusal.reason)
        if row is None and await self._held(removal):
            return Returned(removal, Return.LEFT, HELD_ALREADY)
        (row,) = await self.ledger.open_rows([_opened(batch, removal)])
        if _failed(row):
            row = await self.ledger.reopen(row)
        await self._queue(assignment, row)
        return _of_row(removal, row)

    async def _queue(self, assignment: Assignment, row: LedgerRow) -> None:
        sent = replace(assignment, generation=row.generation)
        await self.queues.assign(sent, row.generation, timedelta(0))

    async def _assignment(self, batch: BatchId, removal: AccessRemoval) -> Assignment:
        record = await self.ledger.guest(removal.email)
        await self._check_account(removal, record)
        until = None
        if removal.kind is AccessKind.PACKAGE:
            until = await self._until(removal, record)
        package = AccessPackage(
            AccessPackageId(removal.target), AssignmentPolicyId(removal.assignment_policy)
        )
        in_group = removal.kind is AccessKind.GROUP
        return Assignment(
            request=_request(batch, removal),
            row=_ref(batch, removal),
            guest=removal.guest,
            groups=(GroupId(removal.target),) if in_group else (),
            invited=False,
            packages=() if in_group else (package,),
            until=until,
            content=removal.id,
            as_member=invited_as_member(record, removal.guest),
        )

    async def _check_account(self, removal: AccessRemoval, record: GuestRecord | None) -> None:
        found = await self.directory.find(removal.email)
        known = as_ours(found, record) if found else None
        if known is None:
            raise Refused(departure_reasons.GONE)
        if known.id != removal.guest:
            raise Refused(OTHER_ACCOUNT)
        if isinstance(known, DeletedGuest):
            raise Refused(refusals.IN_RECYCLE_BIN)
        if not isinstance(known, Guest):
            raise Refused(refusals.foreign(known))
        if not known.enabled:
            raise Refused(refusals.GUEST_DISABLED)

    async def _until(self, removal: AccessRemoval, record: GuestRecord | None) -> date | None:
        """No later than it was held, and no later than the stay; for a guest whom we do not
        manage, than a stay of default length would last."""
        if record is not None and record.guest == removal.guest:
            limit = record.expires_on
        else:
            limit = await self._default_end(removal)
        ends = [day for day in (removal.ends_on, limit) if day is not None]
        until = min(ends, default=None)
        if until is not None and until < self.clock().date():
            raise Refused(ENDED_MEANWHILE)
        return until

    async def _default_end(self, removal: AccessRemoval) -> date:
        partner = partner_of(await self.policy(), removal.email)
        if isinstance(partner, Reason):
            raise Refused(partner)
        return default_end(partner, self.clock().date())

    async def _held(self, removal: AccessRemoval) -> bool:
        match removal.kind:
            case AccessKind.GROUP:
                group, guest = GroupId(removal.target), removal.guest
                return guest in await self.directory.members_among(group, [guest])
            case AccessKind.PACKAGE:
                package = AccessPackageId(removal.target)
                return await self.packages.held(removal.guest, package) is not None
            case _:
                assert_never(removal.kind)


def _each_once(removals: Sequence[AccessRemoval]) -> list[AccessRemoval]:
    """The newest of each guest, group and package: two rows may have taken the same."""
    newest = {
        (one.guest, one.kind, one.target): one for one in sorted(removals, key=lambda r: r.at)
    }
    return sorted(newest.values(), key=lambda removal: (removal.email, removal.kind, removal.id))


def _ref(batch: BatchId, removal: AccessRemoval) -> RowRef:
    return RowRef(undo_of_batch(batch), removal.id)


def _request(batch: BatchId, removal: AccessRemoval) -> RequestId:
    """The id of a removal is a digest, and so is that of a request."""
    return RequestId(sha256(f"{undo_of_batch(batch)}\n{removal.id}".encode()).hexdigest())


def _opened(batch: BatchId, removal: AccessRemoval) -> LedgerRow:
    return LedgerRow(
        ref=_ref(batch, removal),
        email=removal.email,
        sender=OPERATOR,
        request=_request(batch, removal),
        content=removal.id,
        guest=removal.guest,
    )


def _failed(row: LedgerRow) -> bool:
    return isinstance(row.outcome, NotDone | Failed)


def _of_row(removal: AccessRemoval, row: LedgerRow | None) -> Returned:
    if row is None or row.outcome is None:
        return Returned(removal, Return.ASKED)
    if isinstance(row.outcome, NotDone | Failed):
        return Returned(removal, Return.REFUSED, row.outcome.reason)
    return Returned(removal, Return.RETURNED)
