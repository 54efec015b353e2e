"""A night's sweep: read everybody, decide for everybody, gates, brakes, caps, and only then act."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from b2b import events
from b2b.domain.errors import Refused, TryLater
from b2b.domain.lifecycle import (
    Action,
    Ending,
    Finding,
    Kind,
    Outcome,
    Plan,
    Resident,
    Run,
    RunId,
    State,
    make_plan,
)
from b2b.domain.lifecycle.exempting import in_force, told
from b2b.domain.lifecycle.gates import policy_refused
from b2b.domain.lifecycle.reads import TenantRead
from b2b.domain.policy import Mode, Policy
from b2b.domain.reason import Reason
from b2b.flows.absent import find_absent
from b2b.flows.approvals import Approvals
from b2b.flows.guards import allowed, last_time, pass_gates
from b2b.flows.notebook import BlobNotebook, Notebook
from b2b.flows.reading_tenant import Paused, ReadingTenant, RuleOff, Stopped
from b2b.flows.survey import Survey, promised_to, sponsors_of, survey
from b2b.flows.sweep_actions import actions_of, proposals_of
from b2b.flows.sweep_report import SweepReport
from b2b.flows.sweep_runs import acted_already, attempt_after, run_of
from b2b.ports import Clock, Dispatch, Files, Journal, Packages, PolicyNow, Roll

log = logging.getLogger(__name__)

GIVEN_UP = Reason("given_up", "The action was not done within a day; the sweep decides anew.")
GIVE_UP = timedelta(days=1)
PATIENT_FOR = timedelta(hours=2)  # with a directory that asks for pauses before it tells sign-ins
BRAKES = ("block_brake", "remove_brake", "no_recent_report")
GRAVEST_FIRST = (Kind.BLOCK, Kind.REMOVE, Kind.HAND_OVER, Kind.REMIND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """`every`: one run in such a time. `turn`: how long one invocation may take."""

    roll: Roll
    packages: Packages
    journal: Journal
    files: Files
    dispatch: Dispatch
    policy: PolicyNow
    clock: Clock
    pause: Callable[[float], Awaitable[None]]
    every: timedelta
    turn: timedelta

    async def go_on(self) -> Run:
        """One turn of the present run, from wherever the last one stopped. Raises TryLater."""
        now = self.clock()
        await self._finish_older(now)
        run = await self._latest(now) or await self._begin(run_of(now, self.every))
        if run.state is State.READING:
            run = await self._read_and_plan(run)
        return await self.act(run)

    async def begin_again(self) -> Run:
        """Begins another attempt of the present run if the last one only reported or was stopped.

        An attempt is a run of its own, so that the plan of each stays as it was. Raises Refused.
        """
        last = await self._latest(self.clock())
        if last is None:
            return await self._begin(run_of(self.clock(), self.every))
        if last.state is State.READING:
            return last
        if last.state is State.STOPPED or not last.mode.acts:
            return await self._begin(attempt_after(last.id))
        raise Refused(acted_already(last))

    async def _latest(self, now: datetime) -> Run | None:
        """The last attempt of the present run."""
        run = await self.journal.run(run_of(now, self.every))
        while run is not None and run.over:
            again = await self.journal.run(attempt_after(run.id))
            if again is None:
                return run
            run = again
        return run

    async def _begin(self, name: RunId) -> Run:
        run = Run(id=name, state=State.READING, mode=Mode.REPORT, started=self.clock())
        return await self.journal.begin_run(run)

    async def foresee(self, notebook: Notebook, within: timedelta) -> tuple[Run, Plan, int]:
        """Tonight's plan as of now; nothing is kept. Raises Stopped, Refused, TryLater."""
        now = self.clock()
        run = Run(id=run_of(now, self.every), state=State.READING, mode=Mode.REPORT, started=now)
        policy = await self.policy()
        run = replace(run, mode=policy.lifecycle.mode, policy_version=policy.version)
        run, plan, found = await self._decide(run, policy, notebook, within)
        return run, plan, found.unmanaged

    async def _read_and_plan(self, run: Run) -> Run:
        if await self.journal.actions(run.id):  # died amid keeping them: never a second plan
            return await self._keep(replace(run, state=State.PLANNED))
        try:
            return await self._plan(run)
        except Paused:
            log.info(events.SWEEP_PAUSED, extra={"run": run.id})
            return run
        except Stopped as stop:
            return await self._stop(run, stop.finding)
        except Refused as refusal:  # the policy's
            return await self._stop(run, policy_refused(refusal.reason))

    async def _plan(self, run: Run) -> Run:
        policy = await self.policy()
        run = replace(run, mode=policy.lifecycle.mode, policy_version=policy.version)
        notebook = BlobNotebook(self.files, run.id)
        run, plan, found = await self._decide(run, policy, notebook, self.turn)
        report = SweepReport(self.files)
        await report.tell_plan(run, plan, found.unmanaged)
        for custody in found.noted:  # of the directory nothing is changed by this
            await self.journal.keep_custody(custody)
        log.info(events.SWEEP_PLANNED, extra=_facts(run))
        for finding in plan.findings:
            if finding.code in BRAKES:
                log.warning(events.SWEEP_BRAKED, extra={"run": run.id, "code": finding.code})
        if run.mode is Mode.REPORT:
            return await self._end(run, State.DONE)
        await self.approvals.keep_proposals(run.id, proposals_of(run, plan))
        if not await self.journal.actions(run.id):  # else another turn was first: its plan holds
            await self.journal.keep_actions(actions_of(run, plan))
        return await self._keep(replace(run, state=State.PLANNED))

    async def _decide(
        self, run: Run, policy: Policy, notebook: Notebook, within: timedelta
    ) -> tuple[Run, Plan, Survey]:
        """Everybody is decided for before any gate, brake or cap is asked."""
        today, runs = run.started.date(), await self.journal.runs()
        terms, inactive = policy.lifecycle, policy.lifecycle.inactive_block_days
        promises = await promised_to(self.journal)
        exemptions = in_force(policy.exemptions, today)
        reading = ReadingTenant(
            roll=self.roll,
            notebook=notebook,
            clock=self.clock,
            pause=self.pause,
            until=today - timedelta(days=inactive) if inactive else None,
            exemptions=exemptions,
            packages=self.packages if terms.entitlement_management else None,
            ends=self.clock() + within,
            patient_until=run.started + PATIENT_FOR,
            members=frozenset(guest for guest, one in promises.items() if one.as_member),
        )
        tenant = await reading.read()
        log.info(events.GUESTS_COUNTED, extra=_states(tenant.guests))
        _tell_unread(run, tenant.findings)
        pass_gates(tenant, last_time(runs, promises.values()), terms.most_change_percent)
        custody = {one.guest: one async for one in self.journal.all_custody()}
        absent = await find_absent(reading, self.roll, tenant, promises, custody, today)
        there, untold = await self._sponsors(reading, sponsors_of(promises.values(), policy))
        found = survey(tenant, absent, policy, there, promises, custody, run.started)
        earlier = await self.approvals.earlier(runs)
        plan = make_plan(found.lines, terms, earlier)
        wanted = {line.subject: line for line in plan.lines if line.subject}
        unread_first = [*tenant.findings, *untold]
        mode, held = allowed(run.mode, runs, self.clock())
        late = await self.approvals.lapsed(runs, wanted, earlier.approved)
        early = told(policy.exemptions, terms.exemption_warning_days, today)
        plan = replace(
            plan,
            findings=[*unread_first, *held, *plan.findings, *late, *early, *found.findings],
        )
        run = replace(
            run,
            mode=mode,
            guests=len(tenant.guests),
            managed=len(plan.lines),
            blocks=plan.count(Kind.BLOCK),
            removals=plan.count(Kind.REMOVE),
        )
        return run, plan, found

    async def _sponsors(
        self, reading: ReadingTenant, sponsors: Sequence[str]
    ) -> tuple[frozenset[str] | None, list[Finding]]:
        try:
            return await reading.ask(TenantRead.SPONSORS, lambda: self.roll.at_work(sponsors)), []
        except RuleOff as failed:
            return None, [failed.finding]

    async def act(self, run: Run) -> Run:
        """Queues what a planned run decided and what was approved of it.

        Queued again is done once: the journal says what was done.
        """
        if run.state is State.PLANNED:
            await self._take_up_approved(run)
            open_ones = [one for one in await self.journal.actions(run.id) if one.outcome is None]
            await self.dispatch.depart(sorted(open_ones, key=_gravest_first))
            run = await self._keep(replace(run, state=State.ACTING))
        if run.state is State.ACTING:
            run = await self.look_after(run)
        return run

    async def _take_up_approved(self, run: Run) -> None:
        if run.guests is None or not run.mode.acts:
            return
        try:
            policy = await self.policy()
        except Refused:  # without its caps nothing more is queued; the next night looks again
            return
        await self.approvals.queue(run, policy.lifecycle)

    async def look_after(self, run: Run) -> Run:
        """Tells how far the actions of a run have come, and ends it with the last of them."""
        actions = await self.journal.actions(run.id)
        if self.clock() - run.asked >= GIVE_UP:
            for one in actions:
                if one.outcome is None:
                    failed = Outcome(Ending.FAILED, self.clock(), GIVEN_UP)
                    await self.journal.close_action(run.id, one.id, failed)
            actions = await self.journal.actions(run.id)
        if all(one.outcome is not None for one in actions):
            return await self._end(run, State.DONE, actions)
        await SweepReport(self.files).tell_outcome(run, actions)
        return run

    async def _finish_older(self, now: datetime) -> None:
        present = await self._latest(now)
        for run in await self.journal.runs():
            other = present is None or run.id != present.id
            if run.state in (State.PLANNED, State.ACTING) and other:
                await self.act(run)

    async def _stop(self, run: Run, finding: Finding) -> Run:
        log.error(events.SWEEP_STOPPED, extra={"run": run.id, "code": finding.code})
        await SweepReport(self.files).tell_findings(run, [finding])
        return await self._end(run, State.STOPPED)

    async def _end(self, run: Run, state: State, actions: Sequence[Action] = ()) -> Run:
        """Tells of the run as it is once it has ended, then ends it."""
        ended = replace(run, state=state, finished=self.clock())
        await SweepReport(self.files).tell_outcome(ended, actions)
        log.info(events.SWEEP_DONE, extra={"run": run.id, "state": state.value})
        return await self._keep(ended)

    async def _keep(self, run: Run) -> Run:
        """When another turn or an approval was first, what that one kept holds."""
        try:
            return await self.journal.keep_run(run)
        except TryLater as wait:
            kept = await self.journal.run(run.id)
            if kept is None or wait.reason.code != "changed_meanwhile":
                raise
            return kept

    @property
    def approvals(self) -> Approvals:
        return Approvals(journal=self.journal, files=self.files, clock=self.clock)


def _tell_unread(run: Run, findings: Sequence[Finding]) -> None:
    """An alarm waits for it: the inactivity rule is off without the dates of sign-ins."""
    for finding in findings:
        log.warning(events.SIGN_INS_UNREADABLE, extra={"run": run.id, "code": finding.code})


def _gravest_first(action: Action) -> tuple[int, str]:
    return GRAVEST_FIRST.index(action.kind), action.id


def _facts(run: Run) -> dict[str, object]:
    return {
        "run": run.id,
        "mode": run.mode.value,
        "guests": run.guests,
        "managed": run.managed,
        "blocks": run.blocks,
        "removals": run.removals,
    }


def _states(guests: Sequence[Resident]) -> dict[str, int]:
    """Each guest counts once: who is blocked is not pending."""
    blocked = sum(not guest.enabled for guest in guests)
    pending = sum(guest.enabled and guest.pending for guest in guests)
    accepted = len(guests) - blocked - pending
    return {"accepted": accepted, "pending": pending, "blocked": blocked}
