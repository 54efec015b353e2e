"""Guests with live access packages are left to entitlement management, and the night says so."""

import csv
import io
from dataclasses import replace

import pytest

from b2b.domain.lifecycle import State
from b2b.domain.policy import WriteSponsors
from b2b.domain.request import Address
from sandbox.directory.seed import plant
from tests.flows_sweep.night import BOSS, POLICY, ROLES, WIDE, Night, give_package, night

LEFT, OLD = "left@home.example", "old@home.example"
WITHOUT = [role for role in ROLES if not role.startswith("EntitlementManagement")]


def decided(dark: Night, run: str) -> dict[str, str]:
    plan = csv.DictReader(io.StringIO(dark.files.text("reports", f"sweeps/{run}/plan.csv")))
    return {row["email"].partition("@")[0]: row["decision"] for row in plan}


@pytest.mark.parametrize("name", ["over", "lazy", "away"])
async def test_who_holds_a_package_is_neither_blocked_nor_removed(dark: Night, name: str) -> None:
    give_package(dark, name)
    enabled, deleted = dark.enabled(), dark.deleted()
    run = await dark.whole()

    assert decided(dark, run.id)[name] == "entitled"
    assert (name in dark.enabled()) == (name in enabled)
    assert name not in dark.deleted() - deleted
    told = [line for line in dark.findings(run).splitlines() if dark.user(name).id in line]
    assert [line.partition(",")[0].strip('"') for line in told] == ["entitled"]


async def test_who_is_in_order_is_not_worth_telling(dark: Night) -> None:
    give_package(dark, "calm")
    run = await dark.whole()

    assert decided(dark, run.id)["calm"] == "in_order"
    assert dark.user("calm").id not in dark.findings(run)


async def test_a_package_that_has_ended_protects_nobody(dark: Night) -> None:
    give_package(dark, "over")
    for held in dark.graph.world.entitlements.assignments.values():
        held.state = "expired"
    run = await dark.whole()

    assert decided(dark, run.id)["over"] == "block"
    assert "over" not in dark.enabled()


async def test_without_a_licence_there_is_no_entitlement_management(dark: Night) -> None:
    dark.graph.world.tenant = dark.graph.tenant.changed({"licences": ["P1", "P2"]})
    give_package(dark, "over")
    dark.fails("/assignments", status=403, code="AadPremiumLicenseRequired", count=None)
    run = await dark.whole()

    assert run.state is not State.STOPPED
    assert "over" not in dark.enabled()


async def test_the_policy_may_say_that_nobody_hands_out_packages() -> None:
    async with night(WITHOUT) as dark:
        dark.guest("over", -5)
        dark.reported()
        stopped = await dark.sweep()
        told = dark.findings(stopped)
        dark.terms(entitlement_management=False)
        dark.journal.kept_runs.pop(stopped.id)
        run = await dark.whole()

        assert stopped.state is State.STOPPED
        assert "entitlement_management = false" in told
        assert run.state is not State.STOPPED
        assert "over" not in dark.enabled()


@pytest.mark.parametrize("mode", list(WriteSponsors))
async def test_when_a_sponsor_leaves_the_directory_follows_where_the_policy_says_so(
    mode: WriteSponsors,
) -> None:
    async with night((*ROLES, "User.ReadWrite.All")) as dark:
        gone = {"mail": LEFT, "userType": "Member", "accountEnabled": False}
        plant(dark.graph.world, {"users": [gone]})
        left, boss = (dark.graph.world.store.with_mail(mail)[0].id for mail in (LEFT, BOSS))
        dark.guest("orphan", sponsors=[left])
        dark.reported()
        key = Address("orphan@partner.example")
        dark.ledger.guests[key] = replace(dark.ledger.guests[key], sponsor=LEFT)
        dark.policy.now = replace(POLICY, lifecycle=WIDE, write_sponsors=mode)
        await dark.whole()

        assert dark.ledger.guests[key].sponsor == BOSS
        expected = [boss] if mode is WriteSponsors.ALWAYS else [left]
        assert dark.user("orphan").read("sponsors") == expected


async def test_a_sponsor_who_left_without_a_trace_is_followed_by_the_partners() -> None:
    async with night((*ROLES, "User.ReadWrite.All")) as dark:
        dark.guest("orphan")
        dark.reported()
        key = Address("orphan@partner.example")
        dark.ledger.guests[key] = replace(dark.ledger.guests[key], sponsor=OLD)
        dark.policy.now = replace(POLICY, lifecycle=WIDE, write_sponsors=WriteSponsors.ALWAYS)
        await dark.whole()

        boss = dark.graph.world.store.with_mail(BOSS)[0].id
        assert dark.user("orphan").read("sponsors") == [boss]
