"""A guest of others comes under the sweep's care, from that day on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from b2b.domain.errors import Refused
from b2b.domain.request import Address
from tests.flows_sweep.night import BOSS, DAY, Night


def _address(name: str) -> Address:
    return Address(f"{name}@partner.example")


async def test_an_adopted_guest_is_managed_from_then_on(dark: Night) -> None:
    record = await dark.taking_back.adopt(_address("known"), None, "")
    await dark.whole()

    assert (record.partner, record.sponsor) == ("Partner", BOSS)
    assert "known" in dark.enabled(), "never retroactive: the first days are for looking"

    dark.clock.advance(31 * DAY)
    dark.reported()
    await dark.whole()

    assert "known" not in dark.enabled()


@pytest.mark.parametrize("address", ["calm@partner.example", BOSS, "nobody@partner.example"])
async def test_only_guests_that_nobody_manages_can_be_adopted(dark: Night, address: str) -> None:
    with pytest.raises(Refused):
        await dark.taking_back.adopt(Address(address), None, "")


async def test_who_came_to_nothing_or_is_another_account_by_now_can_be_adopted(dark: Night) -> None:
    known = dark.user("known").id
    calm = dark.ledger.guests[_address("calm")]
    for guest in (None, "an-account-of-before"):
        stale = replace(calm, address=_address("known"), guest=guest, version="0")  # type: ignore[arg-type]
        dark.ledger.guests[stale.address] = stale

        record = await dark.taking_back.adopt(stale.address, None, "")

        assert record.guest == known


@pytest.mark.parametrize(("days", "code"), [(-1, "expiry_in_the_past"), (366, "stay_too_long")])
async def test_nobody_is_adopted_until_a_day_that_no_stay_may_end_on(
    dark: Night, days: int, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        await dark.taking_back.adopt(
            _address("known"), (dark.clock() + timedelta(days=days)).date(), ""
        )
