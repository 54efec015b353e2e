"""What other services ask for, however often it comes and whenever the process dies."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest

from b2b import events, outside
from b2b.domain.claim import Claim
from b2b.domain.command import Ensure
from b2b.domain.happening import RowDue
from b2b.domain.outcome import Failed, Invited, NotDone
from b2b.domain.policy import Partner, PartnerDomain, Policy
from b2b.domain.reason import Reason
from b2b.flows.day_book import book_of
from tests.fakes.house import TENANT
from tests.fakes.queues import RESULTS
from tests.flows_events.office import PORTAL, SERVED, Office, Wish, wish

LENA = "lena@fabrikam.com"


def rows(office: Office) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(office.day_file())))


async def test_a_guest_asked_for_by_message_is_invited_and_the_sender_hears_of_it() -> None:
    office = Office()
    office.post(wish(groups=["Aurora"]))
    await office.everything()

    guest = office.directory.account(LENA).id
    invited, assigned = office.herald.heard
    assert office.herald.story("c-1") == ["invited", "assigned"]
    assert (invited.number, assigned.number) == (1, 2)
    assert {invited.happening.subject, assigned.happening.subject} == {guest}
    assert (invited.happening.status, assigned.happening.status) == ("pending", "assigned")
    assert assigned.happening.sender == PORTAL
    assert office.directory.mails == [LENA]
    assert office.due.entries == {}


async def test_without_groups_the_invitation_is_the_answer() -> None:
    office = Office()
    office.post(wish())
    await office.everything()

    (invited,) = office.herald.heard
    assert (invited.happening.what, invited.happening.status) == ("invited", "invited")


async def test_the_same_message_again_is_one_guest_one_mail_and_one_answer() -> None:
    office = Office()
    office.post(wish(groups=["Aurora"]), wish(groups=["Aurora"]))
    await office.everything(times=2)
    office.post(wish(groups=["Aurora"]))
    await office.everything()

    assert office.directory.mails == [LENA]
    assert office.directory.guests() == [LENA]
    assert office.herald.story("c-1") == ["invited", "assigned"]
    assert office.herald.contradictions() == []


async def test_two_wishes_for_one_guest_are_numbered_one_after_the_other() -> None:
    office = Office()
    office.post(wish("c-1", groups=["Aurora"]), wish("c-2", groups=["Finance"]))
    await office.everything()

    assert office.directory.mails == [LENA]
    assert office.herald.story("c-2") == ["assigned"]
    assert sorted(one.number for one in office.herald.heard) == [1, 2, 3]


async def test_ensuring_a_guest_takes_nothing_away() -> None:
    office = Office()
    office.post(wish("c-1", groups=["Aurora"]), wish("c-2", groups=[], expiresOn="2026-12-01"))
    await office.everything()
    record = office.ledger.guests[LENA]

    (member,) = [group for group in office.directory.groups.values() if group.members]
    assert len(member.members) == 1
    assert record.expires_on is not None
    assert record.expires_on.isoformat() > "2026-12-01"


@pytest.mark.parametrize("groups", [[], ["Aurora"]])
async def test_no_answer_is_lost_or_made_up_wherever_the_process_dies(groups: list[str]) -> None:
    story = ["invited", "assigned"] if groups else ["invited"]
    for step in count(1):
        office = Office(dies_at=step)
        office.post(wish(groups=groups))
        await office.everything_through_death()
        if office.footing.held:
            break

        assert office.herald.story("c-1") == story, f"died at step {step}"
        assert office.herald.contradictions() == []
        assert office.directory.mails == [LENA]
        numbers = {one.number for one in office.herald.heard}
        assert numbers == set(range(1, len(story) + 1)), f"died at step {step}"
        assert office.due.entries == {}

    assert step > 25


async def test_no_refusal_is_lost_wherever_the_process_dies() -> None:
    for step in count(1):
        office = Office(dies_at=step)
        office.post(wish("c-9", groups=["Board"]), b"no json")
        await office.everything_through_death()
        if office.footing.held:
            break

        told = {one.happening.id: one.happening.reason for one in office.herald.heard}
        codes = sorted(reason.code for reason in told.values() if reason)
        assert codes == ["group_not_allowed", "malformed_message"], f"died at step {step}"
        assert sorted(row["reason"] for row in rows(office)) == codes, f"died at step {step}"

    assert step > 20


async def test_a_row_that_another_process_is_about_to_close_is_told_once_it_is_closed() -> None:
    office = Office()
    office.post(wish())
    asked = outside.read_invitation(json.dumps(wish()).encode(), TENANT)
    assert isinstance(asked, Ensure)
    await office.ledger.open_rows([asked.asked.opened()])
    await office.telling.soon(RowDue(asked.asked.row))
    await office.telling.flush()  # here, while the other one is between its note and the ledger
    assert office.herald.heard == []

    await office.ledger.close(asked.asked.row, NotDone(Reason("code", "Sentence.")))
    await office.telling.flush()
    assert office.herald.story("c-1") == ["refused"]


async def test_what_cannot_be_sent_now_is_sent_later_and_holds_nobody_up() -> None:
    office = Office()
    office.herald.down = True
    office.post(wish(groups=["Aurora"]))
    await office.everything()

    assert office.directory.mails == [LENA]
    assert office.herald.heard == []
    office.herald.down = False
    await office.telling.flush()
    assert office.herald.story("c-1") == ["invited", "assigned"]


async def test_events_that_nobody_takes_for_hours_are_told_to_the_operator(
    caplog: pytest.LogCaptureFixture,
) -> None:
    office = Office()
    office.herald.down = True
    office.post(wish())
    await office.everything()
    await office.telling.catch_up()
    assert events.EVENTS_OVERDUE not in caplog.messages

    office.clock.advance(timedelta(hours=3))
    await office.telling.catch_up()
    assert events.EVENTS_OVERDUE in caplog.messages
    office.herald.down = False
    caplog.clear()
    await office.telling.catch_up()
    assert events.EVENTS_OVERDUE not in caplog.messages


async def test_a_message_given_up_is_answered_with_failed() -> None:
    office = Office()
    office.post(wish())
    await office.deliver()
    (row,) = office.ledger.kept.values()
    office.ledger.kept[row.ref] = type(row)(
        ref=row.ref, email=row.email, sender=PORTAL, request=row.request, correlation="c-1",
        generation=1,
    )  # fmt: skip
    assert row.request is not None
    claim = Claim(row=row.ref, request=row.request, content="", sender=PORTAL)
    await office.dead_letters.give_up(claim, Reason("throttled", "Too much."))

    assert isinstance(office.ledger.kept[row.ref].outcome, Failed)
    assert office.herald.heard[-1].happening.what == "failed"
    await office.everything()
    assert [one["reason"] for one in rows(office)] == ["given_up"]


def without(*fields: str) -> Wish:
    return {name: value for name, value in wish().items() if name not in fields}


CORRUPT: dict[str, tuple[bytes | Wish, str]] = {
    "no JSON": (b"{", "malformed_message"),
    "empty": (b"", "malformed_message"),
    "a list": (b"[]", "malformed_message"),
    "not UTF-8": (b'{"schema":"\xff"}', "malformed_message"),
    "half a surrogate": (b'{"schema":"\\ud800"}', "malformed_message"),
    "nested deep": (b'{"a":' + b"[" * 30_000 + b"]" * 30_000 + b"}", "malformed_message"),
    "a wrong version": (wish(schema="guest-invitation/2"), "malformed_message"),
    "no version": (without("schema"), "malformed_message"),
    "an unknown field": (wish(salary=5), "malformed_message"),
    "a wrong type": (wish(groups="Aurora"), "malformed_message"),
    "too many groups": (wish(groups=["x"] * 101), "malformed_message"),
    "no correlation": (without("correlationId"), "malformed_message"),
    "a correlation that breaks lines": (wish("a\r\nb"), "malformed_message"),
    "no sender": (without("sender"), "malformed_message"),
    "the name of files": (wish(sender="uploads"), "sender_reserved"),
    "too large": (wish(message="x" * 70_000), "message_too_large"),
    "no address": (wish(email="nobody"), "invalid_email"),
    "a row of a file": (
        without("sender", "correlationId") | {"source": {"batch": "b", "line": 2}},
        "no_such_row",
    ),
    "somebody and a row": (wish(source={"batch": "b", "line": 2}), "malformed_message"),
}


@pytest.mark.parametrize("name", CORRUPT)
async def test_a_wrong_message_is_answered_once_and_done(name: str) -> None:
    body, code = CORRUPT[name]
    office = Office()
    office.post(body)
    await office.everything(times=2)

    (told,) = {one.happening.id: one.happening for one in office.herald.heard}.values()
    assert told.what == "refused"
    assert told.reason is not None
    assert told.reason.code == code
    (row,) = rows(office)
    assert row["reason"] == code
    assert office.directory.guests() == []
    assert office.files.blobs.keys() == {("results", f"messages/{office.today}.csv")}


async def test_unknown_fields_are_named_and_hostile_ones_cut_short() -> None:
    office = Office()
    office.post(wish() | {f"f{n}-{'x' * 500}": 1 for n in range(60)})
    await office.everything()

    (row,) = rows(office)
    assert "f0-x" in row["sentence"]
    assert "40 more" in row["sentence"]
    assert len(row["sentence"]) < 6000
    assert row["correlationId"] == "c-1"


async def test_a_storm_writes_the_day_once_for_each_slot() -> None:
    office = Office()
    office.post(*(f"wrong {number}".encode() for number in range(200)))
    await office.deliver()

    assert len(rows(office)) == 200
    assert office.due.entries == {}
    assert office.queues.held(RESULTS) == []
    etag = office.files.blobs["results", f"messages/{office.today}.csv"][1]
    assert int(etag, 16) <= 2  # written so often in all


async def test_cells_of_the_day_start_no_formula() -> None:
    office = Office()
    office.post(wish("=1+1", "=cmd@elsewhere.example"))
    await office.everything()

    (row,) = rows(office)
    assert (row["correlationId"], row["email"]) == ("'=1+1", "'=cmd@elsewhere.example")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"sender": "hr"}, "sender_not_allowed"),
        ({"email": "eva@elsewhere.example"}, "unknown_partner"),
        ({"groups": ["Board"]}, "group_not_allowed"),
    ],
)
async def test_the_policy_says_who_may_ask_for_what(more: Wish, code: str) -> None:
    office = Office()
    office.post(wish() | more)
    await office.everything()

    (told,) = office.herald.heard
    assert told.happening.what == "refused"
    assert told.happening.reason is not None
    assert told.happening.reason.code == code
    assert told.happening.guest is None
    assert office.directory.guests() == []


async def test_a_sender_may_serve_one_partner_and_not_another() -> None:
    theirs = Partner(name="Theirs", domains=(PartnerDomain("theirs.example"),))
    both = Policy(version="v1", own_domains=(), partners=(*SERVED.partners, theirs))
    office = Office(policy=both)
    office.post(wish("c-1"), wish("c-2", "max@theirs.example"))
    await office.everything()

    assert office.directory.guests() == [LENA]
    assert office.herald.story("c-2") == ["refused"]


async def test_a_correlation_id_stands_for_one_wish() -> None:
    office = Office()
    office.post(wish("c-1"), wish("c-1", groups=["Aurora"]), wish("c-1", "max@fabrikam.com"))
    await office.everything()

    assert [one["reason"] for one in rows(office)] == ["correlation_id_reused"]
    assert sorted(office.directory.guests()) == [LENA, "max@fabrikam.com"]
    assert not any(group.members for group in office.directory.groups.values())


RENEWAL = "guest-renewal/1"
Days = Callable[[int], str]


async def test_a_renewal_moves_the_end_and_invites_nobody() -> None:
    office = Office()
    office.post(wish("c-1", expiresOn=office.in_days(10)))
    await office.everything()
    again = wish("c-2", schema=RENEWAL, expiresOn=office.in_days(40))
    office.post(again, again)
    await office.everything(times=2)

    assert str(office.ledger.guests[LENA].expires_on) == office.in_days(40)
    assert office.herald.story("c-2") == ["renewed"]
    assert office.directory.mails == [LENA]


@pytest.mark.parametrize(
    ("days", "email", "code"),
    [
        (-1, LENA, "expiry_in_the_past"),
        (366, LENA, "stay_too_long"),
        (40, "max@fabrikam.com", "not_managed"),
        (40, "max@elsewhere.example", "unknown_partner"),
    ],
)
async def test_a_renewal_may_be_refused(days: int, email: str, code: str) -> None:
    office = Office()
    office.post(wish("c-1", expiresOn=office.in_days(10)))
    await office.everything()
    office.post(wish("c-2", email, schema=RENEWAL, expiresOn=office.in_days(days)))
    await office.everything()

    told = office.herald.heard[-1].happening
    assert (told.what, told.correlation) == ("refused", "c-2")
    assert told.reason is not None
    assert told.reason.code == code
    assert str(office.ledger.guests[LENA].expires_on) == office.in_days(10)
    assert office.directory.guests() == [LENA]


async def test_an_earlier_end_counts_as_renewed_and_shortens_nothing() -> None:
    office = Office()
    office.post(wish("c-1", expiresOn=office.in_days(30)))
    await office.everything()
    office.post(wish("c-2", schema=RENEWAL, expiresOn=office.in_days(5)))
    await office.everything()

    assert str(office.ledger.guests[LENA].expires_on) == office.in_days(30)
    assert office.herald.story("c-2") == ["renewed"]


async def test_a_renewal_survives_the_death_of_the_process_at_any_step() -> None:
    for step in count(1):
        office = Office()
        office.post(wish("c-1", expiresOn=office.in_days(10)))
        await office.everything()
        office.footing.steps, office.footing.dies_at = 0, step
        office.post(wish("c-2", schema=RENEWAL, expiresOn=office.in_days(40)))
        await office.everything_through_death()
        if office.footing.held:
            break

        assert office.herald.story("c-2") == ["renewed"], f"died at step {step}"
        assert str(office.ledger.guests[LENA].expires_on) == office.in_days(40)

    assert step > 10


async def test_rows_of_files_are_told_too_but_leave_no_line_in_the_day() -> None:
    office = Office(policy=SERVED)
    await office.drop("guests.csv", "email,groups\nlena@fabrikam.com,Aurora\n")
    await office.everything()

    assert not any(ref.batch == book_of(office.today) for ref in office.ledger.kept)
    outcomes = [row.outcome for row in office.ledger.kept.values()]
    assert all(isinstance(one, NotDone | Invited) for one in outcomes)
