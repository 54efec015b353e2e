"""Public incidents of tools that clean up guests, each as a night that ends well here.

The sources: CIPP #5300 and #5311 with its git log, Cloud Custodian's entraid_user.py,
Entra-StaleGuestsCleanup's changelog, JBines' README, col-entra-id, CIPP-API #1357,
entra-docs #441, graph-docs #20772, azure-docs commit 702cb36.
"""

from dataclasses import replace

import pytest

from b2b.domain.lifecycle import Kind, State
from b2b.domain.policy import Brake, Exemption, Lifecycle, Mode
from b2b.domain.request import GroupId
from tests.flows_sweep.night import DAY, POLICY, WIDE, Night


async def test_cipp_a_cached_listing_never_blocks_whoever_signed_in_since(dark: Night) -> None:
    """Decided on a cache, active guests were disabled: the guest is read again before the write."""
    await dark.sweep()
    fresh = {"lastSignInDateTime": dark.ago(0)}
    dark.graph.world.store.change(dark.user("lazy"), {"signInActivity": fresh})

    await dark.deliver()

    assert "lazy" in dark.enabled()


async def test_cipp_no_sign_in_date_is_unknown_and_never_stale(dark: Night) -> None:
    """The meaning of null flipped four times: here it is written down, and it is unknown."""
    await dark.whole()

    assert "quiet" in dark.enabled()
    assert "quiet" not in dark.endings()


async def test_custodian_a_property_never_asked_for_counts_against_nobody(dark: Night) -> None:
    """signInActivity was never selected, so everybody was 999 days old, members too."""
    dark.fails("signInActivity", status=200, body='{"value": [{"id": "x"}]}', count=None)

    run = await dark.whole()

    assert "no_sign_in_dates" in dark.findings(run)
    assert "lazy" in dark.enabled()


async def test_custodian_a_read_error_is_never_an_empty_list(dark: Night) -> None:
    dark.fails("userType eq 'Guest'.*top=3", status=403, count=None)

    run = await dark.whole()

    assert "guests_unreadable" in dark.findings(run)


async def test_custodian_members_are_never_among_those_decided_about(dark: Night) -> None:
    """A member in the ledger, stale and over, is left alone."""
    member = next(one for one in dark.graph.world.store.users.values() if one.userType == "Member")
    dark.promise("boss", member.id, -50, dark.ago(400))  # type: ignore[arg-type]
    dark.graph.world.store.change(member, {"signInActivity": {"lastSignInDateTime": dark.ago(999)}})

    run = await dark.whole()

    assert member.accountEnabled is not False
    assert "boss" not in dark.endings()
    assert "turned_internal,boss@partner.example is an account of your own" in dark.findings(
        run
    ).replace('"', "")
    assert member.id in dark.findings(run)


async def test_stale_guests_cleanup_seven_guests_of_2196_are_not_all(dark: Night) -> None:
    """A log line in a return value made it 7, and every run a success."""
    dark.fails(r"/users/\$count", status=200, body="2196", count=None)

    run = await dark.whole()

    assert "count_differs" in dark.findings(run)
    assert dark.writes == 0


async def test_jbines_a_change_of_paging_that_loses_guests_is_noticed(dark: Night) -> None:
    dark.fails("userType eq 'Guest'.*skiptoken", status=200, body='{"value": []}', count=1)

    run = await dark.whole()

    assert "count_differs" in dark.findings(run)
    assert dark.deleted() == set()


async def test_stale_guests_cleanup_a_full_remove_ceiling_never_holds_blocks(dark: Night) -> None:
    """One ceiling for both stopped all blocks for ever."""
    dark.blocked_by_us("away-too", 50)
    dark.terms(remove_brake=Brake(1, 100))

    await dark.whole()

    assert dark.deleted() == set()
    assert {"over", "lazy"}.isdisjoint(dark.enabled())


