"""Why a guest is still enabled although the stay is over, as far as the journal can tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from b2b.domain.lifecycle import (
    Action,
    Custody,
    Ending,
    Kind,
    Promise,
    Resident,
    Run,
    State,
)
from b2b.domain.lifecycle.exempting import exemption_of, in_force
from b2b.domain.policy import Mode, Policy

NOTES = ("exempt", "back", "stopped", "report", "refused", "braked", "later", "spared")
"""Names of our words: mails say them in the reader's language."""


@dataclass(frozen=True, slots=True)
class WhyEnabled:
    """`night` is the last sweep, None when there was none, and `acted` what it set out to do."""

    policy: Policy
    today: date
    night: Run | None
    acted: Sequence[Action]

    def note(self, promise: Promise, resident: Resident, custody: Custody) -> str:
        # Who is in an exempt group is not read for this: such a guest is `spared`.
        exemptions = [
            one for one in in_force(self.policy.exemptions, self.today) if one.group is None
        ]
        addresses = (promise.address, resident.mail)
        if exemption_of(promise.guest, addresses, exemptions, {}) is not None:
            return "exempt"
        back = custody.reenabled_on
        settles = self.policy.lifecycle.settle_days
        if custody.block is not None or (back and (self.today - back).days < settles):
            return "back"
        return self._of_last_night(promise)

    def _of_last_night(self, promise: Promise) -> str:
        night, end = self.night, promise.expires_on
        if night is None or (end is not None and end >= night.started.date()):
            return "later"  # over since the last sweep: the next one acts
        if night.state is State.STOPPED:
            return "stopped"
        if night.mode is Mode.REPORT:
            return "report"
        mine = [action for action in self.acted if action.guest == promise.guest]
        if any(one.outcome and one.outcome.ending is not Ending.DONE for one in mine):
            return "refused"
        blocks = sum(action.kind is Kind.BLOCK for action in self.acted)
        if night.blocks and not blocks:
            return "braked"
        # A cap was reached, or nobody was decided to be blocked: a role, a package, a group.
        return "later" if night.blocks > blocks else "spared"


def last_night(runs: Sequence[Run]) -> Run | None:
    """The newest sweep that came as far as a plan, or was stopped."""
    nights = [
        run
        for run in runs
        if not run.undoes
        and (
            run.state is State.STOPPED
            or (run.guests is not None and run.state is not State.READING)
        )
    ]
    return nights[-1] if nights else None
