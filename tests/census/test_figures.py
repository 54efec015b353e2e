"""The census beside the directory's own state: the same figures, counted another way."""

import csv
import io
from collections import Counter
from datetime import date, timedelta
from typing import Any

from tests.census.tenant import BOSS, FORMULA, HOSTILE, Scene, fill, scene

Account = dict[str, Any]


def accounts(now: Scene) -> tuple[list[Account], list[Account]]:
    """The directory's guests and its deleted ones, as its own panel shows them."""
    from sandbox.directory.panel import Panel

    state = Panel(now.graph.world).state({})
    return (
        [one for one in state["guests"] if not one.get("@odata.type")],
        [one for one in state["deleted"] if one["userType"] == "Guest"],
    )


async def test_every_state_is_counted_as_the_directory_has_it(now: Scene) -> None:
    await now.run()

    guests, deleted = accounts(now)
    ours = now.journal.kept_custody
    blocked = [one for one in guests if not one["accountEnabled"]]
    open_ones = [one for one in guests if one["accountEnabled"]]
    waiting = [one for one in open_ones if one["externalUserState"] == "PendingAcceptance"]
    assert now.told()["states"] == {
        "accepted": len(open_ones) - len(waiting),
        "pending": len(waiting),
        "blocked_by_us": sum(one["id"] in ours for one in blocked),
        "blocked_by_others": sum(one["id"] not in ours for one in blocked),
        "soft_deleted": len(deleted),
    }
    assert len(waiting) == 2
    assert len(blocked) == 2
    assert len(deleted) == 1
    assert now.told()["counts"]["guests"] == len(guests) == 17


async def test_members_that_look_alike_and_programs_are_no_guests(now: Scene) -> None:
    await now.run()

    mails = {row["email"] for row in rows(now)}
    guests, deleted = accounts(now)
    assert mails == {one["mail"] for one in (*guests, *deleted)}
    assert "member.alike@fabrikam.example" not in mails
    assert "binned.member@fabrikam.example" not in mails
    assert "agent@fabrikam.example" not in mails
    assert now.told()["agentsLeftOut"] == 1


async def test_everybody_stands_in_an_order_of_ours_not_the_directorys(now: Scene) -> None:
    await now.run()

    order = [(row["partner"], row["domain"], row["email"]) for row in rows(now)]
    assert order == sorted(order)


async def test_domains_and_partners_add_up_to_the_directory(now: Scene) -> None:
    await now.run()

    guests, _ = accounts(now)
    by_domain = Counter(one["mail"].rpartition("@")[2] for one in guests)
    told = now.told()
    assert {one["name"]: one["guests"] for one in told["domains"]} == by_domain
    assert {one["name"]: one["guests"] for one in told["partners"]} == {
        "Fabrikam": by_domain["fabrikam.example"] + by_domain["mail.fabrikam.example"],
        "Café Contoso": by_domain["contoso.example"],
        "(no partner)": by_domain["elsewhere.example"],
        "(our own domain)": by_domain["home.example"],
    }
    unknown = {one["name"] for one in told["domains"] if not one["known"]}
    assert unknown == {"elsewhere.example"}
    assert told["atUnknownDomains"] == by_domain["elsewhere.example"]


async def test_the_last_sign_in_and_the_age_are_the_directorys(now: Scene) -> None:
    await now.run()

    guests, _ = accounts(now)
    dates = {one["mail"]: one.get("signInActivity", {}).get("lastSignInDateTime") for one in guests}
    seen = {row["email"]: row["lastSeen"] for row in rows(now) if row["state"] != "soft_deleted"}
    assert seen == {mail: (moment or "")[:10] for mail, moment in dates.items()}
    days = [ago(now, moment) for moment in dates.values() if moment]
    assert now.told()["lastSeen"]["the last 7 days"] == sum(0 <= each <= 7 for each in days)
    assert now.told()["funnel"]["active"] == sum(each <= 30 for each in days)
    born = [ago(now, one["createdDateTime"]) for one in guests]
    assert now.told()["age"]["30 days or less"] == sum(each <= 30 for each in born)


async def test_stays_sponsors_and_roles_are_the_ledgers_and_the_directorys(now: Scene) -> None:
    await now.run()

    told, ledger = now.told(), now.ledger.guests.values()
    ends = [one.expires_on for one in ledger if one.expires_on]
    soon = [end for end in ends if 0 <= (end - now.today).days < 90]
    assert told["calendar"] == {f"{end}": soon.count(end) for end in soon}
    assert told["managed"] == {"managed": len(ledger), "unmanaged": 17 - len(ledger)}
    assert told["sponsors"] == {
        "at_work": sum(one.sponsor == BOSS for one in ledger),
        "gone": 1,
        "nobody": 1,
        "unmanaged": 17 - len(ledger),
    }
    assert told["expiry"]["over"] == sum(end < now.today for end in ends) == 2
    assert told["inRoles"] == 2  # one held, one that can be taken up


async def test_what_hostile_names_hold_is_text_everywhere(now: Scene) -> None:
    await now.run()

    page = now.text("report.html")
    assert HOSTILE not in page
    assert "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("<script>") == 1
    names = {row["email"]: row["displayName"] for row in rows(now)}
    assert names["formula@elsewhere.example"] == "'" + FORMULA
    assert f"{FORMULA!r}" not in now.text("census.json")


async def test_a_second_run_over_the_same_state_changes_nothing() -> None:
    async with scene() as now:
        fill(now)
        await now.run()
        first = {name: now.text(name) for name in ("census.json", "guests.csv", "report.html")}
        now.files.blobs.pop(("reports", f"census/{now.today}/census.json"))

        await now.run()

        assert {name: now.text(name) for name in first} == first


async def test_a_run_of_the_next_day_differs_in_what_a_day_changes_alone(now: Scene) -> None:
    await now.run()
    first = now.told()
    now.clock.advance(timedelta(days=1))

    await now.run()

    second = now.told()
    assert second["compared"][0]["date"] == first["date"]
    assert set(second["compared"][0]["differences"].values()) == {0}
    same = ("counts", "states", "managed", "sponsors", "partners", "limits", "inRoles", "funnel")
    assert {name: second[name] for name in same} == {name: first[name] for name in same}


async def test_a_census_that_is_done_is_not_made_again_that_day(now: Scene) -> None:
    assert await now.run()
    before, left = sum(now.requests().values()), dict(now.files.blobs)

    assert await now.run()

    assert sum(now.requests().values()) == before
    assert now.files.blobs == left


async def test_days_to_the_end_of_a_stay_are_numbers_for_a_spreadsheet(now: Scene) -> None:
    await now.run()

    days = {row["email"]: row["daysToExpiry"] for row in rows(now)}
    assert days["over@fabrikam.example"] == "-3"
    assert days["ends.soon@fabrikam.example"] == "10"
    assert days["nobodys@fabrikam.example"] == ""


async def test_a_role_by_way_of_a_group_is_a_role(now: Scene) -> None:
    now.holds_role_by_group("unmanaged@contoso.example")

    await now.run()

    holders = {row["email"] for row in rows(now) if row["holdsRole"]}
    assert "unmanaged@contoso.example" in holders
    assert now.told()["inRoles"] == len(holders) == 3


def rows(now: Scene) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(now.text("guests.csv"))))


def ago(now: Scene, moment: str) -> int:
    return (now.today - date.fromisoformat(moment[:10])).days
