"""An upload from bytes to verdicts, the same for the trigger and for `b2b check`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from b2b.domain.batch import Totals
from b2b.domain.policy import Policy
from b2b.domain.upload import ReadingRules, Source, Upload, Warnings, read_rows
from b2b.domain.verdict import Court, Queued, Verdict


def reading_rules(policy: Policy, today: date) -> ReadingRules:
    """What the reader has to know of the policy to turn our own people away."""
    partners = (domain.name for partner in policy.partners for domain in partner.domains)
    return ReadingRules(
        today=today,
        own_domains=frozenset(policy.own_domains),
        partner_domains=frozenset(partners),
        largest_rows=policy.intake.largest_rows,
    )


@dataclass(slots=True)
class Reading:
    """Goes through the rows once; totals and warnings grow on the way."""

    source: Source
    upload: Upload
    rules: ReadingRules
    court: Court
    warnings: Warnings = field(init=False)
    _rows: int = 0
    _queued: int = 0
    _skipped: int = 0
    _rejected: int = 0

    def __post_init__(self) -> None:
        self.warnings = Warnings(self.upload)

    def verdicts(self) -> Iterator[Verdict]:
        for row in read_rows(self.source, self.upload, self.rules, self.warnings):
            verdict = self.court.judge(row)
            if verdict.notes:
                self.warnings.add(verdict.line, verdict.notes)
            self._count(verdict)
            yield verdict

    @property
    def totals(self) -> Totals:
        """Of the rows seen so far; they add up, or a row was neither queued nor refused."""
        return Totals(self._rows, self._queued, self._rejected, self._skipped)

    def _count(self, verdict: Verdict) -> None:
        self._rows += 1
        if isinstance(verdict, Queued):
            self._queued += 1
        elif verdict.skipped:
            self._skipped += 1
        else:
            self._rejected += 1

    def told(self) -> list[str]:
        """What there is to say once all rows were seen."""
        return list(self.warnings.texts())
