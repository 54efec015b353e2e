"""One request and one stay, also when the process stops at any step of it."""

import csv
from datetime import date

import pytest

from b2b.domain.errors import Refused
from b2b.domain.request import Address
from b2b.domain.stay import StayEffect
from tests.flows_events.requests import SECOND_BOSS, Requests, requests
from tests.flows_sweep.night import BOSS, DAY

ADDRESS = Address("calm@partner.example")


def line(office: Requests) -> dict[str, str]:
    """The one line of the newest results."""
    batch = next(reversed(office.night.ledger.kept)).batch
    table = office.night.files.text("results", f"{batch}/results.csv")
    return next(csv.DictReader(table.splitlines()))


@pytest.mark.parametrize("death", range(1, 31))
async def test_the_row_tells_old_and_new_end_wherever_the_process_stops(death: int) -> None:
    async with requests() as office:
        office.night.guest("calm", 20)
        before, until = (office.night.clock().date() + days * DAY for days in (20, 90))
        office.night.footing.dies_at = death
        await office.drop("a.csv", {"email": ADDRESS, "expiresOn": str(until)})
        told = line(office)

    assert f"now ends on {until} instead of {before}" in told["sentence"]
    assert (told["expiresOn"], told["sponsor"]) == (str(until), BOSS)
    assert (told["partner"], told["managed"]) == ("Partner", "yes")


@pytest.mark.parametrize("death", range(1, 31))
async def test_who_was_blocked_by_us_is_told_to_be_back_wherever_the_process_stops(
    death: int,
) -> None:
    async with requests() as office:
        office.night.blocked_by_us("calm", 5)
        until = office.night.clock().date() + 180 * DAY
        office.night.footing.dies_at = death
        await office.drop("a.csv", {"email": ADDRESS, "groups": "Aurora"})
        told = line(office)
        end = office.night.ledger.guests[ADDRESS].expires_on
        enabled = office.night.user("calm").accountEnabled

    assert f"brought back until {until}" in told["sentence"]
    assert (end, enabled) == (until, True)


async def test_a_sponsor_changes_only_when_the_request_names_another() -> None:
    async with requests() as office:
        office.night.guest("calm", 20)
        await office.drop("a.csv", {"email": ADDRESS, "sponsorEmail": SECOND_BOSS})
        named = line(office)
        await office.drop("b.csv", {"email": ADDRESS, "groups": "Aurora"})
        unnamed = line(office)
        kept = office.night.ledger.guests[ADDRESS].sponsor

    assert kept == SECOND_BOSS
    assert f"The sponsor is now {SECOND_BOSS} instead of {BOSS}." in named["sentence"]
    assert unnamed["sponsor"] == SECOND_BOSS
    assert "sponsor is now" not in unnamed["sentence"]


async def test_another_account_under_a_managed_address_is_not_managed() -> None:
    async with requests() as office:
        office.night.guest("calm", None, born=900)
        office.night.promise("calm", "an-older-account", 20, office.night.ago(400))  # type: ignore[arg-type]
        before = office.night.ledger.guests[ADDRESS]
        await office.drop("a.csv", {"email": ADDRESS, "expiresOn": str(_in(office, 50))})
        told = line(office)
        after = office.night.ledger.guests[ADDRESS]

    assert (told["managed"], told["expiresOn"]) == ("no", "")
    assert "Not managed" in told["sentence"]
    assert after == before


async def test_an_operator_ends_a_stay_and_the_next_night_blocks() -> None:
    async with requests() as office:
        dark = office.night
        dark.guest("calm", 20)
        dark.guest("steady", 3000)
        dark.reported()
        record = await dark.taking_back.end(ADDRESS)
        with pytest.raises(Refused, match="ended_already"):
            await dark.taking_back.end(ADDRESS)
        (row,) = dark.ledger.kept.values()
        await dark.whole()

    assert row.stay is not None
    assert (row.sender, row.stay.effect) == ("operator", StayEffect.ENDED)
    assert (row.stay.before, row.stay.until) == (_in(office, 20), record.expires_on)
    assert dark.enabled() == {"steady"}


async def test_adopting_takes_the_default_end_and_a_sponsor_at_work() -> None:
    async with requests() as office:
        office.night.guest("calm", None)
        for sponsor, code in (("gone@home.example", "sponsor_not_found"),):
            with pytest.raises(Refused, match=code):
                await office.night.taking_back.adopt(ADDRESS, None, sponsor)
        record = await office.night.taking_back.adopt(ADDRESS, None, "")

    assert (record.expires_on, record.sponsor) == (_in(office, 180), BOSS)


def _in(office: Requests, days: int) -> date:
    today: date = office.night.clock().date()
    return today + days * DAY
