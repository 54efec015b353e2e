"""What every journal promises: the fake, and Azure Tables through Azurite."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.data.tables.aio import TableServiceClient

from b2b.adapters.journal import TableJournal
from b2b.adapters.tables import TableLedger
from b2b.domain.errors import TryLater
from b2b.domain.guest import GuestId, GuestRecord, Standing
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Approval,
    Custody,
    Ending,
    Evidence,
    Hold,
    Kind,
    Outcome,
    Promise,
    Rule,
    Run,
    RunId,
    State,
    action_id,
)
from b2b.domain.policy import Mode
from b2b.domain.reason import Reason
from b2b.domain.request import Address, RequestId
from b2b.ports import Journal, Ledger
from tests.contract.test_ledger import a_batch, a_row
from tests.fakes.footing import Footing
from tests.fakes.journal import FakeJournal
from tests.fakes.ledger import FakeLedger

NOW = datetime(2026, 11, 23, 2, 10, 0, 123456, UTC)
DONE = Outcome(Ending.DONE, NOW)
REFUSED = Outcome(Ending.REFUSED, NOW, Reason("privileged", 'Graph says "no" - look.'))


@dataclass
class Books:
    journal: Journal
    ledger: Ledger


def a_run(**given: object) -> Run:
    run = Run(id=RunId(f"run-{uuid4().hex}"), state=State.READING, mode=Mode.REPORT, started=NOW)
    return replace(run, **given)  # type: ignore[arg-type] # any field of Run


def a_guest() -> GuestId:
    return GuestId(str(uuid4()))


def an_action(run: RunId, kind: Kind = Kind.BLOCK, guest: GuestId | None = None) -> Action:
    who = guest or a_guest()
    return Action(
        id=action_id(run, who, kind),
        run=run,
        guest=who,
        address=Address("lena.o'hara@fabrikam.com"),
        kind=kind,
        evidence=Evidence(Rule.EXPIRED, date(2026, 11, 1), 1),
        policy_version="0x8D",
        detail="ends_soon.2026-12-01.14",
    )


def an_approval(run: RunId, *proposals: ActionId) -> Approval:
    return Approval(
        id=f"{run}~2026-11-23~{a_guest()}",
        run=run,
        by=a_guest(),
        at=NOW,
        proposals=frozenset(proposals),
    )


def a_hold(run: RunId, *, sure: bool) -> Hold:
    action = an_action(run)
    return Hold(at=NOW, run=run, action=action.id, rule=Rule.INACTIVE, mark="m", sure=sure)


class JournalContract:
    async def test_an_unknown_run_is_none(self, books: Books) -> None:
        assert await books.journal.run(RunId("nobody")) is None
        assert await books.journal.actions(RunId("nobody")) == []

    async def test_a_run_is_kept_as_it_is_and_the_newest_state_stays(self, books: Books) -> None:
        first = a_run()
        last = replace(
            first,
            state=State.DONE,
            mode=Mode.ENFORCE,
            finished=NOW + timedelta(hours=1),
            policy_version="0x8D",
            guests=0,
            managed=3,
            blocks=2,
            removals=1,
            undoes="2026-11-22",
            approved=NOW + timedelta(minutes=5),
        )
        await books.journal.keep_run(first)
        before = await books.journal.run(first.id)
        await books.journal.keep_run(last)

        assert before == first
        assert await books.journal.run(first.id) == last

    async def test_of_two_who_keep_one_version_of_a_run_the_second_has_to_read_again(
        self, books: Books
    ) -> None:
        first = await books.journal.keep_run(a_run())
        read = await books.journal.run(first.id)
        assert read is not None
        second = await books.journal.keep_run(replace(read, state=State.PLANNED))

        for stale in (first, read):
            with pytest.raises(TryLater, match="changed_meanwhile"):
                await books.journal.keep_run(replace(stale, state=State.DONE))

        assert await books.journal.run(first.id) == second
        assert (await books.journal.keep_run(replace(second, state=State.ACTING))).version

    async def test_a_run_is_begun_once(self, books: Books) -> None:
        run = a_run()
        begun = await asyncio.gather(*(books.journal.begin_run(run) for _ in range(2)))
        kept = await books.journal.keep_run(replace(begun[1], state=State.PLANNED))

        assert begun == [run, run]
        assert await books.journal.begin_run(run) == kept

    @pytest.mark.parametrize("count", [1, 2000])
    async def test_an_approval_is_kept_as_it_is(self, books: Books, count: int) -> None:
        run = a_run().id
        approval = an_approval(run, *(an_action(run).id for _ in range(count)))
        kept = await books.journal.keep_approval(approval)
        listed = [one for one in await books.journal.approvals() if one.run == run]

        assert replace(kept, version=None) == approval
        assert await books.journal.approval(approval.id) == kept
        assert listed == [kept]
        assert await books.journal.approval("nothing") is None

    async def test_of_two_writers_of_an_approval_the_second_has_to_read_again(
        self, books: Books
    ) -> None:
        approval = an_approval(a_run().id, an_action(a_run().id).id)
        tries = [books.journal.keep_approval(approval) for _ in range(2)]
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(one).__name__ for one in answers) == ["Approval", "TryLater"]
        first = await books.journal.approval(approval.id)
        assert first is not None
        second = await books.journal.keep_approval(replace(first, withdrawn=True))

        with pytest.raises(TryLater, match="changed_meanwhile"):
            await books.journal.keep_approval(first)

        assert await books.journal.approval(approval.id) == second

    async def test_actions_kept_at_once_by_two_are_all_kept(self, books: Books) -> None:
        """The second may have to ask again."""
        run = a_run().id
        actions = [replace(an_action(run), approval="a~b") for _ in range(30)]
        tries = [books.journal.keep_actions(actions) for _ in range(2)]
        answers = await asyncio.gather(*tries, return_exceptions=True)

        assert {type(one) for one in answers} <= {type(None), TryLater}
        kept = await books.journal.actions(run)
        assert sorted(kept, key=str) == sorted(actions, key=str)

    async def test_runs_come_the_oldest_first(self, books: Books) -> None:
        days = [3, 1, 2]
        mine = [a_run(started=NOW - timedelta(days=day)) for day in days]
        for one in mine:
            await books.journal.keep_run(one)

        runs = [one for one in await books.journal.runs() if one in mine]

        assert runs == sorted(mine, key=lambda one: one.started)

    @pytest.mark.parametrize("kind", Kind)
    async def test_an_action_is_kept_as_it_is(self, books: Books, kind: Kind) -> None:
        action = an_action(a_run().id, kind)
        await books.journal.keep_actions([action])

        assert await books.journal.action(action.run, action.id) == action

    async def test_many_actions_kept_twice_are_kept_once_and_outcomes_stay(
        self, books: Books
    ) -> None:
        run = a_run().id
        actions = [an_action(run) for _ in range(230)]
        await books.journal.keep_actions(actions[:120])
        await books.journal.close_action(run, actions[7].id, DONE)
        await books.journal.keep_actions(actions)

        kept = {one.id: one for one in await books.journal.actions(run)}

        assert len(kept) == 230
        assert [one.id for one in kept.values() if one.outcome] == [actions[7].id]

    async def test_no_actions_are_no_work(self, books: Books) -> None:
        await books.journal.keep_actions([])

    async def test_actions_of_other_runs_stay_out(self, books: Books) -> None:
        mine, other = an_action(a_run().id), an_action(a_run().id)
        await books.journal.keep_actions([mine])
        await books.journal.keep_actions([other])

        assert await books.journal.actions(mine.run) == [mine]

    async def test_a_guests_actions_are_those_of_all_runs(self, books: Books) -> None:
        guest = a_guest()
        mine = [an_action(a_run().id, kind, guest) for kind in (Kind.BLOCK, Kind.REMOVE)]
        for one in [*mine, an_action(a_run().id)]:
            await books.journal.keep_actions([one])

        found = await books.journal.actions_on(guest)

        assert sorted(found, key=str) == sorted(mine, key=str)

    @pytest.mark.parametrize("first", [DONE, REFUSED], ids=["done", "refused"])
    async def test_the_first_outcome_stays(self, books: Books, first: Outcome) -> None:
        action = an_action(a_run().id)
        await books.journal.keep_actions([action])
        await books.journal.close_action(action.run, action.id, first)
        await books.journal.close_action(action.run, action.id, Outcome(Ending.FAILED, NOW))

        found = await books.journal.action(action.run, action.id)

        assert found == replace(action, outcome=first)

    async def test_an_unknown_guest_has_empty_custody(self, books: Books) -> None:
        guest = a_guest()

        assert await books.journal.custody(guest) == Custody(guest=guest)

    async def test_custody_is_kept_as_it_is(self, books: Books) -> None:
        run = a_run().id
        custody = Custody(
            guest=a_guest(),
            block=a_hold(run, sure=True),
            removal=a_hold(run, sure=False),
            reenabled_on=date(2026, 11, 2),
            returning=NOW,
            sponsorless_since=date(2026, 11, 3),
            reminded=frozenset({"ends_soon.2026-12-01.14", "unredeemed.2026-11-01.14"}),
        )
        kept = await books.journal.keep_custody(custody)
        listed = [one async for one in books.journal.all_custody() if one.guest == custody.guest]

        assert replace(kept, version=None) == custody
        assert await books.journal.custody(custody.guest) == kept
        assert listed == [kept]

    async def test_of_two_writers_of_custody_the_second_has_to_read_again(
        self, books: Books
    ) -> None:
        guest = a_guest()
        first = await books.journal.keep_custody(Custody(guest=guest))
        second = await books.journal.keep_custody(replace(first, reenabled_on=date(2026, 1, 1)))

        for stale in (Custody(guest=guest), first):
            with pytest.raises(TryLater):
                await books.journal.keep_custody(replace(stale, sponsorless_since=NOW.date()))

        assert await books.journal.custody(guest) == second

    async def test_of_two_who_begin_custody_at_once_one_does(self, books: Books) -> None:
        guest = a_guest()
        tries = [books.journal.keep_custody(Custody(guest=guest)) for _ in range(2)]
        answers = await asyncio.gather(*tries, return_exceptions=True)

        assert sorted(type(one).__name__ for one in answers) == ["Custody", "TryLater"]

    async def test_promises_are_of_everybody_who_has_an_account(self, books: Books) -> None:
        mine = {Address(f"lena.{uuid4().hex}@fabrikam.com") for _ in range(3)}
        waiting, *there = sorted(mine)
        for address in mine:
            record = GuestRecord(
                address=address,
                standing=Standing.INVITING if address == waiting else Standing.INVITED,
                request=RequestId("r"),
                since=NOW,
                guest=None if address == waiting else GuestId(address.partition("@")[0]),
                partner="Fabrikam",
                sponsor="s.weber@contoso.com",
                expires_on=None if address == there[0] else date(2027, 1, 31),
            )
            await books.ledger.keep_guest(record)

        found = {one.address: one async for one in books.journal.promises() if one.address in mine}

        assert sorted(found) == there
        assert found[there[1]] == Promise(
            guest=GuestId(there[1].partition("@")[0]),
            address=there[1],
            since=NOW.date(),
            partner="Fabrikam",
            sponsor="s.weber@contoso.com",
            expires_on=date(2027, 1, 31),
        )
        assert found[there[0]].expires_on is None

    async def test_requests_of_an_address_are_those_of_all_batches(self, books: Books) -> None:
        address = f"o'hara.{uuid4().hex}@fabrikam.com"
        rows = [replace(a_row(a_batch()), email=address) for _ in range(2)]
        for row in [*rows, a_row(a_batch())]:
            await books.ledger.open_rows([row])

        found = await books.journal.requests_of(Address(address))

        assert sorted(found, key=str) == sorted(rows, key=str)


class TestFakeJournal(JournalContract):
    @pytest.fixture
    def books(self) -> Books:
        footing = Footing()
        ledger = FakeLedger(footing)
        return Books(FakeJournal(ledger, footing), ledger)


class TestTableJournal(JournalContract):
    @pytest_asyncio.fixture
    async def books(self, storage: str) -> AsyncIterator[Books]:
        async with TableServiceClient.from_connection_string(storage) as service:
            yield Books(TableJournal(service), TableLedger(service))
