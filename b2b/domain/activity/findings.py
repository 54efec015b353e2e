"""What people have to know of the export of activity."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from b2b.domain.activity.coverage import Coverage, Gap, retention
from b2b.domain.activity.event import Kind
from b2b.domain.finding import Finding, Severity

BEHIND = timedelta(hours=6)
RETENTION = (
    "https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention"
)
LICENCE = "https://learn.microsoft.com/entra/identity/monitoring-health/concept-sign-ins"
REMEDIES = {
    "premium_missing": "Assign Entra ID P1 or P2 if you need them.",
    "permission_missing": "Grant the app's managed identity AuditLog.Read.All.",
}
NAMES = {Kind.SIGN_INS: "sign-ins", Kind.AUDITS: "audit events"}


def findings(coverage: Coverage, now: datetime, waiting: int = 0) -> Sequence[Finding]:
    """`waiting`: how many parcels Log Analytics has not taken yet."""
    gaps = sorted(coverage.gaps, key=lambda gap: (gap.until, gap.kind))
    told = [_gap(gap) for gap in gaps]
    told += [_refused(kind, code) for kind, code in coverage.refused.items() if code]
    told += [
        _behind(kind, now - cursors.reached, coverage)
        for kind, cursors in coverage.cursors.items()
        if now - cursors.reached > BEHIND and not coverage.refused.get(kind)
    ]
    return [*told, _waiting(waiting)] if waiting else told


def _gap(gap: Gap) -> Finding:
    return Finding(
        id=f"activity_gap_{gap.kind}",
        severity=Severity.HIGH,
        title=f"Guest {NAMES[gap.kind]} are missing for a while",
        found=f"Nobody exported them from {_told(gap.since)} to {_told(gap.until)}.",
        why="The directory has forgotten them: who was here then, and what was done, cannot be "
        "told any more, and the month's active guests are counted too low.",
        remedy="See why export_activity did not run then. If the app may stand still for longer "
        "than the retention, send the logs to a workspace by a diagnostic setting as well.",
        link=RETENTION,
    )


def _refused(kind: Kind, code: str) -> Finding:
    licence = code == "premium_missing"
    return Finding(
        id=f"activity_unreadable_{kind}",
        severity=Severity.INFO if licence else Severity.HIGH,
        title=f"Guest {NAMES[kind]} cannot be exported",
        found="The tenant has no Entra ID P1 or P2." if licence else f"The directory says: {code}.",
        why="Without them nobody can say which guests were active, or what happened to them.",
        remedy=REMEDIES.get(code, "Look at the log of export_activity; the next run tries again."),
        link=LICENCE,
    )


def _behind(kind: Kind, by: timedelta, coverage: Coverage) -> Finding:
    soon = by > retention(kind, coverage) / 2
    return Finding(
        id=f"activity_behind_{kind}",
        severity=Severity.HIGH if soon else Severity.MEDIUM,
        title=f"The export of guest {NAMES[kind]} is behind",
        found=f"It ends {by / timedelta(hours=1):.0f} hours ago.",
        why=f"The directory keeps events for {retention(kind, coverage).days} days only.",
        remedy="Look at the log of export_activity. In a very large tenant let ACTIVITY_SCHEDULE "
        "run more often.",
        link=RETENTION,
    )


def _waiting(parcels: int) -> Finding:
    return Finding(
        id="activity_logs_waiting",
        severity=Severity.LOW,
        title="Log Analytics has not taken all of the activity",
        found=f"{parcels} parcels wait in the container activity-outbox.",
        why="The files in the container activity are whole; the workspace is not.",
        remedy="See that the app's identity holds Monitoring Metrics Publisher on the data "
        "collection rule, and that its streams have the documented columns.",
        link="https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview",
    )


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
