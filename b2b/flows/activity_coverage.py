"""`activity/state.json`: how far the logs were read. Written after what it speaks of."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from b2b.domain.activity import Coverage, Cursors, Gap, Kind, joined
from b2b.flows.activity_hours import CONTAINER
from b2b.flows.changing import content_of, pieces, until_ours
from b2b.ports import Files

NAME = "state.json"


@dataclass(frozen=True, slots=True)
class CoverageFile:
    """Raises TryLater when storage is out of reach."""

    files: Files

    async def read(self) -> Coverage:
        content, _ = await content_of(self.files, CONTAINER, NAME)
        return _read(content)

    async def grow(self, by: Callable[[Coverage], Coverage]) -> Coverage:
        """Joined with whatever another exporter has kept meanwhile."""

        async def change() -> Coverage:
            content, version = await content_of(self.files, CONTAINER, NAME)
            before = _read(content)
            after = joined(before, by(before))
            if after != before:
                await self.files.replace(CONTAINER, NAME, version, pieces([_written(after)]))
            return after

        return await until_ours(change)


def _written(coverage: Coverage) -> bytes:
    gaps = sorted(coverage.gaps, key=lambda gap: (gap.kind, gap.since, gap.until))
    content = {
        "logs": {
            str(kind): {
                "began": one.began.isoformat(),
                "reached": one.reached.isoformat(),
                "reread": one.reread.isoformat(),
            }
            for kind, one in sorted(coverage.cursors.items())
        },
        "gaps": [
            {"log": gap.kind, "since": gap.since.isoformat(), "until": gap.until.isoformat()}
            for gap in gaps
        ],
        "refused": {str(kind): code for kind, code in sorted(coverage.refused.items())},
    }
    return json.dumps(content, indent=1).encode() + b"\n"


def _read(content: bytes) -> Coverage:
    told: dict[str, Any] = json.loads(content or b"{}")
    logs = told.get("logs", {}).items()
    return Coverage(
        cursors={
            Kind(kind): Cursors(**{name: datetime.fromisoformat(at) for name, at in one.items()})
            for kind, one in logs
        },
        gaps=frozenset(
            Gap(
                kind=Kind(gap["log"]),
                since=datetime.fromisoformat(gap["since"]),
                until=datetime.fromisoformat(gap["until"]),
            )
            for gap in told.get("gaps", ())
        ),
        refused={Kind(kind): code for kind, code in told.get("refused", {}).items()},
    )
