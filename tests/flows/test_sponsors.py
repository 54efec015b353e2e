"""Sponsors: who is asked about, how often, what is refused, and what reaches the directory."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import chain

import pytest

from b2b.domain.errors import Refused
from b2b.domain.outcome import AlreadyGuest, Assigned, Invited, NotDone
from b2b.domain.policy import WriteSponsors
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId
from b2b.domain.sponsor import Colleague
from b2b.flows.sponsoring import Sponsoring
from tests.fakes.colleagues import FakeColleagues
from tests.fakes.house import FakeHouse, a_request
from tests.flows.examples import a_house, a_policy

LENA = Address("lena@fabrikam.com")
WEBER, SINGH = "s.weber@contoso.com", "p.singh@contoso.com"


def why(house: FakeHouse, line: int = 2) -> tuple[str, str]:
    outcome = house.row(line).outcome
    assert isinstance(outcome, NotDone), outcome
    return outcome.reason.code, outcome.reason.sentence


async def test_the_sponsor_of_the_row_goes_with_the_invitation() -> None:
    house = a_house()
    await house.ask(a_request(sponsor=SINGH))
    await house.deliver()

    assert house.directory.account(LENA).sponsors == {f"id-of-{SINGH}"}
    assert house.ledger.guests[LENA].sponsor == SINGH


async def test_without_one_in_the_row_it_is_the_partners() -> None:
    house = a_house()
    await house.ask(a_request())
    await house.deliver()

    assert house.directory.account(LENA).sponsors == {f"id-of-{WEBER}"}


async def test_the_policy_may_keep_sponsors_out_of_the_directory() -> None:
    house = a_house(policy=a_policy(WriteSponsors.NEVER))
    await house.ask(a_request(sponsor=SINGH))
    await house.deliver()

    assert isinstance(house.row().outcome, Invited)
    assert house.directory.account(LENA).sponsors == set()
    assert house.ledger.guests[LENA].sponsor == SINGH


async def test_a_partner_without_a_sponsor_needs_none() -> None:
    house = a_house(policy=a_policy(sponsor=""))
    await house.ask(a_request())
    await house.deliver()

    assert isinstance(house.row().outcome, Invited)
    assert house.colleagues.look_ups == []


async def test_a_sponsor_whom_nobody_knows_is_refused_before_anything_is_done() -> None:
    house = a_house()
    house.colleagues.gone.add(SINGH)
    await house.ask(a_request(sponsor=SINGH, groups=["Aurora"]))
    await house.deliver()

    code, sentence = why(house)
    assert code == "sponsor_not_found"
    assert SINGH in sentence
    assert "colleague" in sentence
    assert house.directory.guests() == []


async def test_a_sponsor_who_is_blocked_is_refused() -> None:
    house = a_house()
    house.colleagues.blocked.add(SINGH)
    await house.ask(a_request(sponsor=SINGH))
    await house.deliver()

    assert why(house)[0] == "sponsor_blocked"


async def test_a_sponsor_of_the_policy_is_for_its_owner_to_mend() -> None:
    house = a_house()
    house.colleagues.gone.add(WEBER)
    await house.ask(a_request())
    await house.deliver()

    assert "Fabrikam in the policy" in why(house)[1]


async def test_a_guest_of_somebody_elses_is_no_sponsor() -> None:
    house = a_house()
    await house.ask(a_request(sponsor="ann@fabrikam.com"))
    await house.deliver()

    assert why(house)[0] == "sponsor_not_found"


async def test_a_long_file_asks_once_for_each_sponsor() -> None:
    house = a_house()
    for line in range(2, 102):
        sponsor = (WEBER, SINGH, "")[line % 3]
        await house.ask(a_request(f"guest-{line}@fabrikam.com", line=line, sponsor=sponsor))
    await house.deliver()

    assert sorted(chain(*house.colleagues.look_ups)) == [SINGH, WEBER]


async def test_many_at_once_are_looked_up_together() -> None:
    house = a_house()
    names = [f"sponsor-{n}@contoso.com" for n in range(100)]
    found = await asyncio.gather(*(house.sponsoring.require(name) for name in names))

    assert found == [f"id-of-{name}" for name in names]
    assert len(house.colleagues.look_ups) == 2  # the first, and all who came meanwhile


async def test_what_was_found_holds_for_a_while_and_what_was_not_for_a_shorter_one() -> None:
    house = a_house()
    house.colleagues.gone.add(SINGH)
    await house.ask(a_request(sponsor=SINGH))
    await house.deliver()
    house.colleagues.gone.clear()
    house.clock.advance(timedelta(minutes=2))
    await house.sponsoring.require(SINGH)
    house.clock.advance(timedelta(minutes=9))
    await house.sponsoring.require(SINGH.upper())
    house.clock.advance(timedelta(minutes=2))
    await house.sponsoring.require(SINGH)

    assert house.colleagues.look_ups == [[SINGH]] * 3


@pytest.mark.parametrize("mode", list(WriteSponsors))
async def test_a_newer_request_changes_the_directory_only_where_the_policy_says_so(
    mode: WriteSponsors,
) -> None:
    house = a_house(policy=a_policy(mode))
    await house.ask(a_request(sponsor=WEBER))
    await house.deliver()
    lena = house.directory.account(LENA).id
    house.colleagues.links[lena] = set(house.directory.account(LENA).sponsors)
    newer = BatchId("newer")
    await house.ask(a_request(sponsor=SINGH, batch=newer, groups=["Aurora"]))
    await house.deliver()

    assert isinstance(house.row(batch=newer).outcome, AlreadyGuest | Assigned)
    assert house.ledger.guests[LENA].sponsor == SINGH
    changed = house.colleagues.links[lena] == {f"id-of-{SINGH}"}
    assert changed == (mode is WriteSponsors.ALWAYS)


class ChoosyColleagues(FakeColleagues):
    """As Graph: a filter with one text that it does not take is refused whole."""

    async def colleagues(self, addresses: Sequence[str]) -> Mapping[str, Colleague]:
        if "poison" in addresses:
            raise Refused(Reason("directory_refused", "poison"))
        return await super().colleagues(addresses)


async def test_a_text_that_the_directory_refuses_fails_nobody_elses_request() -> None:
    house = a_house()
    choosy = ChoosyColleagues(house.footing)
    sponsoring = Sponsoring(colleagues=choosy, links=choosy, clock=house.clock)
    asked = ["poison", WEBER, SINGH, "poison"]
    answers = await asyncio.gather(*map(sponsoring.require, asked), return_exceptions=True)
    later = await sponsoring.require("x.late@contoso.com")

    assert answers[1:3] == [f"id-of-{WEBER}", f"id-of-{SINGH}"]
    assert isinstance(answers[0], Refused)
    assert isinstance(answers[3], Refused)
    assert later == "id-of-x.late@contoso.com"
