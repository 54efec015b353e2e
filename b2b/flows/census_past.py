"""What earlier nights left behind: older censuses, and the newest posture of the tenant."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from b2b.domain.census import Check, Past, PostureNow
from b2b.domain.census.picture import STATUSES
from b2b.domain.errors import Refused
from b2b.domain.finding import Severity
from b2b.ports import Files

CONTAINER = "reports"
OLDEST = timedelta(days=105)  # what a comparison or a trend may still want
YOUNG = timedelta(days=7)  # posture older than this says nothing of today
_CENSUS = re.compile(r"census/(\d{4}-\d\d-\d\d)/census\.json")
_POSTURE = re.compile(r"posture/(\d{4}-\d\d-\d\d)/posture\.json")
_TEXTS = ("found", "why", "remedy")


@dataclass(frozen=True, slots=True)
class Archive:
    """Raises TryLater when storage is out of reach. What cannot be read any more is passed over."""

    files: Files

    async def censuses(self, today: date) -> Sequence[Past]:
        """Of the days before today, the oldest first."""
        days = await self._days(_CENSUS, today - OLDEST, today - timedelta(days=1))
        told = [(day, await self._read(f"census/{day}/census.json")) for day in days]
        return [Past(day, _counts(content)) for day, content in told if _counts(content)]

    async def posture(self, today: date) -> PostureNow:
        for day in reversed(await self._days(_POSTURE, today - YOUNG, today)):
            content = await self._read(f"posture/{day}/posture.json")
            checks = content.get("checks")
            if isinstance(checks, list):
                return PostureNow(day, _in_order([_check(one) for one in checks]))
        return PostureNow(None)

    async def _days(self, names: re.Pattern[str], first: date, last: date) -> list[date]:
        found = [names.fullmatch(name) for name, _ in await self.files.names(CONTAINER)]
        days = sorted(date.fromisoformat(hit[1]) for hit in found if hit)
        return [day for day in days if first <= day <= last]

    async def _read(self, name: str) -> Mapping[str, Any]:
        try:
            content, _ = await self.files.read(CONTAINER, name)
            told = json.loads(content or b"{}")
        except (Refused, ValueError):  # gone meanwhile, or no JSON
            return {}
        return told if isinstance(told, dict) else {}


def _counts(content: Mapping[str, Any]) -> Mapping[str, int]:
    counts = content.get("counts")
    if not isinstance(counts, dict):
        return {}
    return {str(name): number for name, number in counts.items() if isinstance(number, int)}


def _check(one: Any) -> Check:
    """Words of another audit: whatever they are, they are only shown."""
    told: Mapping[str, Any] = one if isinstance(one, dict) else {}
    status, severity = str(told.get("status", "")), str(told.get("severity", ""))
    link = str(told.get("link") or "")
    return Check(
        id=str(told.get("id", "")),
        status=status if status in STATUSES else "unclear",
        severity=severity if severity in list(Severity) else Severity.INFO,
        title=str(told.get("title") or told.get("id", "")),
        link=link if link.startswith("https://") else "",
        **{name: str(told.get(name) or "") for name in _TEXTS},
    )


def _in_order(checks: Sequence[Check]) -> Sequence[Check]:
    return sorted(
        checks, key=lambda one: (STATUSES.index(one.status), -Severity(one.severity).rank)
    )
