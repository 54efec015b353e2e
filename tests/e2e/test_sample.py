"""The sample of the demo: two hundred rows, each with the right outcome."""

import json
from collections import Counter

import pytest

from tests.e2e import scene
from tests.e2e.conftest import Ran
from tests.e2e.sample import PENDING_LINKED, asked, expected, seeded_guests

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_row_has_the_outcome_that_a_person_expects(sample: Ran) -> None:
    ended = {int(row["line"]): (row["status"], row["reason"]) for row in sample.rows}

    assert ended == expected().endings
    assert len(sample.rows) == len(asked()) == 200


async def test_results_stand_in_the_order_of_the_file_and_say_why(sample: Ran) -> None:
    lines = [int(row["line"]) for row in sample.rows]

    assert lines == sorted(lines)
    assert all(row["sentence"].endswith((".", "?")) for row in sample.rows)


async def test_results_name_the_very_guests_of_the_directory(sample: Ran) -> None:
    ids = {guest["mail"]: guest["id"] for guest in sample.state["guests"]}
    welcomed = [row for row in sample.rows if row["status"] in ENDED_WELL]

    assert len(welcomed) == 185
    assert all(row["guestId"] == ids[row["email"]] for row in welcomed)


ENDED_WELL = ("assigned", "invited", "already_guest")


async def test_the_directory_holds_exactly_the_wanted_guests(sample: Ran) -> None:
    addresses = Counter(guest["mail"] for guest in sample.state["guests"])

    assert set(addresses) == seeded_guests() | expected().newcomers
    assert set(addresses.values()) == {1}


async def test_newcomers_are_guests_who_have_not_redeemed_yet(sample: Ran) -> None:
    newcomers = [g for g in sample.state["guests"] if g["mail"] in expected().newcomers]

    assert {guest["userType"] for guest in newcomers} == {"Guest"}
    assert {guest["externalUserState"] for guest in newcomers} == {"PendingAcceptance"}


async def test_nobody_who_was_refused_was_touched(sample: Ran) -> None:
    by_mail = {guest["mail"]: guest for guest in sample.state["guests"]}

    assert by_mail["hal.blocked@example.com"]["accountEnabled"] is False
    assert [gone["mail"] for gone in sample.state["deleted"]] == ["ida.binned@fabrikam.com"]
    assert sample.state["members"] == 3


async def test_groups_hold_exactly_those_who_asked_and_were_let_in(sample: Ran) -> None:
    names = {guest["id"]: guest["mail"] for guest in sample.state["guests"]}
    held = {
        group["displayName"]: Counter(names[member] for member in group["members"])
        for group in sample.state["groups"]
    }

    assert {group: set(mails) for group, mails in held.items()} == expected().groups
    assert all(count == 1 for mails in held.values() for count in mails.values())


async def test_access_packages_are_delivered_to_the_end_of_each_stay(sample: Ran) -> None:
    names = {guest["id"]: guest["mail"] for guest in sample.state["guests"]}
    rows = {row["email"]: row for row in asked().values() if row["accessPackages"]}
    held = {names[one["target"]]: one for one in sample.state["packageAssignments"]}

    assert set(held) == set(rows)
    assert len(held) == len(sample.state["packageRequests"]) == 6
    assert {one["state"] for one in held.values()} == {"delivered"}
    ends = {mail: one["schedule"]["expiration"]["endDateTime"] for mail, one in held.items()}
    assert ends["lena.varga@mail.fabrikam.com"] in scene.ends_after(70)


async def test_sponsors_stand_in_the_directory(sample: Ran) -> None:
    sponsors = {guest["mail"]: guest.get("sponsors") for guest in sample.state["guests"]}
    newcomers = {sponsors[mail][0] for mail in expected().newcomers if sponsors[mail]}

    assert all(len(sponsors[mail] or ()) == 1 for mail in expected().newcomers)
    assert len(newcomers) == 2


async def test_one_mail_goes_to_each_new_guest_of_microsofts_mail_and_to_nobody_else(
    sample: Ran,
) -> None:
    mails = Counter(mail["to"] for mail in sample.mails)

    assert mails == Counter(expected().mailed)


async def test_only_guests_without_a_mail_have_a_link_in_the_results(sample: Ran) -> None:
    links = {row["email"]: row["redemptionLink"] for row in sample.rows if row["redemptionLink"]}

    assert set(links) == expected().linked | {PENDING_LINKED}
    assert all(link.startswith("https://") for link in links.values())
    assert len(set(links.values())) == len(links)


async def test_the_summary_of_the_batch_adds_up(sample: Ran) -> None:
    summary = sample.summary
    counted = Counter(status for status, _ in expected().endings.values())

    statuses = ("assigned", "invited", "already_guest", "refused", "failed", "pending")
    assert {status: summary[status] for status in statuses} == {
        status: counted[status] for status in statuses
    }
    assert sum(counted.values()) == summary["rows"] == 200
    assert summary["file"] == "guests.csv"
    assert summary["takenIn"] is True
    assert summary["fileRefused"] is None


async def test_the_demo_leaves_a_summary_that_adds_up(sample: Ran) -> None:
    summary = json.loads((sample.out / "summary.json").read_text())

    assert list(summary) == [
        "rows", "assigned", "invited", "already_guest", "refused", "failed", "pending",
        "invitations_posted", "directory_requests", "directory_writes", "throttled", "seconds",
    ]  # fmt: skip
    endings = ("assigned", "invited", "already_guest", "refused", "failed", "pending")
    assert sum(summary[ending] for ending in endings) == summary["rows"] == 200
    assert (summary["pending"], summary["failed"], summary["throttled"]) == (0, 0, 0)
    assert 0 < summary["seconds"] < 1000


async def test_the_demo_counts_what_it_asked_of_the_directory(sample: Ran) -> None:
    summary = json.loads((sample.out / "summary.json").read_text())
    asks_again = 1  # the pending guest whose link is fetched anew
    refused = 1  # the address that only the directory knows to be none

    assert sample.counters["invitations"] == len(expected().newcomers) + asks_again
    assert summary["invitations_posted"] == sample.counters["invitations"]
    assert summary["directory_requests"] == sample.counters["requests"]
    assert summary["directory_writes"] >= summary["invitations_posted"] + refused


async def test_guests_join_groups_many_at_a_time(sample: Ran) -> None:
    seats = sum(len(mails) for mails in expected().groups.values())
    writes = sample.counters["writes"] - sample.counters["invitations"]

    assert writes < seats / 2


async def test_the_demo_shows_what_came_of_it(sample: Ran) -> None:
    assert sample.code == 0
    for line in ("assigned", "already_guest", "duplicate_of_line_5", "Partner-Finance-Read"):
        assert line in sample.shown
    assert "Every one of 200 rows has an outcome" in sample.shown
    results = (sample.out / "results.csv").read_bytes()
    assert results == await sample.town.storage.read("results", f"{sample.batch}/results.csv")


async def test_no_message_is_left_and_none_was_delivered_twice(sample: Ran) -> None:
    for name, counts in sample.queues.items():
        assert counts["deadLetteredTotal"] == 0, name
        assert counts["highestDeliveryCount"] <= 1, name
        if "/Subscriptions/" not in name:  # what waits there waits for other services
            assert counts["active"] + counts["locked"] + counts["scheduled"] == 0, name
