"""No budget of the app comes near the host's limit: a function over it takes the worker down.

A worker that is restarted loses what else it has in flight, and each of those messages has one
delivery less. Observed in the host 4.1037 (2026-11-29); docs/decisions/retries.md.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from b2b.adapters import herald, servicebus
from b2b.adapters.graph.pacing import PATIENCE
from b2b.flows import assignment, retention, settling, telling
from b2b.settings import LONGEST_TURN, Settings

ROOT = Path(__file__).resolve().parents[2]
HOST = json.loads((ROOT / "host.json").read_text("utf-8"))
QUEUES = {
    queue["name"]: queue
    for queue in json.loads((ROOT / "infra" / "servicebus.json").read_text("utf-8"))["queues"]
}
MARGIN = timedelta(minutes=2)
# The longest between two looks at the clock: the wait for a place, and up to three requests, of
# which the SDK's client (msgraph-core 1.5: 100 s) gives up each.
STEP = timedelta(seconds=PATIENCE + 3 * 100 + 30)
BUDGETS = {
    "a turn of the sweep, the census or the activity export": LONGEST_TURN,
    "an assignment": assignment.TIME,
    "a night of forgetting": retention.TIME,
    "events by the timer": telling.CATCH_UP,
    "events of one message": telling.LONGEST,
    "the pause before raising": timedelta(seconds=settling.LONGEST_PAUSE),
    "sending to a queue": timedelta(seconds=servicebus._TIMEOUT),
    "sending to the topic": timedelta(seconds=herald._TIMEOUT),
}


def _limit(text: str) -> timedelta:
    hours, minutes, seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


@pytest.mark.parametrize("what", BUDGETS)
def test_a_budget_and_one_more_step_end_well_before_the_host_ends_the_function(what: str) -> None:
    assert BUDGETS[what] + STEP <= _limit(HOST["functionTimeout"]) - MARGIN


@pytest.mark.parametrize("name", ["sweep", "audit", "activity"])
def test_no_setting_makes_a_turn_longer_than_that(name: str) -> None:
    field = Settings.model_fields[f"{name}_turn_seconds"]
    needed = {"servicebus": "x", "azurewebjobsstorage": "x", "tenant_id": "t"}
    needed |= {"tenant_initial_domain": "contoso.onmicrosoft.com"}
    too_long = LONGEST_TURN + timedelta(seconds=1)
    Settings.model_validate(needed)

    assert field.default <= LONGEST_TURN
    with pytest.raises(ValidationError):
        Settings.model_validate(needed | {f"{name}_turn_seconds": too_long})


def test_every_turn_has_its_row_here() -> None:
    turns = {name for name in Settings.model_fields if name.endswith("_turn_seconds")}

    assert turns == {f"{name}_turn_seconds" for name in ("sweep", "audit", "activity")}


def test_a_batch_and_its_pause_end_within_the_lock_that_nobody_renews() -> None:
    minutes = QUEUES["guest-assignments"]["lockDuration"].removeprefix("PT").removesuffix("M")
    spent = assignment.TIME + timedelta(seconds=settling.LONGEST_PAUSE)

    assert spent + timedelta(seconds=PATIENCE) <= timedelta(minutes=int(minutes))


def test_the_lock_of_one_message_is_renewed_for_longer_than_its_longest_pause() -> None:
    renewed = _limit(HOST["extensions"]["serviceBus"]["maxAutoLockRenewalDuration"])

    assert timedelta(seconds=settling.LONGEST_PAUSE) + STEP <= renewed
