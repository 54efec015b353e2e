"""The SignInLines of the posture audit: blobs activity/signins/<yyyy>/<mm>/<dd>/<hour>.jsonl."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from b2b.domain.errors import Refused
from b2b.domain.posture import SignIn
from b2b.domain.reason import Reason
from b2b.ports import Clock, Files

CONTAINER = "activity"
NAME = re.compile(r"signins/(\d{4})/(\d\d)/(\d\d)/(\d\d)\.jsonl\Z")
FRESH = timedelta(days=2)
MISSING = Reason("activity_missing", "No sign-ins were exported lately; see export_activity.")


class _Line(BaseModel):
    """https://learn.microsoft.com/graph/api/resources/signin: what Graph gave, line by line."""

    model_config = ConfigDict(
        hide_input_in_errors=True, alias_generator=to_camel, frozen=True, defer_build=True
    )

    id: str
    created_date_time: datetime
    user_id: str
    status: "_Status"
    location: "_Location | None" = None


class _Status(BaseModel):
    model_config = ConfigDict(defer_build=True)

    error_code: int = Field(alias="errorCode")


class _Location(BaseModel):
    model_config = ConfigDict(defer_build=True)

    country: str | None = Field(default=None, alias="countryOrRegion")


class BlobSignIns:
    """Reads hour by hour, one at a time in memory."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files, self._clock = files, clock

    async def since(self, moment: datetime) -> AsyncIterator[SignIn]:
        names = await self._files.names(CONTAINER)
        hours = sorted((at, name) for name, _ in names if (at := _hour(name)) is not None)
        if not hours or hours[-1][0] < self._clock() - FRESH:
            raise Refused(MISSING)
        for at, name in hours:
            if at > moment - timedelta(hours=1):
                content, _ = await self._files.read(CONTAINER, name)
                for line in (content or b"").splitlines():
                    if line.strip():
                        yield _read(line, name)


def _hour(name: str) -> datetime | None:
    match = NAME.match(name)
    try:
        return datetime(*map(int, match.groups()), tzinfo=UTC) if match else None  # type: ignore[arg-type,misc]
    except ValueError:
        return None


def _read(line: bytes, name: str) -> SignIn:
    try:
        read = _Line.model_validate_json(line)
    except ValidationError:
        words = f"{name} holds a line that is no sign-in."
        raise Refused(Reason("activity_garbled", words)) from None
    country = read.location.country if read.location else None
    return SignIn(
        read.id, read.user_id, read.created_date_time, read.status.error_code, country or ""
    )
