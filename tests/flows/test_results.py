"""The rows of a batch as a table and a summary that people can open."""

import csv
import json
from typing import Any

from b2b.domain.batch import Batch, LedgerRow
from b2b.domain.guest import GuestId
from b2b.domain.outcome import AlreadyGuest, Assigned, Failed, Invited, NotDone, Outcome
from b2b.domain.reason import Reason
from b2b.domain.request import RequestId, RowRef
from tests.fakes.house import BATCH, FakeHouse
from tests.flows.examples import a_house

GUEST = GuestId("00000000-0000-4000-9000-000000000001")


def holds(house: FakeHouse, line: int, email: str, outcome: Outcome | None, link: str = "") -> None:
    ref = RowRef.of_line(BATCH, line)
    request = RequestId(f"request-{line}")
    house.ledger.kept[ref] = LedgerRow(
        ref=ref, email=email, sender="uploads", request=request, outcome=outcome, link=link
    )


async def published(house: FakeHouse) -> tuple[list[dict[str, str]], dict[str, Any]]:
    await house.results.publish(BATCH)
    table = house.files.text("results", f"{BATCH}/results.csv").splitlines()
    summary = json.loads(house.files.text("results", f"{BATCH}/summary.json"))
    return list(csv.DictReader(table)), summary


async def test_every_row_is_told_in_the_order_of_the_file() -> None:
    house = a_house()
    holds(house, 12, "f@fabrikam.com", None)
    holds(house, 3, "b@fabrikam.com", Invited(GUEST))
    holds(house, 2, "a@fabrikam.com", Assigned(GUEST, 2))
    holds(house, 4, "c@fabrikam.com", AlreadyGuest(GUEST, 0))
    holds(house, 5, "d@fabrikam.com", NotDone(Reason("unknown_partner", "Not a partner.")))
    holds(house, 6, "e@fabrikam.com", Failed(Reason("crashed", "Broke.")))
    table, summary = await published(house)

    assert [(row["line"], row["status"]) for row in table] == [
        ("2", "assigned"),
        ("3", "invited"),
        ("4", "already_guest"),
        ("5", "refused"),
        ("6", "failed"),
        ("12", "pending"),
    ]
    assert (table[3]["reason"], table[3]["sentence"]) == ("unknown_partner", "Not a partner.")
    assert table[0]["guestId"] == GUEST
    assert [summary[row["status"]] for row in table] == [1] * 6
    assert summary["rows"] == 6


async def test_a_row_without_a_reason_still_has_a_sentence() -> None:
    house = a_house()
    endings: list[Outcome] = [Assigned(GUEST, 1), Invited(GUEST), AlreadyGuest(GUEST, 0)]
    for line, outcome in enumerate(endings):
        holds(house, line + 2, "a@fabrikam.com", outcome)
    holds(house, 9, "a@fabrikam.com", None)
    table, _ = await published(house)

    assert all(row["sentence"] and not row["reason"] for row in table)


async def test_cells_that_a_spreadsheet_would_run_are_neutralised() -> None:
    house = a_house()
    holds(house, 2, "=HYPERLINK(1)", NotDone(Reason("invalid", '@SUM(1) says "no"')))
    table, _ = await published(house)

    assert table[0]["email"] == "'=HYPERLINK(1)"
    assert table[0]["sentence"] == '\'@SUM(1) says "no"'


async def test_a_link_stands_in_its_own_row_only() -> None:
    house = a_house()
    holds(house, 2, "a@fabrikam.com", Invited(GUEST), link="https://redeem.example/a")
    holds(house, 3, "b@fabrikam.com", Invited(GUEST))
    table, _ = await published(house)

    assert [row["redemptionLink"] for row in table] == ["https://redeem.example/a", ""]


async def test_a_refused_file_is_one_line_that_says_why() -> None:
    house = a_house()
    empty = Reason("empty_file", "The file has 0 bytes.")
    await house.ledger.keep_batch(
        Batch(id=BATCH, name="guests.csv", at=house.clock(), done=True, refused=empty)
    )
    table, summary = await published(house)

    assert [(row["status"], row["reason"], row["line"]) for row in table] == [
        ("refused", "empty_file", "")
    ]
    assert (summary["file"], summary["takenIn"], summary["rows"]) == ("guests.csv", True, 0)


async def test_the_summary_says_why_a_file_was_refused() -> None:
    house = a_house()
    empty = Reason("empty_file", "The file has 0 bytes.")
    await house.ledger.keep_batch(
        Batch(id=BATCH, name="guests.csv", at=house.clock(), done=True, refused=empty)
    )
    _, summary = await published(house)

    assert {"code": "empty_file", "sentence": "The file has 0 bytes."} in summary.values()


async def test_the_summary_tells_what_people_should_hear() -> None:
    house = a_house()
    warnings = ("line 3: capped at the policy maximum",)
    await house.ledger.keep_batch(
        Batch(id=BATCH, name="gäste.csv", at=house.clock(), policy_version="v7", warnings=warnings)
    )
    _, summary = await published(house)

    assert summary["warnings"] == list(warnings)
    assert (summary["policyVersion"], summary["takenIn"]) == ("v7", False)
    assert summary["file"] == "gäste.csv"


async def test_what_is_published_last_holds_every_outcome() -> None:
    house = a_house()
    await house.drop("guests.csv", "email,groups\nlena@fabrikam.com,Aurora\nmax@fabrikam.com,\n")
    await house.deliver()
    (batch,) = house.ledger.batches
    summary = json.loads(house.files.text("results", f"{batch}/summary.json"))

    assert (summary["assigned"], summary["invited"], summary["pending"]) == (1, 1, 0)
