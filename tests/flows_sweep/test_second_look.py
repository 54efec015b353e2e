"""Between plan and act the world moves on: what no longer holds is not done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from b2b.domain.lifecycle import Hold, Kind, Rule, State
from b2b.domain.policy import Exemption, Mode
from b2b.domain.request import Address, GroupId
from sandbox.directory.seed import plant
from tests.flows_sweep.night import DAY, POLICY, WIDE, Night, faulty, give_package

ROLE = "62e90394-69f5-4237-9190-012177145e10"
GROUP = "00000000-0000-4000-8000-0000000000d9"


def _exempt(dark: Night, **who: object) -> None:
    ends = dark.clock().date()
    one = Exemption(owner="o", reason="r", ends_on=ends, **who)  # type: ignore[arg-type]
    dark.policy.now = replace(POLICY, lifecycle=WIDE, exemptions=(one,))


def _give_role(dark: Night, kind: str, name: str) -> None:
    row = {"principalId": dark.user(name).id, "roleDefinitionId": ROLE}
    plant(dark.graph.world, {kind: [row]})


def _join(dark: Night, name: str, **traits: object) -> None:
    group = {"id": GROUP, "displayName": "G", "members": [dark.user(name).id], **traits}
    plant(dark.graph.world, {"groups": [group]})


def _exempt_by_group(dark: Night, name: str) -> None:
    _join(dark, name)
    _exempt(dark, group=GroupId(GROUP))


def _renew(dark: Night, name: str) -> None:
    key = Address(f"{name}@partner.example")
    later = (dark.clock() + 99 * DAY).date()
    dark.ledger.guests[key] = replace(dark.ledger.guests[key], expires_on=later)


def _change(dark: Night, name: str, **changes: object) -> None:
    dark.graph.world.store.change(dark.user(name), dict(changes))


MEANWHILE: dict[str, Callable[[Night, str], None]] = {
    "turned into a member": lambda dark, name: _change(dark, name, userType="Member"),
    "got a role": lambda dark, name: _give_role(dark, "roleAssignments", name),
    "may take up a role": lambda dark, name: _give_role(dark, "roleEligibilities", name),
    "joined a group that may hold roles": (
        lambda dark, name: _join(dark, name, isAssignableToRole=True)
    ),
    "got an access package": give_package,
    "access packages cannot be read": (
        lambda dark, _: dark.fails("/assignments", status=403, count=None)
    ),
    "access packages cannot be read for long": (
        lambda dark, _: dark.fails("/assignments", status=500, count=None)
    ),
    "exempt by address": (
        lambda dark, name: _exempt(dark, address=Address(f"{name}@partner.example"))
    ),
    "exempt by group": _exempt_by_group,
    "renewed": _renew,
    "the policy says report": lambda dark, _: dark.terms(mode=Mode.REPORT),
    "the policy is faulty": lambda dark, _: setattr(dark.policy, "now", faulty()),
    "roles cannot be read": (lambda dark, _: dark.fails("roleAssignments", status=403, count=None)),
    "roles cannot be read for long": (
        lambda dark, _: dark.fails("roleAssignments", status=500, count=None)
    ),
    "the guest cannot be read": lambda dark, _: dark.fails("^/users/", status=500, count=None),
    "the guest has no userType": (
        lambda dark, _: dark.fails(
            "^/users/", status=200, body='{"id": "x", "accountEnabled": true}', count=None
        )
    ),
}


@pytest.mark.parametrize("change", MEANWHILE)
@pytest.mark.parametrize("name", ["over", "away"])
async def test_what_changed_between_plan_and_act_is_not_acted_on(
    dark: Night, change: str, name: str
) -> None:
    await dark.sweep()
    MEANWHILE[change](dark, name)
    writes = dark.writes

    await dark.deliver()

    assert not dark.deleted() or name == "over"
    assert dark.user(name).accountEnabled == (name == "over")
    assert dark.endings()[name] not in ("block done", "remove done")
    assert dark.writes == writes or change != "the policy says report"


async def test_a_guest_who_signed_in_meanwhile_is_not_blocked(dark: Night) -> None:
    await dark.sweep()
    _change(dark, "lazy", signInActivity={"lastNonInteractiveSignInDateTime": dark.ago(1)})

    await dark.deliver()

    assert dark.endings()["lazy"] == "block skipped no_longer_justified"
    assert "lazy" in dark.enabled()


async def test_a_privileged_guest_that_graph_protects_becomes_a_finding(dark: Night) -> None:
    await dark.sweep()
    dark.fails("^/users/", method="PATCH", status=403, code="Authorization_RequestDenied")
    await dark.deliver()
    run = await dark.sweep()

    refused = [name for name, words in dark.endings().items() if "refused" in words]
    assert len(refused) == 1
    assert refused[0] in dark.enabled()
    told = dark.files.text("reports", f"sweeps/{run.id}/findings-of-outcome.csv")
    assert dark.user(refused[0]).id in told


async def test_a_guest_that_was_not_blocked_by_us_is_never_removed(dark: Night) -> None:
    dark.guest("shut-out", -400, accountEnabled=False)

    await dark.whole()

    assert dark.deleted() == {"away"}
    assert "shut-out" not in dark.endings()


async def test_what_goes_along_is_recorded_before_a_removal(dark: Night) -> None:
    _join(dark, "away")
    boss = "boss@home.example"
    dark.user("away").put("sponsors", [dark.graph.world.store.named(boss).id])  # type: ignore[union-attr]
    dark.user("away").put("companyName", "Partner Ltd")
    await dark.sweep()
    dark.fails("^/users/", method="DELETE", status=403)

    await dark.deliver()

    (kept,) = [name for place, name in dark.files.blobs if place == "departures"]
    record = dark.files.text("departures", kept)
    assert GROUP in record
    assert "Partner Ltd" in record
    assert dark.graph.world.store.named(boss).id in record  # type: ignore[union-attr]


async def test_nobody_is_removed_when_the_record_cannot_be_made(dark: Night) -> None:
    await dark.sweep()
    dark.fails("sponsors", status=403, count=None)

    await dark.deliver()

    assert dark.deleted() == set()
    assert dark.endings()["away"].startswith("remove refused")


async def test_dollar_ref_is_never_forgotten(dark: Night) -> None:
    """Whoever shares a group with a removed guest, or sponsors them, is there afterwards."""
    plant(dark.graph.world, {"users": [{"mail": "peer@partner.example"}]})
    _join(dark, "away")
    store = dark.graph.world.store
    store.join(store.groups[GROUP], dark.user("peer").id)
    boss = store.named("boss@home.example")
    assert boss is not None
    dark.user("away").put("sponsors", [boss.id])

    await dark.whole()

    writes = {
        name: count
        for name, count in dark.graph.world.counters.shown()["byOperation"].items()
        if not name.startswith("GET") and "checkMemberGroups" not in name
    }
    assert writes == {
        "PATCH /users/{}": 2,
        "DELETE /users/{}": 1,
    }
    assert store.named("boss@home.example") is not None
    assert dark.user("peer").id in store.groups[GROUP].members


async def test_an_action_delivered_again_is_done_once(dark: Night) -> None:
    await dark.sweep()
    bodies = list(dark.dispatch.bodies)
    await dark.deliver()
    writes = dark.writes
    dark.dispatch.bodies = bodies

    await dark.deliver()

    assert dark.writes == writes


@pytest.mark.parametrize("step", range(1, 120))
async def test_a_process_killed_at_any_step_of_the_night_acts_neither_twice_nor_wrongly(
    dark: Night, step: int
) -> None:
    dark.footing.steps, dark.footing.dies_at = 0, step

    await dark.through_deaths()

    assert dark.enabled() == {"calm", "fresh", "quiet", "known"}
    assert dark.deleted() == {"away"}
    assert dark.endings() == {"over": "block done", "lazy": "block done", "away": "remove done"}
    custody = dark.journal.kept_custody
    for name in ("over", "lazy"):
        block = custody[dark.user(name).id].block
        assert block is not None
        assert block.sure
    (run,) = (one for one in dark.journal.kept_runs.values() if not one.id.startswith("report"))
    assert run.state is State.DONE
    assert (run.blocks, run.removals) in ((2, 1), (0, 0))


async def test_a_block_that_may_be_anybodys_is_left_to_people(dark: Night) -> None:
    """We died before the write, and hours later somebody else blocked the guest."""
    await dark.sweep()
    action = next(one for one in dark.journal.kept_actions.values() if one.kind is Kind.BLOCK)
    custody = await dark.journal.custody(action.guest)
    hold = replace(_old_hold(dark, Rule.EXPIRED), action=action.id)
    await dark.journal.keep_custody(replace(custody, block=hold))
    dark.graph.world.store.users[action.guest].put("accountEnabled", False)

    await dark.deliver()
    dark.clock.advance(60 * DAY)
    dark.reported()
    await dark.whole()

    assert "block_unclear" in dark.endings()[action.address.partition("@")[0]]
    assert action.guest in dark.graph.world.store.users


def _old_hold(dark: Night, rule: Rule) -> Hold:
    block = dark.journal.kept_custody[dark.user("away").id].block
    assert block is not None
    return replace(block, at=dark.clock() - timedelta(hours=2), sure=False, rule=rule)
