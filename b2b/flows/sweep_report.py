"""reports/sweeps/<run>/: the plan, the findings and the outcome, for people and for machines."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from b2b.domain.lifecycle import (
    Action,
    Finding,
    Leave,
    Line,
    Plan,
    Run,
    evidence_of,
    kind_of,
)
from b2b.domain.lifecycle.run import Ending
from b2b.domain.upload import safe_line
from b2b.ports import Files

CONTAINER = "reports"
PLAN = ("guestId", "email", "partner", "decision", "fate", "rule", "date", "limitDays", "due")
FINDINGS = ("code", "sentence", "guestId", "stopsTheRun")
OUTCOME = (
    *("actionId", "guestId", "email", "decided", "rule", "date", "limitDays", "policyVersion"),
    *("done", "at", "reason", "sentence"),
)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """Decided and done are columns of their own. Raises TryLater."""

    files: Files

    async def tell_plan(self, run: Run, plan: Plan, unmanaged: int) -> None:
        await self._table(run, "plan.csv", PLAN, map(plan_cells, plan.lines))
        await self.tell_findings(run, plan.findings)
        await self._write(run, "plan.json", [_json(plan_summary(run, plan, unmanaged))])

    async def tell_findings(self, run: Run, findings: Sequence[Finding]) -> None:
        await self._table(run, "findings.csv", FINDINGS, map(_finding_cells, findings))

    async def tell_outcome(self, run: Run, actions: Sequence[Action]) -> None:
        """Refusals by the directory are findings of their own."""
        await self._table(run, "outcome.csv", OUTCOME, map(_outcome_cells, actions))
        refused = [one for one in map(_refusal, actions) if one is not None]
        if refused:
            cells = map(_finding_cells, refused)
            await self._table(run, "findings-of-outcome.csv", FINDINGS, cells)
        await self._write(run, "outcome.json", [_json(outcome_summary(run, actions))])

    async def _table(
        self, run: Run, name: str, columns: Sequence[str], rows: Iterable[Sequence[str | int]]
    ) -> None:
        await self._write(run, name, (safe_line(row).encode() for row in _with(columns, rows)))

    async def _write(self, run: Run, name: str, lines: Iterable[bytes]) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            for line in lines:
                yield line

        await self.files.write(CONTAINER, f"sweeps/{run.id}/{name}", chunks())


def plan_cells(line: Line) -> list[str | int]:
    """As in plan.csv and in `b2b plan`."""
    decision, evidence = line.decision, evidence_of(line.decision)
    word = decision.why if isinstance(decision, Leave) else str(kind_of(decision))
    head: list[str | int] = [line.guest, line.address, line.partner, word, str(line.fate)]
    if evidence is None:
        return [*head, "", "", "", ""]
    return [*head, str(evidence.rule), str(evidence.day), evidence.limit, str(evidence.due)]


def plan_summary(run: Run, plan: Plan, unmanaged: int) -> dict[str, object]:
    counted = Counter((plan_cells(line)[3], str(line.fate)) for line in plan.lines)
    return {
        **_head(run),
        "managed": len(plan.lines),
        "unmanaged": unmanaged,
        "decisions": [
            {"decision": word, "fate": fate, "guests": count}
            for (word, fate), count in sorted(counted.items())
        ],
        "findings": dict(Counter(one.code for one in plan.findings)),
    }


def outcome_summary(run: Run, actions: Sequence[Action]) -> dict[str, object]:
    endings = Counter(_ending(one) for one in actions)
    return {**_head(run), "state": run.state, "actions": len(actions), "done": dict(endings)}


def _head(run: Run) -> dict[str, object]:
    return {
        "run": run.id,
        "mode": run.mode,
        "policyVersion": run.policy_version,
        "started": run.started.isoformat(),
        "guests": run.guests,
    }


def _finding_cells(finding: Finding) -> list[str]:
    stops = "yes" if finding.stops else ""
    return [finding.code, finding.sentence, finding.guest or "", stops]


def _outcome_cells(action: Action) -> list[str | int]:
    evidence, outcome = action.evidence, action.outcome
    reason = outcome.reason if outcome else None
    return [
        *(action.id, action.guest, action.address, str(action.kind), str(evidence.rule)),
        *(str(evidence.day), evidence.limit, action.policy_version, _ending(action)),
        outcome.at.isoformat() if outcome else "",
        *((reason.code, reason.sentence) if reason else ("", "")),
    ]


def _ending(action: Action) -> str:
    return str(action.outcome.ending) if action.outcome else "pending"


def _refusal(action: Action) -> Finding | None:
    outcome = action.outcome
    if outcome is None or outcome.ending not in (Ending.REFUSED, Ending.FAILED):
        return None
    reason = outcome.reason
    words = f"{action.kind} was refused: {reason.sentence if reason else 'no reason given'}"
    return Finding(reason.code if reason else "refused", words, action.guest)


def _json(content: dict[str, object]) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def _with(
    columns: Sequence[str], rows: Iterable[Sequence[str | int]]
) -> Iterable[Sequence[str | int]]:
    yield columns
    yield from rows
