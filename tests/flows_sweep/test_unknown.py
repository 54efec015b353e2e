"""What cannot be read switches off the rules that need it; unknown counts against nobody."""

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from b2b import events
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Custody, Rule, State
from b2b.domain.policy import Lifecycle, Mode
from b2b.domain.request import Address
from sandbox.directory.seed import plant
from tests.flows_sweep.night import BOSS, DAY, ROLES, Night, night

SEEN_PAGE = r"^/users\?.*signInActivity/lastSignInDateTime le"
YEAR_ONE = "0001-01-01T00:00:00Z"
ROLE_GROUP = "00000000-0000-4000-8000-0000000000d7"

WITHOUT_DATES: dict[str, tuple[str, Callable[[Night], None]]] = {
    "forbidden": (
        "sign_ins_unreadable",
        lambda dark: dark.fails("signInActivity", status=403, count=None),
    ),
    "a page fails": (
        "sign_ins_unreadable",
        lambda dark: dark.fails(SEEN_PAGE, status=500, count=None),
    ),
    "an answer is no list": (
        "sign_ins_unreadable",
        lambda dark: dark.fails("signInActivity", status=200, body="{}", count=None),
    ),
    "told of nobody": (
        "no_sign_in_dates",
        lambda dark: dark.fails("signInActivity", status=200, body='{"value": []}', count=None),
    ),
    "left out": (
        "no_sign_in_dates",
        lambda dark: dark.fails(
            "signInActivity", status=200, body='{"value": [{"id": "x"}]}', count=None
        ),
    ),
}


def _reminded(dark: Night, name: str, days_ago: int) -> None:
    """As if the reminder about the open invitation had gone out: nobody is blocked before that."""
    guest = GuestId(dark.user(name).id)
    day = (dark.clock() - days_ago * DAY).date()
    limit = Lifecycle().unredeemed_remind_days
    marks = frozenset({f"unredeemed.{day}.{limit}"})
    dark.journal.kept_custody[guest] = Custody(guest=guest, reminded=marks, version="0")


def _change(dark: Night, name: str, **changes: object) -> None:
    dark.graph.world.store.change(dark.user(name), dict(changes))


