"""Who is told what a sweep did: each once, nobody in report mode, and no stranger as a sponsor."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Custody
from b2b.domain.mail import Facts, Letter, MailKind, Stage
from b2b.domain.policy import Exemption, Mode
from b2b.domain.request import Address, Delivery, RequestId
from b2b.flows.invitation_letter import invitation_id
from sandbox.directory.seed import plant
from tests.flows_mail.evening import Evening, evening, pending
from tests.flows_sweep.night import BOSS, POLICY

DAY = timedelta(days=1)


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Evening]:
    async with evening() as made:
        yield made


async def test_guest_and_sponsor_are_told_before_the_end_each_once(here: Evening) -> None:
    here.night.guest("soon", 10)
    for _ in range(3):
        await here.night.whole()
        here.night.clock.advance(DAY)

    assert here.told() == [
        ("ends_soon", "soon@partner.example"),
        ("guests_end_soon", BOSS),
    ]
    assert here.on_their_way() == {one.id for one in here.outbox.kept.values()}
    (line,) = here.letter(MailKind.GUESTS_END_SOON).facts.lines
    assert line.address == "soon@partner.example"
    assert line.day == here.night.ledger.guests["soon@partner.example"].expires_on


async def test_each_of_the_three_reminders_is_a_mail_of_its_own(here: Evening) -> None:
    here.night.guest("soon", 30)
    for _ in range(28):
        await here.night.whole()
        here.night.clock.advance(DAY)

    assert len(here.told(MailKind.ENDS_SOON)) == 3
    assert len(here.told(MailKind.GUESTS_END_SOON)) == 3


@pytest.mark.parametrize("sponsor", ["stranger@elsewhere.example", "left@home.example", ""])
async def test_a_sponsor_who_is_not_one_of_ours_is_not_mailed(here: Evening, sponsor: str) -> None:
    here.night.guest("soon", 10)
    key = Address("soon@partner.example")
    here.night.ledger.guests[key] = replace(here.night.ledger.guests[key], sponsor=sponsor)
    partners = tuple(replace(one, sponsor="") for one in here.night.policy.now.partners)  # type: ignore[union-attr]
    here.night.policy.now = replace(here.night.policy.now, partners=partners)  # type: ignore[type-var]
    await here.night.whole()

    assert here.told() == [("ends_soon", "soon@partner.example")]


async def test_whoever_takes_over_is_told_in_place_of_a_sponsor_who_is_gone(here: Evening) -> None:
    here.night.guest("soon", 10)
    key = Address("soon@partner.example")
    here.night.ledger.guests[key] = replace(here.night.ledger.guests[key], sponsor="left@x.example")
    for _ in range(2):
        await here.night.whole()
        here.night.clock.advance(DAY)

    assert here.told() == [
        ("ends_soon", "soon@partner.example"),
        ("guests_end_soon", BOSS),
    ]
    assert here.night.ledger.guests[key].sponsor == BOSS


@pytest.mark.parametrize(
    ("delivery", "carrier"),
    [(Delivery.GRAPH, Delivery.GRAPH), (Delivery.MAIL, Delivery.MAIL)],
)
async def test_an_open_invitation_is_reminded_by_whom_it_came(
    here: Evening, delivery: Delivery, carrier: Delivery
) -> None:
    here.deliver_by(delivery)
    pending(here.night, "open", 20)
    for _ in range(3):
        await here.night.whole()
        here.night.clock.advance(DAY)

    carriers = [one.carrier for one in here.outbox.kept.values()]
    assert carriers == [carrier]
    letter = here.letter(MailKind.REDEEM)
    assert letter.to == "open@partner.example"
    assert letter.facts.redirect_url == "https://myapplications.microsoft.com"


async def test_whoever_was_invited_by_our_mail_is_reminded_by_ours_though_the_policy_changed(
    here: Evening,
) -> None:
    here.deliver_by(Delivery.GRAPH)
    pending(here.night, "open", 20)
    reader = Address("open@partner.example")
    invitation = Letter(
        id=invitation_id(reader, RequestId("r")),
        kind=MailKind.INVITATION,
        to=reader,
        language="ja",
        at=here.night.clock(),
        stage=Stage.SENT,
        facts=Facts(address=reader, redirect_url="https://apps.example/aurora"),
    )
    await here.outbox.post(invitation)
    await here.night.whole()

    letter = here.letter(MailKind.REDEEM)
    assert (letter.carrier, letter.language) == (Delivery.MAIL, "ja")
    assert letter.facts.redirect_url == "https://apps.example/aurora"


async def test_who_is_blocked_or_removed_is_told_why(here: Evening) -> None:
    here.night.guest("over", -5)
    here.night.guest("lazy", seen=300)
    here.night.blocked_by_us("away", 40)
    await here.night.whole()

    assert here.told() == [
        ("blocked", "lazy@partner.example"),
        ("blocked", "over@partner.example"),
        ("removed", "away@partner.example"),
    ]
    rules = {str(one.to): one.facts.rule for one in here.outbox.kept.values()}
    assert rules["over@partner.example"] == "expired"
    assert rules["lazy@partner.example"] == "inactive"


async def test_in_report_mode_nobody_is_told_anything(here: Evening) -> None:
    here.night.guest("over", -5)
    here.night.guest("soon", 10)
    pending(here.night, "open", 20)
    here.mode(Mode.REPORT)
    await here.night.whole()
    await here.digests.post()

    assert here.told() == []


async def test_without_a_mailbox_only_microsoft_reminds() -> None:
    async with evening(mailbox="") as here:
        here.night.guest("over", -5)
        here.night.guest("soon", 10)
        pending(here.night, "open", 20)
        await here.night.whole()
        await here.digests.post()

        assert here.told() == [("redeem", "open@partner.example")]
        assert here.letter(MailKind.REDEEM).carrier is Delivery.GRAPH


@pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.soak)])
async def test_death_at_any_step_tells_everybody_once(stride: int) -> None:
    """Whatever was done before the death is told after it."""
    async with evening() as untroubled:
        await _night_of(untroubled)
        expected = untroubled.told()
    assert len(expected) == 5
    for step in range(1, 400, stride):
        async with evening() as here:
            here.night.footing.dies_at = step
            await _night_of(here)

            assert here.told() == expected, step
            assert here.on_their_way() == {one.id for one in here.outbox.kept.values()}, step
            if here.night.footing.held:
                break
    else:
        pytest.fail("it never came to its end")


async def _night_of(here: Evening) -> None:
    here.night.guest("over", -5)
    here.night.guest("soon", 10)
    pending(here.night, "open", 20)
    here.night.blocked_by_us("away", 40)
    await here.night.through_deaths()


async def test_a_digest_tells_what_is_over_apart_from_what_ends(here: Evening) -> None:
    here.night.guest("today", 0)
    here.night.guest("over", -1)
    here.night.guest("long", -20)
    back = here.night.guest("back", -20)
    here.night.journal.kept_custody[back] = Custody(
        guest=back, reenabled_on=here.night.clock().date(), version="0"
    )
    exempted = Exemption(
        owner="o",
        reason="r",
        ends_on=here.night.clock().date(),
        address=Address("exempt@partner.example"),
    )
    here.night.guest("exempt", -20)
    here.night.policy.now = replace(POLICY, exemptions=(exempted,))
    await here.digests.post()

    told = {one.name: one.lines for one in here.letter(MailKind.DIGEST).facts.sections}
    assert [line.address for line in told["ending"]] == ["today@partner.example"]
    assert {line.address.partition("@")[0]: line.note for line in told["over"]} == {
        "over": "later",  # since the last night
        "long": "report",  # that night only reported
        "back": "back",
        "exempt": "exempt",
    }


async def test_a_digest_tells_each_sponsor_once_a_week(here: Evening) -> None:
    here.night.guest("soon", 10)
    here.night.guest("later", 20)
    pending(here.night, "open", 3)
    here.night.blocked_by_us("away", 4)
    for _ in range(3):
        assert await here.digests.post() == 1

    letter = here.letter(MailKind.DIGEST)
    assert letter.to == BOSS
    assert letter.facts.total == 9
    told = {one.name: [line.address for line in one.lines] for one in letter.facts.sections}
    assert told == {
        "ending": ["soon@partner.example", "later@partner.example"],
        "blocked": ["away@partner.example"],
        "unredeemed": ["open@partner.example"],
    }
    here.night.clock.advance(7 * DAY)
    await here.digests.post()
    assert len(here.told(MailKind.DIGEST)) == 2


@pytest.mark.parametrize("sponsor", ["stranger@elsewhere.example", "left@home.example", ""])
async def test_a_digest_goes_to_nobody_who_is_not_one_of_ours(here: Evening, sponsor: str) -> None:
    here.night.guest("soon", 10)
    key = Address("soon@partner.example")
    here.night.ledger.guests[key] = replace(here.night.ledger.guests[key], sponsor=sponsor)

    assert await here.digests.post() == 0
    assert here.told() == []


async def test_a_sponsor_with_nothing_to_heed_gets_no_digest(here: Evening) -> None:
    assert await here.digests.post() == 0
    assert here.told() == []


async def test_a_digest_of_half_a_list_is_told_nobody(here: Evening) -> None:
    for number in range(7):
        here.night.guest(f"soon{number}", 10)
    here.night.fails("^/users.*skiptoken", status=403)
    with pytest.raises(Exception, match="permission_missing"):
        await here.digests.post()

    assert here.told() == []


async def test_a_long_digest_counts_whom_it_does_not_show(here: Evening) -> None:
    for number in range(45):
        identity = f"00000000-0000-4000-9000-{number:012d}"
        user = {"id": identity, "mail": f"g{number}@partner.example"}
        plant(here.night.graph.world, {"users": [user]})
        here.night.promise(f"g{number}", GuestId(identity), 5, here.night.ago(9))
    await here.digests.post()

    (section,) = here.letter(MailKind.DIGEST).facts.sections
    assert (section.total, len(section.lines)) == (45, 40)
