"""Whether a night may judge by what it read, and act on what it judged."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from b2b.domain.lifecycle import Finding, Promise, Run, State
from b2b.domain.lifecycle.gates import LastTime, gates
from b2b.domain.policy import Mode
from b2b.flows.reading_tenant import Stopped, Tenant

REPORT_HOLDS = timedelta(days=7)  # an enforcing run needs a report as young as this


def last_time(runs: Sequence[Run], promises: Iterable[Promise]) -> LastTime | None:
    for run in reversed(runs):
        if run.guests is not None:
            day = run.started.date()
            return LastTime(run.guests, sum(one.since >= day for one in promises))
    return None


def pass_gates(tenant: Tenant, last: LastTime | None, most_change_percent: float) -> None:
    read = len(tenant.guests) + len(tenant.unread)
    for finding in gates(read, tenant.counted, last, most_change_percent):
        raise Stopped(finding)


def allowed(wanted: Mode, runs: Sequence[Run], now: datetime) -> tuple[Mode, list[Finding]]:
    """Nobody is blocked before people could have read what a night would do."""
    if not wanted.acts:
        return wanted, []
    told_then = (State.DONE, State.ACTING)
    reports = [run for run in runs if run.guests is not None and run.state in told_then]
    if any(now.date() - run.started.date() <= REPORT_HOLDS for run in reports):
        return wanted, []
    words = f"The policy says {wanted}, but there is no report of the last 7 days: this is one."
    return Mode.REPORT, [Finding("no_recent_report", words)]
