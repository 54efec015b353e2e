"""The file of an hour: each event of that hour once, sorted, however often it was told.

Files are keyed by the time of the event, so whoever comes late goes where it belongs. A file is
rewritten whole over the version that was read: two exporters at once lose nothing of each other.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from heapq import merge
from itertools import groupby
from operator import attrgetter

from b2b.domain.activity import Event, Kind, events_in, path_of
from b2b.domain.errors import Refused
from b2b.flows.changing import GONE, pieces, until_ours
from b2b.ports import Files

CONTAINER = "activity"
Told = Callable[[Sequence[Event]], Awaitable[None]]


async def keep_events(files: Files, kind: Kind, events: Iterable[Event], beforehand: Told) -> None:
    """`beforehand` hears of the new ones before their file is written. Raises TryLater."""
    unique = {event.id: event for event in events}
    for hour, group in groupby(sorted(unique.values(), key=attrgetter("key")), attrgetter("hour")):
        await _keep_hour(files, kind, hour, {event.id: event for event in group}, beforehand)


async def _keep_hour(
    files: Files, kind: Kind, hour: datetime, told: Mapping[str, Event], beforehand: Told
) -> None:
    name = path_of(kind, hour)

    async def change() -> None:
        try:
            async with files.open(CONTAINER, name) as held:
                fresh, changed = _compared(events_in(kind, held.chunks()), told)
                if not fresh and not changed:
                    return
                await beforehand(fresh)
                lines = _merged(events_in(kind, held.chunks()), told)
                await files.replace(CONTAINER, name, held.version, pieces(lines))
        except Refused as refusal:
            if refusal.reason.code not in GONE:
                raise
            await beforehand(list(told.values()))
            await files.replace(CONTAINER, name, "", pieces(_merged(iter(()), told)))

    await until_ours(change)


def _compared(held: Iterator[Event], told: Mapping[str, Event]) -> tuple[list[Event], bool]:
    """Those that the file lacks, and whether it tells any of the others in another way."""
    lacking, changed = dict(told), False
    for event in held:
        now = lacking.pop(event.id, None)
        changed = changed or (now is not None and now.line != event.line)
    return list(lacking.values()), changed


def _merged(held: Iterator[Event], told: Mapping[str, Event]) -> Iterator[bytes]:
    """As the directory tells it now: the risk of a sign-in, for one, is judged afterwards."""
    kept = (event for event in held if event.id not in told)
    newer = sorted(told.values(), key=attrgetter("key"))
    for event in merge(kept, newer, key=attrgetter("key")):
        yield event.line.encode() + b"\n"
