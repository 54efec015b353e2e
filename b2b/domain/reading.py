"""An upload from bytes to verdicts, the same for the trigger and for `b2b check`."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from b2b.domain.batch import Totals
from b2b.domain.upload import ReadingRules, Source, Upload, Warnings, read_rows
from b2b.domain.verdict import Court, Verdict, count


@dataclass(slots=True)
class Reading:
    """Goes through the rows once; `totals` and `warnings` grow on the way."""

    source: Source
    upload: Upload
    rules: ReadingRules
    court: Court
    totals: Totals = field(default_factory=Totals)
    warnings: Warnings = field(init=False)

    def __post_init__(self) -> None:
        self.warnings = Warnings(self.upload)

    def verdicts(self) -> Iterator[Verdict]:
        for row in read_rows(self.source, self.upload, self.rules, self.warnings):
            verdict = self.court.judge(row)
            self.warnings.add(verdict.line, verdict.notes)
            self.totals = count(verdict, self.totals)
            yield verdict

    def told(self) -> list[str]:
        """What there is to say once all rows were seen."""
        return list(self.warnings.texts())
