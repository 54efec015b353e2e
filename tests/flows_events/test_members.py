"""Accounts that a partner's policy has us invite as members: from the request to the end."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from b2b.domain.errors import Refused
from b2b.domain.outcome import Left, NotDone
from b2b.domain.policy import UserType
from b2b.domain.request import Address
from tests.flows_events.evening import PORTAL, Evening
from tests.flows_events.requests import POLICY, Requests, requests
from tests.flows_sweep.night import DAY

ADDRESS = Address("mae@partner.example")


@pytest_asyncio.fixture
async def office() -> AsyncIterator[Requests]:
    async with requests() as office:
        partner = replace(POLICY.partners[0], user_type=UserType.MEMBER)
        office.night.policy.now = replace(POLICY, partners=(partner,))
        yield office


async def _invited(office: Requests, days: int = 20) -> None:
    """By a file; the account is there from the first delivery on."""
    await office.drop("a.csv", {"email": ADDRESS, "expiresOn": _day(office, days)})
    assert office.night.user("mae").userType == "Member"
    assert office.night.ledger.guests[ADDRESS].as_member


def _day(office: Requests, days: int) -> str:
    return str((office.night.clock() + days * DAY).date())


def _renewal(office: Requests, days: int) -> dict[str, Any]:
    return {
        "schema": "guest-renewal/1",
        "sender": PORTAL,
        "correlationId": f"renewal-{days}",
        "email": ADDRESS,
        "expiresOn": _day(office, days),
    }


async def test_a_renewal_by_message_moves_the_end_of_a_member_we_invited(office: Requests) -> None:
    await _invited(office)
    until = _day(office, 90)
    await office.send(_renewal(office, 90))

    assert office.night.ledger.guests[ADDRESS].as_member
    assert str(office.night.ledger.guests[ADDRESS].expires_on) == until


async def test_a_member_we_invited_leaves_by_message_and_is_removed(office: Requests) -> None:
    await _invited(office)
    dark = office.night
    dark.guest("steady", 3000)
    dark.reported()
    outcome = await Evening.of(dark).leave("mae")
    blocked = not dark.user("mae").accountEnabled
    dark.clock.advance(31 * DAY)
    dark.reported()
    await dark.whole()

    assert isinstance(outcome, Left)
    assert blocked
    assert "mae" in dark.deleted()


async def test_a_member_we_invited_who_was_blocked_comes_back_by_a_renewal(
    office: Requests,
) -> None:
    await _invited(office)
    await Evening.of(office.night).leave("mae")
    await office.send(_renewal(office, 90))
    await office.night.deliver()

    assert office.night.user("mae").accountEnabled


async def test_a_member_of_others_is_not_adopted(office: Requests) -> None:
    office.night.guest("mae", None, userType="Member", creationType="Invitation")

    with pytest.raises(Refused, match="external_member"):
        await office.night.taking_back.adopt(ADDRESS, None, "")


@pytest.mark.parametrize("ask", ["renewal", "leave", "file"])
async def test_a_guest_whom_others_made_a_member_gets_nothing_and_is_left(
    office: Requests, ask: str
) -> None:
    """A guest of ours as a guest: the sweep names the account, and no request reaches it."""
    dark = office.night
    dark.guest("mae", 20)
    dark.guest("steady", 3000)
    user = dark.user("mae")
    dark.graph.world.store.change(user, {"userType": "Member"})
    before = dark.ledger.guests[ADDRESS]
    dark.graph.world.counters.reset()

    match ask:
        case "renewal":
            await office.send(_renewal(office, 90))
        case "leave":
            await Evening.of(dark).leave("mae")
        case _:
            await office.drop("b.csv", {"email": ADDRESS, "groups": "Aurora"})
    outcome = list(dark.ledger.kept.values())[-1].outcome
    writes = dark.graph.world.counters.shown()["writes"]
    dark.clock.advance(30 * DAY)
    dark.reported()
    run = await dark.whole()

    assert isinstance(outcome, NotDone)
    assert writes == 0
    assert dark.ledger.guests[ADDRESS].expires_on == before.expires_on
    assert dark.user("mae").accountEnabled
    (line,) = [one for one in dark.findings(run).splitlines() if user.id in one]
    assert line.startswith('"turned_member"')
    assert ADDRESS in line
