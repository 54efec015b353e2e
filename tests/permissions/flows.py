"""What each function asks of Graph, done against the stand-in with the roles that it is given.

A new function adds a row: to FLOWS, or to WITHOUT_GRAPH. Each flow tells what it was refused: by
the codes of its reasons, and by the operations that the stand-in answered with 403. None means that
all of its work was done.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kiota_abstractions.request_adapter import RequestAdapter

from b2b.adapters.graph.accounts import GraphAccounts
from b2b.adapters.graph.activity import GraphEventLog, GraphRoster
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.directory import GraphDirectory
from b2b.adapters.graph.listing import GraphRoll
from b2b.adapters.graph.mailbox import GraphMailbox
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.packages import GraphPackages
from b2b.adapters.graph.pending import GraphInvitees
from b2b.adapters.graph.tenant.inspector import GraphInspector
from b2b.domain.access import Assignment
from b2b.domain.errors import Refused, TryLater
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
from b2b.domain.pace import Pace
from b2b.domain.packages import PackageAssignmentId
from b2b.domain.policy import Exemption, Mode
from b2b.domain.request import Address, BatchId, GroupId, RequestId, RowRef
from b2b.flows.activity import Exporting
from b2b.flows.activity_coverage import CoverageFile
from b2b.flows.activity_lines import SignInFiles
from b2b.flows.assignment import Assigning
from b2b.flows.onboarding import Onboarding
from b2b.flows.posture import PostureAudit
from b2b.flows.posture_report import PostureReport
from sandbox.directory import Directory
from sandbox.directory.seed import plant
from tests.adapters.standin import GROUP, SCOPE, Token
from tests.census import tenant
from tests.contract.test_mailbox import MAILBOX, an_envelope
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing
from tests.fakes.house import ASSIGN_AFTER, REPLICATION, FakeHouse, a_request
from tests.fakes.policy import FakePolicy
from tests.flows.examples import a_policy
from tests.flows_sweep.night import BOSS, POLICY, WIDE, Night, night

SOMEBODY = "ann@partner.example"
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
        return _codes([house.row().outcome]) | _forbidden(graph)


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
            removals=house.removals,
            ledger=house.ledger,
            queues=house.queues,
            policy=house.policy,
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
        with suppress(Refused, TryLater):  # there is no such assignment; may it be asked for?
            await GraphPackages(_adapter(graph, roles)).take(
                GuestId(ids[0]), PackageAssignmentId(ids[0])
            )
        joined = set(graph.world.store.groups[GROUP].members) == set(ids)
        codes = _codes([house.row(n + 2).outcome for n in range(2)]) | _forbidden(graph)
    waits = frozenset(wait.reason.code for wait in later.values())
    return codes | waits | (frozenset() if joined else frozenset({"not_joined"}))


async def sweep_guests(roles: frozenset[str]) -> Codes:
    async with night(sorted(roles)) as here:
        _exempt_a_group(here)
        here.guest("idle", seen=400)
        here.guest("ends-soon", 3)
        here.reported()
        run = await here.sweep()
        found = _found(here, run) if run.state is State.STOPPED else frozenset()
        return found | _forbidden(here.graph)


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
        return _told(here) | _forbidden(here.graph)


async def audit_guests(roles: frozenset[str]) -> Codes:
    async with tenant.scene(sorted(roles)) as now:
        tenant.fill(now)
        done = await now.census.go_on()
        return _forbidden(now.graph) | (frozenset() if done else frozenset({"no_census"}))


@asynccontextmanager
async def audited(
    roles: frozenset[str], graph: Directory | None = None
) -> AsyncIterator[PostureAudit]:
    """The audit of a tenant that has a group, over the stand-in."""
    async with Directory.running(quotas=False) as fresh:
        directory = graph or fresh
        clock, files = FakeClock(datetime.now(UTC)), FakeFiles(Footing())
        yield PostureAudit(
            inspector=GraphInspector(_adapter(directory, roles), _fast()),
            sign_ins=SignInFiles(files),
            reach=CoverageFile(files).read,
            policy=FakePolicy(POLICY),
            report=PostureReport(files),
            clock=clock,
        )


async def audit_tenant(roles: frozenset[str]) -> Codes:
    async with Directory.running(quotas=False) as graph:
        _someone(graph)
        async with audited(roles, graph) as audit:
            with suppress(TryLater):  # nothing at all could be read
                await audit.audit()
        return _forbidden(graph)


async def export_activity(roles: frozenset[str]) -> Codes:
    async with Directory.running(quotas=False) as graph:
        _someone(graph)
        clock = FakeClock(datetime.now(UTC))
        exporting = Exporting(
            log=GraphEventLog(_adapter(graph, roles), _fast()),
            roster=GraphRoster(_adapter(graph, roles), _fast()),
            files=FakeFiles(Footing()),
            table=None,
            clock=clock,
            pause=_no_pause,
            overlap=timedelta(hours=1),
            second_look=timedelta(days=2),
            turn=timedelta(minutes=8),
        )
        return await _told_by(exporting.export()) | _forbidden(graph)


async def notice_redemptions(roles: frozenset[str]) -> Codes:
    async with Directory.running(quotas=False) as graph:
        guest = _someone(graph)
        told = await _told_by(GraphInvitees(_adapter(graph, roles)).pending())
        told |= await _told_by(GraphAccounts(_adapter(graph, roles)).look(guest))
        return told | _forbidden(graph)


async def send_mail(roles: frozenset[str]) -> Codes:
    """Is it still true, and then the mail itself."""
    box = {"mail": MAILBOX, "userPrincipalName": MAILBOX, "userType": "Member"}
    async with Directory.running(seed={"users": [box]}, quotas=False) as graph:
        _someone(graph)
        told = await _told_by(_directory(graph, roles).find(Address(SOMEBODY)))
        told |= await _told_by(_post(GraphMailbox(_adapter(graph, roles), MAILBOX, _fast())))
        return told | _forbidden(graph) | frozenset(() if graph.world.mails else ("not_sent",))


async def _post(mailbox: GraphMailbox) -> None:
    letter = an_envelope()
    await mailbox.find(letter.letter)
    await mailbox.send(await mailbox.draft(letter))


async def send_digests(roles: frozenset[str]) -> Codes:
    async with Directory.running(quotas=False) as graph:
        _someone(graph)
        roll = GraphRoll(_adapter(graph, roles), _fast())
        told = await _told_by(roll.guests()) | await _told_by(roll.at_work([BOSS]))
        return told | _forbidden(graph)


FLOWS: dict[str, Flow] = {
    "invite_guest": invite_guest,
    "assign_access": assign_access,
    "sweep_guests": sweep_guests,
    "depart_guest": depart_guest,
    "audit_guests": audit_guests,
    "audit_tenant": audit_tenant,
    "export_activity": export_activity,
    "notice_redemptions": notice_redemptions,
    "send_mail": send_mail,
    "send_digests": send_digests,
}
WITHOUT_GRAPH = {
    "take_in_upload": "reads a file, writes messages",
    "rescan_uploads": "the same, for files whose event was lost",
    "publish_results": "reads the ledger, writes a file",
    "snapshot_ledger": "reads the ledger, writes files",
    "keep_dead_letters": "reads dead letters, writes files, closes rows",
    "send_events": "reads the outbox, tells the topic",
}


async def _told_by(work: Awaitable[object]) -> Codes:
    try:
        await work
    except (Refused, TryLater) as end:
        return frozenset({end.reason.code})
    return frozenset()


def _directory(graph: Directory, roles: frozenset[str]) -> GraphDirectory:
    return GraphDirectory(_adapter(graph, roles), graph.tenant.initial_domain)


def _adapter(graph: Directory, roles: frozenset[str]) -> RequestAdapter:
    return connect(Token(graph.token(*sorted(roles))), graph.url, SCOPE)


def _fast() -> Pacing:
    return Pacing(paces={budget: Pace(rate=1000, fastest=1000) for budget in Budget})


async def _no_pause(_: float) -> None: ...


def _someone(graph: Directory) -> GuestId:
    user = {"mail": SOMEBODY, "signInActivity": {"lastSignInDateTime": "2026-11-01T00:00:00Z"}}
    group = {"displayName": "Partners", "members": [SOMEBODY], "groupTypes": ["Unified"]}
    plant(graph.world, {"users": [user], "groups": [group]})
    return GuestId(graph.world.store.with_mail(SOMEBODY)[0].id)


def _forbidden(graph: Directory) -> Codes:
    return frozenset(graph.world.counters.refused)


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
