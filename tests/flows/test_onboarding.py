"""One request becomes one guest, whatever the directory knows of the address."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest

from b2b.domain.batch import LedgerRow
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestRecord, Redemption, Standing
from b2b.domain.outcome import AlreadyGuest, Assigned, Failed, Invited, NotDone
from b2b.domain.policy import UserType
from b2b.domain.reason import Reason
from b2b.domain.request import BatchId, Delivery, content_of
from b2b.domain.stay import StayEffect
from tests.fakes.house import ASSIGN_AFTER, REPLICATION, a_request
from tests.fakes.queues import ASSIGNMENTS, RESULTS
from tests.flows.examples import AURORA, FINANCE, LAG, a_house, a_policy

LENA = "lena@fabrikam.com"
THROTTLED = TryLater(Reason("throttled", "Asks for a pause."), timedelta(seconds=10))
UNCLEAR = TryLater(Reason("directory_slow", "No answer."), timedelta(seconds=10), unclear=True)


async def test_an_unknown_address_is_invited_and_mailed_once() -> None:
    house = a_house()
    await house.ask(a_request())
    await house.deliver()

    guest = house.directory.account(LENA).id
    assert house.row().outcome == Invited(guest)
    assert house.directory.mails == [LENA]


async def test_an_invited_guest_gets_the_groups_asked_for() -> None:
    house = a_house()
    await house.ask(a_request(groups=["Aurora", "Finance"]))
    await house.deliver()

    guest = house.directory.account(LENA).id
    assert house.row().outcome == Assigned(guest, 2)
    assert house.directory.groups[AURORA].members == {guest}
    assert house.directory.groups[FINANCE].members == {guest}


@pytest.mark.parametrize("redemption", list(Redemption))
async def test_somebody_who_is_a_guest_already_gets_access_and_no_mail(
    redemption: Redemption,
) -> None:
    house = a_house()
    guest = house.directory.holds(LENA, redemption=redemption)
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver()

    assert house.row().outcome == AlreadyGuest(guest, 1)
    assert house.directory.groups[AURORA].members == {guest}
    assert house.directory.mails == []
    assert house.directory.guests() == [LENA]


@pytest.mark.parametrize(
    ("traits", "code"),
    [
        ({"enabled": False}, "guest_disabled"),
        ({"deleted": True}, "guest_in_recycle_bin"),
        ({"member": True}, "member_of_tenant"),
    ],
)
async def test_accounts_that_are_no_guests_in_use_are_left_alone(
    traits: dict[str, bool], code: str
) -> None:
    house = a_house()
    house.directory.holds(LENA, **traits)
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == code
    assert house.directory.mails == []
    assert house.directory.groups[AURORA].members == set()


async def test_an_address_that_two_accounts_hold_is_refused() -> None:
    house = a_house()
    house.directory.holds(LENA)
    house.directory.holds(LENA)
    await house.ask(a_request())
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "several_accounts"


async def test_an_account_that_only_the_invitation_finds_is_taken_as_known() -> None:
    house = a_house()
    member = house.directory.holds(LENA, member=True, seen_from=house.clock() + timedelta(hours=1))
    await house.ask(a_request())
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == "member_of_tenant"
    assert house.ledger.guests[LENA].standing is Standing.ASKED
    assert [account.id for account in house.directory.accounts] == [member]


async def test_a_policy_may_ask_for_members_and_they_get_their_groups() -> None:
    house = a_house(policy=a_policy(user_type=UserType.MEMBER))
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver()

    account = house.directory.account(LENA)
    assert account.member
    assert house.row().outcome == Assigned(account.id, 1)


@pytest.mark.parametrize("lag", [timedelta(0), LAG])
@pytest.mark.parametrize("groups", [(), ("Aurora",)])
async def test_everything_delivered_twice_is_done_once(
    lag: timedelta, groups: tuple[str, ...]
) -> None:
    house = a_house(lag=lag)
    await house.ask(a_request(groups=groups))
    await house.deliver(times=2)

    guest = house.directory.account(LENA).id
    assert house.row().outcome == (Assigned(guest, 1) if groups else Invited(guest))
    assert house.directory.mails == [LENA]


@pytest.mark.parametrize("delivery", [Delivery.GRAPH, Delivery.LINK])
@pytest.mark.parametrize("lag", [timedelta(0), LAG])
@pytest.mark.parametrize("groups", [(), ("Aurora", "Finance")])
async def test_a_process_may_die_at_any_step(
    delivery: Delivery, lag: timedelta, groups: tuple[str, ...]
) -> None:
    for step in count(1):
        house = a_house(lag=lag, dies_at=step)
        await house.ask(a_request(groups=groups, delivery=delivery))
        await house.deliver()
        if house.footing.held:
            break
        guest = house.directory.account(LENA).id
        held = [group.members for group in house.directory.groups.values() if group.members]

        outcome = Assigned(guest, len(groups)) if groups else Invited(guest)
        assert house.row().outcome == outcome, f"died at step {step}"
        assert house.directory.mails == ([LENA] if delivery is Delivery.GRAPH else [])
        assert held == [{guest}] * len(groups)

    assert step > 12  # before and after each of a handful: fewer, and nobody died


async def test_a_link_survives_the_death_of_the_process_at_any_step() -> None:
    without: list[int] = []
    for step in range(1, 60):
        house = a_house(lag=LAG, dies_at=step)
        await house.ask(a_request(delivery=Delivery.LINK))
        await house.deliver()
        if not house.row().link:
            without.append(step)

    assert without == []


@pytest.mark.parametrize("lag", [timedelta(0), LAG])
async def test_two_requests_for_one_address_invite_once(lag: timedelta) -> None:
    house = a_house(lag=lag)
    other = BatchId("another-batch")
    await house.ask(a_request(groups=["Aurora"]), a_request(groups=["Finance"], batch=other))
    await house.deliver()

    guest = house.directory.account(LENA).id
    assert house.row().outcome == Assigned(guest, 1)
    assert house.row(batch=other).outcome == AlreadyGuest(guest, 1)
    assert house.directory.groups[FINANCE].members == {guest}
    assert house.directory.mails == [LENA]


async def test_of_two_requests_at_the_very_same_moment_one_steps_back() -> None:
    house = a_house()
    first, second = a_request(), a_request(batch=BatchId("another-batch"))
    await house.ask(first, second)
    both = [house.onboarding.onboard(request) for request in (first, second)]
    one, other = await asyncio.gather(*both, return_exceptions=True)

    assert one is None
    assert isinstance(other, TryLater)
    assert other.reason.code == "changed_meanwhile"
    assert house.directory.mails == [LENA]


async def test_a_request_steps_back_while_another_is_inviting_the_same_address() -> None:
    house = a_house()
    first, second = a_request(), a_request(batch=BatchId("another-batch"))
    await house.ask(first, second)
    record = await house.ledger.keep_guest(  # as the first does between its look and its post
        GuestRecord(
            address=first.wish.email,
            standing=Standing.INVITING,
            request=first.id,
            since=house.clock(),
        )
    )
    with pytest.raises(TryLater) as wait:
        await house.onboarding.onboard(second)

    assert wait.value.reason.code == "invitation_unclear"
    assert wait.value.after == REPLICATION
    assert house.directory.guests() == []
    assert house.ledger.guests[LENA] == record


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("lag", [timedelta(0), LAG])
async def test_an_invitation_without_an_answer_is_never_sent_twice(
    done: bool, lag: timedelta
) -> None:
    house = a_house(lag=lag)
    house.directory.says_next("invite", UNCLEAR, done=done)
    await house.ask(a_request(groups=["Aurora"]))
    await house.deliver()

    guest = house.directory.account(LENA).id
    assert house.row().outcome == Assigned(guest, 1)
    assert house.directory.mails == [LENA]


async def test_a_throttled_invitation_is_asked_again_without_waiting_for_replication() -> None:
    house = a_house()
    start = house.clock()
    house.directory.says_next("invite", THROTTLED)
    await house.ask(a_request())
    await house.deliver()

    assert house.row().outcome == Invited(house.directory.account(LENA).id)
    assert house.clock() - start < REPLICATION


async def test_a_refused_invitation_leaves_nothing_to_wait_for() -> None:
    house = a_house()
    house.directory.says_next("invite", Refused(Reason("invitations_not_allowed", "No.")))
    later = BatchId("later")
    await house.ask(a_request(), a_request(batch=later))
    start = house.clock()
    await house.deliver()

    assert house.row().outcome == NotDone(Reason("invitations_not_allowed", "No."))
    assert house.row(batch=later).outcome == Invited(house.directory.account(LENA).id)
    assert house.clock() - start < REPLICATION


async def test_a_guest_who_stays_unseen_is_not_invited_again_within_the_replication_time() -> None:
    house = a_house(lag=REPLICATION - timedelta(seconds=1))
    batches = [BatchId(f"batch-{number}") for number in range(5)]
    for batch in batches:
        await house.ask(a_request(groups=["Aurora"], batch=batch))
    await house.deliver()

    assert house.directory.mails == [LENA]
    assert len(house.directory.guests()) == 1
    assert {type(house.row(batch=batch).outcome) for batch in batches} == {Assigned, AlreadyGuest}


async def test_a_directory_that_never_answers_ends_as_failed_after_a_day() -> None:
    house = a_house()
    house.directory.says_next("find", *[THROTTLED] * 500)
    start = house.clock()
    await house.ask(a_request())
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "given_up"
    assert house.clock() - start >= timedelta(days=1)


async def test_a_link_is_kept_with_its_row_and_no_mail_is_sent() -> None:
    house = a_house()
    await house.ask(a_request(delivery=Delivery.LINK))
    await house.deliver()

    row = house.row()
    assert row.link == f"https://redeem.example/{house.directory.account(LENA).id}"
    assert row.outcome == Invited(house.directory.account(LENA).id)
    assert house.directory.mails == []


async def test_a_pending_guest_gets_a_link_again_and_an_accepted_one_does_not() -> None:
    house = a_house()
    house.directory.holds("pia@fabrikam.com", redemption=Redemption.PENDING)
    house.directory.holds(LENA, redemption=Redemption.ACCEPTED)
    await house.ask(
        a_request("pia@fabrikam.com", delivery=Delivery.LINK, line=2),
        a_request(LENA, delivery=Delivery.LINK, line=3),
    )
    await house.deliver()

    assert house.row(2).link.startswith("https://redeem.example/")
    assert house.row(3).link == ""
    assert house.directory.mails == []


async def test_a_request_that_asks_for_no_link_keeps_none() -> None:
    house = a_house()
    await house.ask(a_request(delivery=Delivery.GRAPH))
    await house.deliver()

    assert house.row().link == ""


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (date(2027, 1, 31), date(2027, 3, 31), date(2027, 3, 31)),
        (date(2027, 3, 31), date(2027, 1, 31), date(2027, 3, 31)),
    ],
)
async def test_a_stay_is_extended_and_never_shortened(
    first: date, second: date, kept: date
) -> None:
    house = a_house()
    await house.ask(a_request(expires_on=first))
    await house.deliver()
    await house.ask(a_request(expires_on=second, batch=BatchId("later")))
    await house.deliver()

    assert house.ledger.guests[LENA].expires_on == kept


async def test_a_stay_is_extended_while_the_guest_is_still_unseen() -> None:
    house = a_house(lag=LAG)
    await house.ask(a_request(expires_on=date(2027, 1, 31)))
    await house.ask(a_request(expires_on=date(2027, 3, 31), batch=BatchId("later")))
    await house.deliver()

    assert house.ledger.guests[LENA].expires_on == date(2027, 3, 31)


async def test_a_stay_is_not_shortened_by_a_look_up_that_misses_the_guest() -> None:
    house = a_house()
    await house.ask(a_request(expires_on=date(2027, 3, 31)))
    await house.deliver()
    house.directory.account(LENA).seen_from = house.clock() + timedelta(days=2)
    house.clock.advance(timedelta(days=1))
    await house.ask(a_request(expires_on=date(2027, 1, 31), batch=BatchId("later")))
    await house.deliver()

    record = house.ledger.guests[LENA]
    assert record.guest == house.directory.account(LENA).id
    assert record.expires_on == date(2027, 3, 31)


async def test_a_refused_invitation_does_not_make_the_ledger_forget_its_guest() -> None:
    house = a_house()
    await house.ask(a_request(expires_on=date(2027, 3, 31)))
    await house.deliver()
    guest = house.directory.account(LENA).id
    house.directory.accounts.clear()
    house.clock.advance(timedelta(days=1))
    house.directory.says_next("invite", Refused(Reason("invitations_not_allowed", "No.")))
    await house.ask(a_request(batch=BatchId("later")))
    await house.deliver()

    record = house.ledger.guests[LENA]
    assert (record.guest, record.expires_on) == (guest, date(2027, 3, 31))


async def test_a_new_account_of_an_address_owes_nothing_to_the_old_one() -> None:
    house = a_house()
    await house.ask(a_request(expires_on=date(2027, 3, 31)))
    await house.deliver()
    house.directory.accounts.clear()
    house.clock.advance(timedelta(days=1))
    await house.ask(a_request(expires_on=date(2027, 1, 31), batch=BatchId("later")))
    await house.deliver()

    record = house.ledger.guests[LENA]
    assert record.guest == house.directory.account(LENA).id
    assert (record.expires_on, record.redeemed_on) == (date(2027, 1, 31), None)


async def test_the_ledger_remembers_what_was_promised_and_why() -> None:
    house = a_house()
    request = a_request(sponsor="boss@contoso.com", expires_on=date(2027, 1, 31))
    await house.ask(request)
    await house.deliver()

    record = house.ledger.guests[LENA]
    assert record.standing is Standing.INVITED
    assert record.request == request.id
    assert record.guest == house.directory.account(LENA).id
    assert (record.partner, record.sponsor) == ("Fabrikam", "boss@contoso.com")
    assert (record.expires_on, record.policy_version) == (date(2027, 1, 31), "v1")


async def test_no_stay_begins_for_a_guest_from_before() -> None:
    house = a_house()
    house.directory.holds(LENA)
    await house.ask(a_request())
    await house.deliver()

    assert LENA not in house.ledger.guests
    stay = house.row().stay
    assert stay is not None
    assert stay.effect is StayEffect.NOT_MANAGED


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"email": "max@nowhere.example"}, "unknown_partner"),
        ({"groups": ["Board"]}, "group_not_allowed"),
        ({"delivery": Delivery.MAIL}, "no_mailbox"),
        ({"expires_on": date(2026, 11, 22)}, "expiry_in_the_past"),
    ],
)
async def test_what_the_policy_does_not_admit_is_refused_before_the_directory_hears_of_it(
    asked: dict[str, object], code: str
) -> None:
    house = a_house()
    await house.ask(a_request(**asked))  # type: ignore[arg-type]  # any of its parameters
    await house.deliver()

    outcome = house.row().outcome
    assert isinstance(outcome, NotDone)
    assert outcome.reason.code == code
    assert house.directory.guests() == []


async def test_a_faulty_policy_refuses_and_invites_nobody() -> None:
    house = a_house(policy=Reason("policy_faulty", "line 3: no such thing"))
    await house.ask(a_request())
    await house.deliver()

    assert house.row().outcome == NotDone(Reason("policy_faulty", "line 3: no such thing"))
    assert house.directory.guests() == []


async def test_a_policy_out_of_reach_is_waited_for() -> None:
    house = a_house(policy=TryLater(Reason("storage_unreachable", "..."), timedelta(seconds=5)))
    await house.ask(a_request())
    with pytest.raises(TryLater):
        await house.onboarding.onboard(a_request())

    assert house.row().outcome is None


async def test_a_message_that_names_the_row_of_another_request_is_set_aside() -> None:
    house = a_house()
    await house.ask(a_request())
    stranger = a_request("max@fabrikam.com")  # the same line of the same batch
    with pytest.raises(Refused) as refusal:
        await house.onboarding.onboard(stranger)

    assert refusal.value.reason.code == "row_of_another_request"
    assert house.row().outcome is None
    assert house.directory.guests() == []


async def test_a_closed_row_is_left_as_it_is_and_its_results_are_asked_for() -> None:
    house = a_house()
    request = a_request()
    await house.ask(request)
    await house.ledger.close(request.row, Failed(Reason("crashed", "...")))
    await house.onboarding.onboard(request)

    assert house.row().outcome == Failed(Reason("crashed", "..."))
    assert house.directory.guests() == []
    assert len(house.queues.held(RESULTS)) == 1


async def test_a_request_without_a_row_is_none_of_ours() -> None:
    house = a_house()
    with pytest.raises(Refused) as refusal:
        await house.onboarding.onboard(a_request(line=0))

    assert refusal.value.reason.code == "no_such_row"
    assert house.ledger.kept == {}


async def test_a_message_for_a_row_of_a_file_has_to_ask_for_what_the_file_asked_for() -> None:
    house = a_house()
    asked = a_request(groups=["Aurora"])
    await house.ask(asked)
    lying = replace(asked, wish=replace(asked.wish, groups=("Finance",)))
    with pytest.raises(Refused) as refusal:
        await house.onboarding.onboard(lying)

    assert refusal.value.reason.code == "row_of_another_request"
    assert house.directory.guests() == []
    assert house.row().outcome is None


@pytest.mark.parametrize(("known", "wait"), [(False, ASSIGN_AFTER), (True, timedelta(0))])
async def test_access_waits_a_little_for_a_fresh_guest_and_not_for_others(
    known: bool, wait: timedelta
) -> None:
    house = a_house()
    if known:
        house.directory.holds(LENA)
    request = a_request(groups=["Aurora"])
    await house.ask(request)
    await house.onboarding.onboard(request)
    (assignment,) = house.queues.held(ASSIGNMENTS)

    assert assignment.at - house.clock() == wait


async def test_a_second_request_gets_its_link_while_the_guest_is_still_unseen() -> None:
    house = a_house(lag=LAG)
    later = BatchId("later")
    await house.ask(
        a_request(delivery=Delivery.LINK), a_request(delivery=Delivery.LINK, batch=later)
    )
    await house.deliver()

    assert house.row(batch=later).link == house.row().link != ""


@pytest.mark.parametrize("delivery", [None, Delivery.LINK])
async def test_a_display_name_reaches_the_directory_without_controls(
    delivery: Delivery | None,
) -> None:
    """Line ends, controls, marks of direction and words that a mail program would decode."""
    house = a_house()
    request = a_request(delivery=delivery)
    hostile = "Lena\r\nBcc: x\u202e\x1b[2J\x00 Varga"
    request = replace(request, wish=replace(request.wish, display_name=hostile))
    row = LedgerRow(
        ref=request.row,
        email=request.wish.email,
        sender="uploads",
        request=request.id,
        content=content_of(request.wish),
    )
    await house.ledger.open_rows([row])
    await house.onboarding.onboard(request)

    name = house.directory.names[request.wish.email]
    assert name.isprintable()
    assert "Lena" in name
    assert "Varga" in name
