"""The journal in memory, beside the ledger whose guests it lists."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count

from b2b.domain.batch import LedgerRow
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Approval,
    Custody,
    Outcome,
    Promise,
    Run,
    RunId,
)
from b2b.domain.reason import Reason
from b2b.domain.request import Address
from tests.fakes.footing import Footing
from tests.fakes.ledger import FakeLedger

ANOTHER_WAS_FIRST = Reason("changed_meanwhile", "Another writer was first.")


class FakeJournal:
    def __init__(self, ledger: FakeLedger, footing: Footing) -> None:
        self.kept_runs: dict[RunId, Run] = {}
        self.kept_actions: dict[tuple[RunId, ActionId], Action] = {}
        self.kept_custody: dict[GuestId, Custody] = {}
        self.kept_approvals: dict[str, Approval] = {}
        self._ledger = ledger
        self._footing = footing
        self._versions = count(1)

    async def run(self, run: RunId) -> Run | None:
        self._footing.tread()
        return self.kept_runs.get(run)

    async def keep_run(self, run: Run) -> Run:
        self._footing.tread()
        standing = self.kept_runs.get(run.id)
        if run.version is not None and (standing is None or standing.version != run.version):
            raise TryLater(ANOTHER_WAS_FIRST, timedelta(seconds=1))
        kept = self.kept_runs[run.id] = replace(run, version=str(next(self._versions)))
        self._footing.tread()
        return kept

    async def begin_run(self, run: Run) -> Run:
        self._footing.tread()
        begun = replace(run, version=str(next(self._versions)))
        kept = self.kept_runs.setdefault(run.id, begun)
        self._footing.tread()
        return kept

    async def runs(self) -> Sequence[Run]:
        self._footing.tread()
        return sorted(self.kept_runs.values(), key=lambda run: run.started)

    async def keep_actions(self, actions: Sequence[Action]) -> None:
        self._footing.tread()
        for one in actions:
            self.kept_actions.setdefault((one.run, one.id), one)
        self._footing.tread()

    async def action(self, run: RunId, action: ActionId) -> Action | None:
        self._footing.tread()
        return self.kept_actions.get((run, action))

    async def actions(self, run: RunId) -> Sequence[Action]:
        self._footing.tread()
        return [one for one in self.kept_actions.values() if one.run == run]

    async def actions_on(self, guest: GuestId) -> Sequence[Action]:
        self._footing.tread()
        return [one for one in self.kept_actions.values() if one.guest == guest]

    async def requests_of(self, address: Address) -> Sequence[LedgerRow]:
        self._footing.tread()
        return [row for row in self._ledger.kept.values() if row.email == address]

    async def close_action(self, run: RunId, action: ActionId, outcome: Outcome) -> None:
        self._footing.tread()
        standing = self.kept_actions[run, action]
        if standing.outcome is None:
            self.kept_actions[run, action] = replace(standing, outcome=outcome)
        self._footing.tread()

    async def approval(self, approval: str) -> Approval | None:
        self._footing.tread()
        return self.kept_approvals.get(approval)

    async def approvals(self) -> Sequence[Approval]:
        self._footing.tread()
        return sorted(self.kept_approvals.values(), key=lambda approval: approval.at)

    async def keep_approval(self, approval: Approval) -> Approval:
        self._footing.tread()
        standing = self.kept_approvals.get(approval.id)
        if (standing.version if standing else None) != approval.version:
            raise TryLater(ANOTHER_WAS_FIRST, timedelta(seconds=1))
        kept = replace(approval, version=str(next(self._versions)))
        self.kept_approvals[approval.id] = kept
        self._footing.tread()
        return kept

    async def promises(self) -> AsyncIterator[Promise]:
        self._footing.tread()
        for record in list(self._ledger.guests.values()):
            if record.guest:
                yield Promise(
                    guest=record.guest,
                    address=record.address,
                    since=record.since.date(),
                    partner=record.partner,
                    sponsor=record.sponsor,
                    expires_on=record.expires_on,
                    as_member=record.as_member,
                )

    async def all_custody(self) -> AsyncIterator[Custody]:
        self._footing.tread()
        for custody in list(self.kept_custody.values()):
            yield custody

    async def custody(self, guest: GuestId) -> Custody:
        self._footing.tread()
        return self.kept_custody.get(guest) or Custody(guest=guest)

    async def keep_custody(self, custody: Custody) -> Custody:
        self._footing.tread()
        standing = self.kept_custody.get(custody.guest)
        if custody.version != (standing.version if standing else None):
            raise TryLater(ANOTHER_WAS_FIRST, timedelta(seconds=1))
        kept = replace(custody, version=str(next(self._versions)))
        self.kept_custody[custody.guest] = kept
        self._footing.tread()
        return kept
