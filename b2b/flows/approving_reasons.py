"""Why an approval is refused."""

from b2b.domain.lifecycle import Run, RunId, State
from b2b.domain.reason import Reason

ONLY_REPORTS = Reason(
    "mode_is_report",
    'The policy only reports. Set mode = "approve" (or "enforce") in it, then approve what the '
    "next run proposes: python -m b2b sweep run begins one. Nothing was approved.",
)
WRITER_UNKNOWN = Reason(
    "policy_writer_unknown",
    "The policy asks for a second person (second_person), and it is not known who wrote its "
    "present version. Let its writer upload it with: python -m b2b policy upload policy.toml. "
    "Nothing was approved.",
)
SAME_PERSON = Reason(
    "same_person",
    "You wrote the present version of the policy, which asks for a second person to approve "
    "(second_person). Ask another operator. Nothing was approved.",
)
POLICY_CHANGES = Reason(
    "policy_changes",
    "The policy was changed at this moment. Look at the plan again, then approve. Nothing was "
    "approved.",
)


def unknown(run: RunId) -> Reason:
    return Reason(
        "unknown_run",
        f"There is no run {run}. The folders below reports/sweeps have the names of the runs. "
        "Nothing was approved.",
    )


def no_plan(run: Run) -> Reason:
    if run.state is State.READING:
        why = "is still reading the tenant; approve it once its plan.csv is there"
    elif run.state is State.STOPPED:
        why = "was stopped by a gate: see its findings.csv, then python -m b2b sweep run"
    elif run.guests is None:
        why = "is no sweep"
    else:
        why = "only reported: python -m b2b sweep run begins one that proposes"
    return Reason("nothing_proposed", f"Run {run.id} {why}. Nothing was approved.")


def not_current(run: RunId, newest: RunId) -> Reason:
    return Reason(
        "not_current",
        f"Run {run} has a newer plan after it: look at run {newest} and approve that. Nothing was "
        "approved.",
    )


def undone(run: RunId) -> Reason:
    return Reason(
        "run_undone", f"Run {run} was undone. Approve the next night's. Nothing was approved."
    )


def nothing_waits(run: RunId) -> Reason:
    return Reason("nothing_waits", f"Nothing in run {run} waits for approval.")


def too_many(most: int) -> Reason:
    return Reason(
        "too_many",
        f"At most {most} guests are approved at once: name some with --only. Nothing was approved.",
    )


def not_proposed(address: str, run: RunId) -> Reason:
    return Reason(
        "not_proposed",
        f"Run {run} has nothing to approve for {address}: see its plan.csv. Nothing was approved.",
    )


def wrong_number(typed: int, meant: int) -> Reason:
    return Reason(
        "wrong_number",
        f"{typed} is not the number of guests in this plan, {meant}. Nothing was approved.",
    )
