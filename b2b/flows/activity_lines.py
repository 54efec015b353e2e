"""The exported sign-ins of a period, hour by hour; for the checks that look for oddities."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from b2b.domain.activity import Kind, SignIn, events_in, path_of, sign_in_of
from b2b.domain.errors import Refused
from b2b.flows.activity_hours import CONTAINER
from b2b.flows.changing import GONE
from b2b.ports import Files

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SignInFiles:
    """SignInLines: one file at a time is held on disk, one line in memory."""

    files: Files

    async def __call__(self, since: datetime, until: datetime) -> AsyncIterator[SignIn]:
        hour = since.replace(minute=0, second=0, microsecond=0)
        while hour < until:
            async for sign_in in self._hour(hour):
                if since <= sign_in.at < until:
                    yield sign_in
            hour += HOUR

    async def _hour(self, hour: datetime) -> AsyncIterator[SignIn]:
        kind = Kind.SIGN_INS
        try:
            async with self.files.open(CONTAINER, path_of(kind, hour)) as held:
                for event in events_in(kind, held.chunks()):
                    yield sign_in_of(event.line)
        except Refused as refusal:
            if refusal.reason.code not in GONE:
                raise
