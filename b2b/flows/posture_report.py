"""reports/posture/<date>/posture.json: what machines and the report of the census read."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from b2b.domain.posture import Result
from b2b.ports import Files

CONTAINER = "reports"


@dataclass(frozen=True, slots=True)
class PostureReport:
    """One a day; the last run of a day stands. Raises TryLater."""

    files: Files

    async def tell(
        self, day: date, version: str, results: Sequence[Result], requests: Mapping[str, int]
    ) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            content = as_json(day, version, results, requests)
            yield json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"

        await self.files.write(CONTAINER, f"posture/{day}/posture.json", chunks())


def as_json(
    day: date, version: str, results: Sequence[Result], requests: Mapping[str, int]
) -> dict[str, Any]:
    """Also what `b2b tenant check --json` prints."""
    return {
        "date": str(day),
        "policyVersion": version,
        "requests": dict(requests),
        "checks": [_check(one) for one in results],
    }


def _check(result: Result) -> dict[str, str]:
    finding = result.finding
    told = {
        "id": finding.id,
        "status": str(result.status),
        "severity": str(finding.severity),
        "title": finding.title,
        "found": finding.found,
        "why": finding.why,
        "remedy": finding.remedy,
        "link": finding.link,
    }
    return told | ({"missing": result.missing} if result.missing else {})
