"""A plan's lines as the actions of a run, and as proposals for those who approve."""

from dataclasses import replace

from b2b.domain.lifecycle import (
    GRAVE,
    Action,
    Fate,
    Line,
    Plan,
    Proposal,
    Run,
    action_id,
    evidence_of,
)
from b2b.domain.lifecycle.decision import HandOver, Remind


def proposals_of(run: Run, plan: Plan) -> list[Proposal]:
    """Of each line that wants a block or a removal. Without an approval, a brake has counted it."""
    return [
        Proposal(
            action=replace(_action(run, line, plan), approval=""),
            fate=line.fate,
            passed=line.fate in (Fate.DUE, Fate.DEFERRED) and line.subject not in plan.approved,
        )
        for line in plan.lines
        if line.kind in GRAVE
    ]


def actions_of(run: Run, plan: Plan) -> list[Action]:
    return [_action(run, line, plan) for line in plan.due()]


def _action(run: Run, line: Line, plan: Plan) -> Action:
    kind, evidence = line.kind, evidence_of(line.decision)
    assert kind is not None
    assert evidence is not None
    return Action(
        id=action_id(run.id, line.guest, kind),
        run=run.id,
        guest=line.guest,
        address=line.address,
        kind=kind,
        evidence=evidence,
        policy_version=run.policy_version,
        detail=_detail(line),
        approval=plan.approved.get(line.subject, "") if line.subject else "",
    )


def _detail(line: Line) -> str:
    match line.decision:
        case Remind(_, mark):
            return mark
        case HandOver(_, sponsor):
            return sponsor
        case _:
            return ""
