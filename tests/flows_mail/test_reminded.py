"""`reminded` is said of people whom somebody reminded; of the others it is said why not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from b2b.domain.happening import What, of_action
from b2b.domain.mail import MailKind, Stage
from b2b.domain.reason import Reason
from b2b.domain.request import Address, Delivery
from b2b.flows import mail_reasons
from tests.flows_mail.evening import Evening, evening, pending
from tests.flows_sweep.night import BOSS

DAY = timedelta(days=1)
REFUSED = Reason("domain_not_admitted", "The tenant admits no guests of partner.example.")


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Evening]:
    async with evening() as made:
        yield made


def said(here: Evening) -> list[tuple[What, str]]:
    """What other services hear of the reminders, in order."""
    actions = sorted(here.night.journal.kept_actions.values(), key=lambda one: one.run)
    heard = [of_action(one, None, here.night.clock()) for one in actions]
    return [(one.what, one.reason.sentence if one.reason else "") for one in heard if one]


def drop_all(here: Evening, reason: Reason) -> None:
    for letter in here.outbox.kept.values():
        if not letter.over:
            dropped = replace(letter, stage=Stage.DROPPED, reason=reason)
            here.outbox.kept[letter.id] = dropped


async def test_a_guest_who_got_a_link_is_reminded_through_the_sponsor(here: Evening) -> None:
    here.deliver_by(Delivery.LINK)
    for name in ("one", "two"):
        pending(here.night, name, 20)
    for _ in range(3):
        await here.night.whole()
        here.night.clock.advance(DAY)

    assert here.told() == [("guests_open", BOSS)]
    letter = here.letter(MailKind.GUESTS_OPEN)
    assert [line.address for line in letter.facts.lines] == [
        "one@partner.example",
        "two@partner.example",
    ]
    assert said(here) == [(What.REMINDED, ""), (What.REMINDED, "")]


@pytest.mark.parametrize("sponsor", ["stranger@elsewhere.example", ""])
async def test_whom_nobody_can_remind_is_not_called_reminded_nor_blocked(
    here: Evening, sponsor: str
) -> None:
    here.deliver_by(Delivery.LINK)
    pending(here.night, "open", 58)
    policy = here.night.policy.now
    partners = tuple(replace(one, sponsor="") for one in policy.partners)  # type: ignore[union-attr]
    here.night.policy.now = replace(policy, partners=partners)  # type: ignore[type-var]
    key = Address("open@partner.example")
    here.night.ledger.guests[key] = replace(here.night.ledger.guests[key], sponsor=sponsor)
    for _ in range(5):
        await here.night.whole()
        here.night.clock.advance(DAY)

    words = f"Nobody was reminded. {mail_reasons.NO_SPONSOR.sentence}"
    assert said(here) == [(What.NOT_REMINDED, words)]  # once, though tried every night
    assert here.night.endings()["open"] == "remind skipped still_not_reminded"
    assert "open" in here.night.enabled()


async def test_without_a_mailbox_nobody_is_called_reminded() -> None:
    async with evening(mailbox="") as here:
        here.deliver_by(Delivery.MAIL)
        here.night.guest("soon", 10)
        pending(here.night, "open", 20)
        await here.night.whole()

        assert here.told() == []
        assert here.night.endings() == {
            "soon": "remind skipped not_reminded",
            "open": "remind skipped not_reminded",
        }


async def test_what_could_not_be_sent_is_no_reminder_until_the_cause_is_mended(
    here: Evening,
) -> None:
    """As with a domain that the tenant does not admit: the invitation cannot be repeated."""
    here.deliver_by(Delivery.GRAPH)
    here.mail_goes_out = False
    pending(here.night, "open", 58)
    for _ in range(3):
        await here.night.sweep()
        body = here.night.dispatch.bodies[-1]
        await here.night.deliver()
        drop_all(here, REFUSED)
        here.night.dispatch.bodies.append(body)
        await here.night.deliver()
        here.night.clock.advance(DAY)

    assert here.night.endings()["open"] == "remind skipped still_not_reminded"
    assert said(here) == [(What.NOT_REMINDED, f"Nobody was reminded. {REFUSED.sentence}")]
    assert "open" in here.night.enabled()

    here.mail_goes_out = True
    await here.night.whole()
    assert here.night.endings()["open"] == "remind done"
    here.night.clock.advance(DAY)
    await here.night.whole()
    assert here.night.endings()["open"] == "block done"


async def test_a_reminder_that_waits_is_not_said_to_be_given(here: Evening) -> None:
    here.mail_goes_out = False
    here.night.guest("soon", 10)
    await here.night.whole()

    assert here.night.endings()["soon"] == "remind pending"
    assert said(here) == []