async def test_col_entra_id_an_exemption_that_cannot_be_read_stops_the_run(dark: Night) -> None:
    """It went on without group exclusions."""
    group = GroupId("00000000-0000-4000-8000-0000000000d9")
    today = dark.clock().date()
    one = Exemption(owner="o@home.example", reason="Auditors", ends_on=today, group=group)
    dark.policy.now = replace(POLICY, lifecycle=WIDE, exemptions=(one,))

    run = await dark.whole()

    assert "exemption_unreadable" in dark.findings(run)
    assert (
        f"Could not be read: exemption of group {group} (owner o@home.example, reason Auditors, "
        f"to {today}), which is in the policy's [[exemptions]]."
    ) in dark.findings(run)
    assert dark.writes == 0


def test_col_entra_id_the_default_only_reports() -> None:
    """The manual said WhatIf, the code said otherwise."""
    assert Lifecycle().mode is Mode.REPORT


@pytest.mark.parametrize(
    ("domain", "subdomains", "left"),
    [("partner.example", False, True), ("example", True, True), ("ner.example", True, False)],
)
async def test_stale_guests_cleanup_a_domain_covers_its_subdomains_by_whole_labels(
    dark: Night, domain: str, subdomains: bool, left: bool
) -> None:
    one = Exemption(
        owner="o",
        reason="r",
        ends_on=dark.clock().date() + DAY,
        domain=domain,
        subdomains=subdomains,
    )
    dark.policy.now = replace(POLICY, lifecycle=WIDE, exemptions=(one,))

    await dark.whole()

    assert ("over" in dark.enabled()) is left


async def test_stale_guests_cleanup_days_are_utc_days(dark: Night) -> None:
    """A time zone moved a guest over the line: 23:59:59 belongs to its day."""
    moments = {"edge-in": (119, "T00:00:01Z"), "edge-out": (120, "T23:59:59Z")}
    for name, (days, time) in moments.items():
        dark.guest(name)
        at = dark.ago(days)[:10] + time
        dark.graph.world.store.change(
            dark.user(name), {"signInActivity": {"lastSignInDateTime": at}}
        )

    await dark.whole()

    assert "edge-in" in dark.enabled()
    assert "edge-out" not in dark.enabled()


async def test_cipp_api_a_reenabled_guest_is_not_blocked_again_the_next_day(dark: Night) -> None:
    await dark.whole()
    dark.graph.world.store.change(dark.user("over"), {"accountEnabled": True})

    for _ in range(3):
        dark.clock.advance(DAY)
        await dark.whole()

    assert "over" in dark.enabled()


async def test_entra_docs_a_failed_sign_in_is_a_sign_of_life_and_errs_on_the_safe_side(
    dark: Night,
) -> None:
    """lastSignInDateTime counts failures; the successful one is not kept before December 2023."""
    tried = {"lastSignInDateTime": dark.ago(3), "lastSuccessfulSignInDateTime": dark.ago(500)}
    dark.graph.world.store.change(dark.user("lazy"), {"signInActivity": tried})

    await dark.whole()

    assert "lazy" in dark.enabled()


async def test_graph_docs_active_guests_without_any_activity_are_left_alone(dark: Night) -> None:
    dark.graph.world.store.change(dark.user("lazy"), {"signInActivity": None})
    dark.graph.world.store.change(
        dark.user("calm"), {"signInActivity": {"lastSignInDateTime": dark.ago(1)}}
    )

    run = await dark.whole()

    assert run.state is not State.STOPPED
    assert "lazy" in dark.enabled()


async def test_azure_docs_a_blocked_guest_who_is_asked_for_again_is_enabled_not_invited(
    dark: Night,
) -> None:
    """A disabled guest gives errors when added again: to ask again is to enable."""
    await dark.whole()
    until = (dark.clock() + 30 * DAY).date()
    await dark.taking_back.renew(dark.ledger.guests["over@partner.example"].address, until)
    await dark.deliver()

    assert "over" in dark.enabled()
    assert dark.graph.world.counters.shown()["invitations"] == 0
    assert [one.kind for one in dark.journal.kept_actions.values()].count(Kind.REINSTATE) == 1
