"""What each function asks of Graph, done against the stand-in with the roles that it is given.

A new function adds a row: to FLOWS, or to WITHOUT_GRAPH. Each flow tells every refusal that it met
by its code; none means that all of its work was done.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta

from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.domain.access import Assignment
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import (
    Action,
    ActionId,
    Ending,
    Evidence,
    Kind,
    Rule,
    Run,
    RunId,
    State,
    action_id,
)
from b2b.domain.policy import Exemption, Mode
from b2b.domain.request import Address, BatchId, GroupId, RequestId, RowRef
from b2b.flows.assignment import Assigning
from b2b.flows.onboarding import Onboarding
from sandbox.directory import Directory
from sandbox.directory.seed import plant
from tests.adapters.standin import GROUP, SCOPE, Token
from tests.fakes.house import ASSIGN_AFTER, REPLICATION, FakeHouse, a_request
from tests.flows.examples import a_policy
from tests.flows_sweep.night import BOSS, POLICY, WIDE, Night, night

Codes = frozenset[str]
Flow = Callable[[frozenset[str]], Awaitable[Codes]]


async def invite_guest(roles: frozenset[str]) -> Codes:
    house = FakeHouse(a_policy())
    async with Directory.running(quotas=False) as graph:
        onboarding = Onboarding(
            directory=_directory(graph, roles),
            ledger=house.ledger,
            queues=house.queues,
            policy=house.policy,
            clock=house.clock,
            replication=REPLICATION,
            assign_after=ASSIGN_AFTER,
            sponsoring=house.sponsoring,
            packaging=house.packaging,
        )
        request = a_request()
        await house.ask(request)
        await onboarding.onboard(request)
    return _codes([house.row().outcome])


async def assign_access(roles: frozenset[str]) -> Codes:
    """One guest is a member already: Graph refuses the twenty, and memberships are read."""
    house = FakeHouse(a_policy())
    async with Directory.running(quotas=False) as graph:
        ids = [f"00000000-0000-4000-9000-{number:012d}" for number in (1, 2)]
        users = [{"id": one, "mail": f"g{n}@fabrikam.com"} for n, one in enumerate(ids)]
        group = {"id": GROUP, "displayName": "Partners", "members": [ids[0]]}
        plant(graph.world, {"users": users, "groups": [group]})
        assigning = Assigning(
            directory=_directory(graph, roles),
            packaging=house.packaging,
            ledger=house.ledger,
            queues=house.queues,
            clock=house.clock,
        )
        requests = [a_request(f"g{n}@fabrikam.com", line=n + 2) for n in range(2)]
        await house.ask(*requests)
        wanted = [
            Assignment(
                row=RowRef.of_line(BatchId("a-batch"), n + 2),
                request=RequestId(requests[n].id),
                guest=GuestId(ids[n]),
                groups=(GroupId(GROUP),),
                invited=True,
            )
            for n in range(2)
        ]
        later = await assigning.assign(wanted)
        joined = set(graph.world.store.groups[GROUP].members) == set(ids)
    codes = _codes([house.row(n + 2).outcome for n in range(2)])
    waits = frozenset(wait.reason.code for wait in later.values())
    return codes | waits | (frozenset() if joined else frozenset({"not_joined"}))


async def sweep_guests(roles: frozenset[str]) -> Codes:
    async with night(sorted(roles)) as here:
        _exempt_a_group(here)
        here.guest("idle", seen=400)
        here.guest("ends-soon", 3)
        here.reported()
        run = await here.sweep()
        return frozenset() if run.state is not State.STOPPED else _found(here, run)


async def depart_guest(roles: frozenset[str]) -> Codes:
    """Blocks for two reasons, removes, and brings both kinds back."""
    async with night(sorted(roles)) as here:
        _exempt_a_group(here)
        wanted = [
            _action(here, here.guest("expired", -5), "expired", Kind.BLOCK, Rule.EXPIRED),
            _action(here, here.guest("idle", seen=400), "idle", Kind.BLOCK, Rule.INACTIVE),
            _action(here, here.blocked_by_us("gone", 40), "gone", Kind.REMOVE, Rule.EXPIRED),
        ]
        await _do(here, wanted)
        back = [
            replace(wanted[0], id=ActionId("e" * 32), kind=Kind.ENABLE, detail=wanted[0].id),
            replace(wanted[2], id=ActionId("f" * 32), kind=Kind.RESTORE, detail=wanted[2].id),
        ]
        await _do(here, back)
        return _told(here)


FLOWS: dict[str, Flow] = {
    "invite_guest": invite_guest,
    "assign_access": assign_access,
    "sweep_guests": sweep_guests,
    "depart_guest": depart_guest,
}
WITHOUT_GRAPH = {
    "take_in_upload": "reads a file, writes messages",
    "rescan_uploads": "the same, for files whose event was lost",
    "publish_results": "reads the ledger, writes a file",
    "snapshot_ledger": "reads the ledger, writes files",
    "keep_dead_invitation": "writes a file, closes a row",
    "keep_dead_assignment": "writes a file, closes a row",
    "keep_dead_departure": "writes a file",
    "keep_dead_result": "writes a file",
}


def _directory(graph: Directory, roles: frozenset[str]) -> GraphDirectory:
    adapter = connect(Token(graph.token(*sorted(roles))), graph.url, SCOPE)
    return GraphDirectory(adapter, graph.tenant.initial_domain)


def _codes(outcomes: Iterable[object]) -> Codes:
    reasons = [getattr(outcome, "reason", None) for outcome in outcomes]
    open_ones = frozenset({"open"}) if any(outcome is None for outcome in outcomes) else frozenset()
    return frozenset(reason.code for reason in reasons if reason) | open_ones


def _exempt_a_group(here: Night) -> None:
    plant(here.graph.world, {"groups": [{"id": GROUP, "displayName": "Exempt", "members": []}]})
    exemption = Exemption(
        group=GroupId(GROUP),
        owner=BOSS,
        reason="Founders",
        ends_on=(here.clock() + timedelta(days=90)).date(),
    )
    here.policy.now = replace(
        POLICY, lifecycle=replace(WIDE, mode=Mode.ENFORCE), exemptions=(exemption,)
    )


def _action(here: Night, guest: GuestId, name: str, kind: Kind, rule: Rule) -> Action:
    run, today = RunId("a-run"), here.clock().date()
    return Action(
        id=action_id(run, guest, kind),
        run=run,
        guest=guest,
        address=Address(f"{name}@partner.example"),
        kind=kind,
        evidence=Evidence(rule, today, 0),
        policy_version="v1",
    )


async def _do(here: Night, actions: list[Action]) -> None:
    await here.journal.keep_actions(actions)
    await here.dispatch.depart(actions)
    await here.deliver()


def _told(here: Night) -> Codes:
    codes = set()
    for one in here.journal.kept_actions.values():
        if one.outcome is None:
            codes.add(f"{one.kind}_open")
        elif one.outcome.reason is not None or one.outcome.ending is not Ending.DONE:
            codes.add(one.outcome.reason.code if one.outcome.reason else str(one.outcome.ending))
    return frozenset(codes)


def _found(here: Night, run: Run) -> Codes:
    return frozenset(line.split(",")[0] for line in here.findings(run).splitlines()[1:])
