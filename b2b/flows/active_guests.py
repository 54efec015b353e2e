"""Each guest who signed in during a calendar month, once.

`active/<month>.txt` holds their ids and only grows: whoever is told twice is in it once. The
summary of the month is counted from it, so a run that died in between is made up for by the next.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from b2b.domain.activity import Event, Month, Summary, month_of, summarized
from b2b.flows.activity_coverage import CoverageFile
from b2b.flows.activity_hours import CONTAINER
from b2b.flows.changing import content_of, pieces, until_ours
from b2b.ports import Files


@dataclass(frozen=True, slots=True)
class ActiveFolk:
    """Holds the ids of one month in memory at a time. Raises TryLater."""

    files: Files

    async def fold(self, events: Iterable[Event]) -> None:
        """Successful sign-ins count, whatever else is among the events."""
        found: dict[Month, set[bytes]] = {}
        for event in events:
            if event.succeeded:
                ids = found.setdefault(month_of(event.at), set())
                ids.update(user.encode() for user in event.users)
        for month, ids in found.items():
            await self._add(month, ids)

    async def _add(self, month: Month, ids: set[bytes]) -> None:
        name = _ids_of(month)

        async def change() -> None:
            content, version = await content_of(self.files, CONTAINER, name)
            held = set(content.split())
            if ids <= held:
                return
            lines = (one + b"\n" for one in sorted(held | ids))
            await self.files.replace(CONTAINER, name, version, pieces(lines))

        await until_ours(change)

    async def summarize(self, month: Month) -> Summary:
        """Of sign-ins that were read. Its own version is read first, so no newer one is lost."""

        async def change() -> Summary:
            before, version = await content_of(self.files, CONTAINER, _summary_of(month))
            coverage = await CoverageFile(self.files).read()
            ids, _ = await content_of(self.files, CONTAINER, _ids_of(month))
            summary = summarized(month, len(ids.split()), coverage)
            if (after := _written(summary)) != before:
                name = _summary_of(month)
                await self.files.replace(CONTAINER, name, version, pieces([after]))
            return summary

        return await until_ours(change)

    async def of_month(self, day: date) -> Summary | None:
        """ActiveGuests."""
        return await self.summary(month_of(day))

    async def summary(self, month: Month) -> Summary | None:
        """As it was written last; None when it never was."""
        content, _ = await content_of(self.files, CONTAINER, _summary_of(month))
        if not content:
            return None
        told = json.loads(content)
        return Summary(
            month=month,
            active_guests=told["activeGuests"],
            through_until=datetime.fromisoformat(told["throughUntil"]),
            partial=told["partial"],
        )


def _ids_of(month: Month) -> str:
    return f"active/{month}.txt"


def _summary_of(month: Month) -> str:
    return f"summary/{month}.json"


def _written(summary: Summary) -> bytes:
    content = {
        "month": str(summary.month),
        "activeGuests": summary.active_guests,
        "throughUntil": summary.through_until.isoformat(),
        "partial": summary.partial,
    }
    return json.dumps(content, indent=1).encode() + b"\n"