@pytest.mark.parametrize("why", WITHOUT_DATES)
async def test_without_dates_of_sign_ins_only_the_inactivity_rule_is_off(
    dark: Night, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    code, provoke = WITHOUT_DATES[why]
    dark.guest("unredeemed", seen=None, externalUserState="PendingAcceptance", born=100)
    _reminded(dark, "unredeemed", 100)
    provoke(dark)

    with caplog.at_level(logging.WARNING):
        run = await dark.whole()

    assert dark.enabled() == {"calm", "fresh", "quiet", "known", "lazy"}
    assert dark.deleted() == {"away"}
    assert code in dark.findings(run)
    assert "this rule is off tonight: inactive" in dark.findings(run)
    (told,) = [one for one in caplog.records if one.message == events.SIGN_INS_UNREADABLE]
    assert told.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize("lacks", ["a licence", "a permission"])
async def test_a_tenant_that_tells_no_sign_ins_is_swept_all_the_same(lacks: str) -> None:
    roles = [one for one in ROLES if lacks == "a licence" or one != "AuditLog.Read.All"]
    licences = [] if lacks == "a licence" else ["P1", "P2"]
    async with night(roles, licences=licences) as dark:
        dark.guest("over", -5)
        dark.guest("lazy", seen=300)
        dark.reported()

        run = await dark.whole()

        assert dark.enabled() == {"lazy"}
        assert "sign_ins_unreadable" in dark.findings(run)


async def test_a_directory_that_only_asks_for_pauses_is_waited_for_and_then_passed_over(
    dark: Night,
) -> None:
    dark.fails(SEEN_PAGE, status=429, headers={"Retry-After": "600"}, count=None)
    first = await dark.sweep()
    dark.clock.advance(3 * DAY / 24)
    run = await dark.whole()

    assert first.state is State.READING
    assert "sign_ins_unreadable" in dark.findings(run)
    assert dark.enabled() == {"calm", "fresh", "quiet", "known", "lazy"}


async def test_switched_off_the_rule_asks_for_no_dates_at_all(dark: Night) -> None:
    dark.terms(inactive_block_days=0)
    dark.guest("unredeemed", seen=None, externalUserState="PendingAcceptance", born=100)
    _reminded(dark, "unredeemed", 100)
    dark.fails("signInActivity", status=418, count=None)

    run = await dark.whole()

    assert dark.graph.world.faults.rules[-1].shown()["met"] == 0
    assert dark.enabled() == {"calm", "fresh", "quiet", "known", "lazy"}
    assert "sign_ins_unreadable" not in dark.findings(run)
    assert "no_sign_in_dates" not in dark.findings(run)


async def test_whom_we_blocked_for_inactivity_is_not_removed_once_the_rule_is_off(
    dark: Night,
) -> None:
    dark.blocked_by_us("idle", 40, Rule.INACTIVE)
    _change(dark, "idle", signInActivity={"lastSignInDateTime": dark.ago(300)})
    dark.terms(inactive_block_days=0)

    await dark.whole()

    assert "idle" not in dark.deleted()


async def test_sponsors_that_cannot_be_read_are_not_gone(dark: Night) -> None:
    dark.fails("mail in", status=403, count=None)

    run = await dark.whole()

    assert "sponsors_unreadable" in dark.findings(run)
    assert dark.enabled() == {"calm", "fresh", "quiet", "known"}
    assert all(one.sponsorless_since is None for one in dark.journal.kept_custody.values())


@pytest.mark.parametrize("lacks", ["userType", "accountEnabled"])
async def test_a_sponsor_of_whom_something_is_unknown_is_not_gone(dark: Night, lacks: str) -> None:
    boss = dark.graph.world.store.with_mail(BOSS)[0]
    dark.graph.world.store.change(boss, {lacks: None})

    await dark.whole()

    assert all(one.sponsorless_since is None for one in dark.journal.kept_custody.values())


async def test_an_account_that_cannot_be_read_is_left_alone_and_named(dark: Night) -> None:
    _change(dark, "over", accountEnabled=None)

    run = await dark.whole()

    assert "over" not in dark.endings()
    assert "account_unreadable" in dark.findings(run)
    assert "over@partner.example" in dark.findings(run)
    assert dark.enabled() >= {"calm", "fresh"}
    assert "lazy" not in dark.enabled()


@pytest.mark.parametrize("placeholder", [YEAR_ONE, "", "1999-12-31T00:00:00Z"])
async def test_a_placeholder_is_no_date_of_a_sign_in(dark: Night, placeholder: str) -> None:
    names = ("lastSignInDateTime", "lastNonInteractiveSignInDateTime")
    activity = dict.fromkeys((*names, "lastSuccessfulSignInDateTime"), placeholder)
    _change(dark, "lazy", signInActivity=activity)

    await dark.whole()

    assert "lazy" in dark.enabled()


async def test_an_account_without_a_day_of_creation_is_judged_by_what_we_know(dark: Night) -> None:
    _change(dark, "lazy", createdDateTime=None)
    _change(dark, "over", createdDateTime=YEAR_ONE)

    await dark.whole()

    assert {"lazy", "over"}.isdisjoint(dark.enabled())


@pytest.mark.parametrize("mode", [Mode.REPORT, Mode.ENFORCE])
@pytest.mark.parametrize(
    ("days", "said"), [(90, "it is read right before each block"), (0, "no sign-in is read")]
)
async def test_a_plan_says_that_it_does_not_know_the_latest_sign_ins_of_the_unredeemed(
    dark: Night, mode: Mode, days: int, said: str
) -> None:
    dark.terms(mode=mode, inactive_block_days=days)
    await dark.whole()
    before = {run.id for run in await dark.journal.runs()}
    dark.guest("late", seen=None, born=200, externalUserState="PendingAcceptance")
    _reminded(dark, "late", 200)
    dark.clock.advance(DAY)
    run = await dark.whole()

    told = [one for one in dark.findings(run).splitlines() if one.startswith('"sign_ins_not_known')]
    assert run.id not in before
    assert len(told) == 1
    assert "1 guests are due to be blocked as unredeemed" in told[0]
    assert said in told[0]


@pytest.mark.parametrize("seen", [1, 130])
async def test_who_signed_in_since_the_invitation_is_not_unredeemed(dark: Night, seen: int) -> None:
    """Seen lately is known right before the write only, seen long ago to the plan as well."""
    dark.guest(
        "busy",
        seen=seen,
        born=200,
        externalUserState="PendingAcceptance",
        externalUserStateChangeDateTime=dark.ago(200),
    )
    _reminded(dark, "busy", 200)
    run = await dark.whole()
    await dark.sweep()

    assert "busy" in dark.enabled()
    told = "pending_but_seen" in dark.findings(run)
    assert told or "pending_but_seen" in dark.files.text(
        "reports", f"sweeps/{run.id}/findings-of-outcome.csv"
    )


# One definition of who is privileged


async def test_plan_and_second_look_agree_on_a_group_that_may_hold_roles_and_holds_none(
    dark: Night,
) -> None:
    group = {"id": ROLE_GROUP, "displayName": "G", "isAssignableToRole": True}
    plant(dark.graph.world, {"groups": [group | {"members": [dark.user("over").id]}]})

    run = await dark.whole()

    assert "over" not in dark.endings()
    assert "holds_role" in dark.findings(run)
    assert await dark.departing.accounts.holds_role(GuestId(dark.user("over").id))


# Guest or member is not inside or outside


async def test_whom_we_invited_as_a_member_is_blocked_and_removed_as_a_guest_is(
    dark: Night,
) -> None:
    dark.guest("ours", -5, userType="Member", creationType="Invitation")
    _as_member(dark, "ours")

    await dark.whole()
    assert not dark.user("ours").accountEnabled

    dark.clock.advance(31 * DAY)
    dark.reported()
    await dark.whole()
    assert "ours" in dark.deleted()


async def test_an_inactive_member_of_ours_is_blocked_as_well(dark: Night) -> None:
    dark.guest("ours", seen=300, userType="Member", creationType="Invitation")
    _as_member(dark, "ours")

    await dark.whole()

    assert dark.endings()["ours"] == "block done"


async def test_a_block_of_a_member_of_ours_is_undone(dark: Night) -> None:
    dark.guest("ours", -5, userType="Member", creationType="Invitation")
    _as_member(dark, "ours")
    run = await dark.whole()

    await dark.taking_back.undo(run.id)
    await dark.deliver()

    assert dark.user("ours").accountEnabled


def _as_member(dark: Night, name: str) -> None:
    key = Address(f"{name}@partner.example")
    dark.ledger.guests[key] = replace(dark.ledger.guests[key], as_member=True)


ABSENT: dict[str, tuple[str, Callable[[Night], object]]] = {
    "made a member": ("turned_member", lambda dark: _change(dark, "over", userType="Member")),
    "made a colleague": (
        "turned_internal",
        lambda dark: _change(
            dark,
            "over",
            userType="Member",
            creationType=None,
            externalUserState=None,
            userPrincipalName="over@home.example",
        ),
    ),
    "without a type": ("user_type_unknown", lambda dark: _change(dark, "over", userType=None)),
    "deleted by hand": (
        "deleted_by_others",
        lambda dark: dark.graph.world.store.discard(dark.user("over"), dark.ago(0)),
    ),
    "gone": ("account_gone", lambda dark: _purge(dark, "over")),
    "invited anew by others": ("id_changed", lambda dark: _replace(dark, "over")),
}


def _purge(dark: Night, name: str) -> None:
    user = dark.user(name)
    dark.graph.world.store.discard(user, dark.ago(0))
    del dark.graph.world.store.bin[user.id]


def _replace(dark: Night, name: str) -> None:
    _purge(dark, name)
    plant(
        dark.graph.world,
        {
            "users": [
                {"mail": f"{name}@partner.example", "id": "00000000-0000-4000-9000-0000000000aa"}
            ]
        },
    )


@pytest.mark.parametrize("what", ABSENT)
async def test_a_managed_guest_who_is_not_in_the_list_is_named(dark: Night, what: str) -> None:
    code, provoke = ABSENT[what]
    identity = dark.user("over").id
    provoke(dark)

    run = await dark.whole()

    (line,) = [one for one in dark.findings(run).splitlines() if identity in one]
    assert line.startswith(f'"{code}"')
    assert "over@partner.example" in line
    assert "over" not in dark.endings()


async def test_of_hundreds_who_are_not_in_the_list_twenty_are_asked_for_at_once(
    dark: Night,
) -> None:
    for number in range(100):
        dark.promise(f"gone-{number}", GuestId(f"{number:032d}"), 5, dark.ago(9))
    dark.graph.world.counters.reset()

    run = await dark.sweep()

    batches = dark.graph.world.counters.shown()["batches"]
    assert batches == 2 * 100 / 20 + 1  # by id, in the recycle bin, and one for the sponsors
    assert dark.findings(run).count("account_gone") == 100


async def test_an_account_of_our_own_with_user_type_guest_is_never_swept(dark: Night) -> None:
    internal = {"creationType": None, "externalUserState": None}
    dark.guest("own", -5, userPrincipalName="own@home.example", **internal)

    run = await dark.whole()

    assert "own" in dark.enabled()
    assert "internal_guest" in dark.findings(run)
