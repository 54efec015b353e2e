"""The same person in a newer file, with a later end: onboarding itself brings them back."""

from datetime import timedelta

import pytest

from b2b.domain.batch import LedgerRow
from b2b.domain.outcome import AlreadyGuest, NotDone
from b2b.domain.request import Address, BatchId, GuestRequest, RowRef, Wish, request_id
from b2b.flows.onboarding import Onboarding
from tests.fakes.queues import FakeQueues
from tests.flows_sweep.night import DAY, Night


async def _asked_again(dark: Night, name: str, days: int) -> object:
    """The outcome of a request for the guest to stay so many days from today."""
    address, batch = Address(f"{name}@partner.example"), BatchId("newer")
    until = (dark.clock() + days * DAY).date()
    made = request_id(dark.taking_back.tenant, address, batch)
    row = RowRef.of_line(batch, 2)
    request = GuestRequest(made, Wish(email=address, expires_on=until), row)
    await dark.ledger.open_rows(
        [LedgerRow(ref=row, email=address, sender="uploads", request=request.id)]
    )
    onboarding = Onboarding(
        directory=dark.taking_back.directory,
        ledger=dark.ledger,
        queues=FakeQueues(dark.clock, dark.footing),
        policy=dark.policy,
        clock=dark.clock,
        replication=timedelta(0),
        assign_after=timedelta(0),
        sponsoring=dark.departing.sponsoring,
        packaging=dark.taking_back.packaging,
        bring_back=dark.taking_back.bring_back,
    )
    await onboarding.onboard(request)
    return dark.ledger.kept[row].outcome


@pytest.mark.parametrize("name", ["over", "away"])
async def test_a_newer_file_extends_the_stay_and_brings_the_guest_back(
    dark: Night, name: str
) -> None:
    await dark.whole()

    outcome = await _asked_again(dark, name, 90)

    record = dark.ledger.guests[f"{name}@partner.example"]
    assert isinstance(outcome, AlreadyGuest)
    assert name in dark.enabled()
    assert record.expires_on == (dark.clock() + 90 * DAY).date()
    assert dark.graph.world.counters.shown()["invitations"] == 0


async def test_a_newer_file_may_name_the_guest_by_another_address(dark: Night) -> None:
    await dark.whole()
    dark.graph.world.store.change(dark.user("over"), {"mail": "married@partner.example"})

    outcome = await _asked_again(dark, "married", 90)

    assert isinstance(outcome, AlreadyGuest)
    assert dark.user("married").accountEnabled
    assert dark.ledger.guests["married@partner.example"].guest == dark.user("married").id
    dark.clock.advance(40 * DAY)
    dark.reported()
    await dark.whole()
    assert dark.user("married").accountEnabled, "the older promise, which is over, blocks nobody"


async def test_a_newer_file_brings_nobody_back_whom_others_blocked(dark: Night) -> None:
    dark.guest("shut-out", -5, accountEnabled=False)

    outcome = await _asked_again(dark, "shut-out", 90)

    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "guest_disabled"
    assert dark.writes == 0
