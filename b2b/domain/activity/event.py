"""One event of a log: told by the directory, kept as a line of JSON in the file of its hour."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from b2b.domain.guest import GuestId


class Kind(StrEnum):
    SIGN_INS = "signins"
    AUDITS = "audits"

    @property
    def moment(self) -> str:
        """The property of Graph that tells when an event happened."""
        return "createdDateTime" if self is Kind.SIGN_INS else "activityDateTime"


@dataclass(frozen=True, slots=True)
class Event:
    """`line` is the whole event as Graph told it: JSON in ASCII, without a line break.

    `users` are the accounts it is about; of a sign-in, who signed in. `foreign` says that the
    event itself tells that it is about a guest, whoever that was.
    """

    id: str
    at: datetime
    line: str
    users: tuple[str, ...] = ()
    succeeded: bool = False
    foreign: bool = False

    @property
    def key(self) -> tuple[datetime, str]:
        return self.at, self.id

    @property
    def hour(self) -> datetime:
        return self.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What is judged of a sign-in. `error` 0 is a success; `country` may be empty."""

    id: str
    at: datetime
    guest: GuestId
    error: int
    country: str
    application: str
    conditional_access: str


def is_about(event: Event, guests: Collection[str]) -> bool:
    return event.foreign or any(user in guests for user in event.users)


def path_of(kind: Kind, hour: datetime) -> str:
    return f"{kind}/{hour.astimezone(UTC):%Y/%m/%d/%H}.jsonl"


def events_in(kind: Kind, chunks: Iterable[bytes]) -> Iterator[Event]:
    """The events of a file of ours, in its order; one line at a time is held."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield _kept(kind, line.decode())


def _kept(kind: Kind, line: str) -> Event:
    told = json.loads(line)
    return Event(id=told["id"], at=_moment(told[kind.moment]), line=line)


def sign_in_of(line: str) -> SignIn:
    told = json.loads(line)
    return SignIn(
        id=told["id"],
        at=_moment(told[Kind.SIGN_INS.moment]),
        guest=GuestId(told.get("userId") or ""),
        error=int((told.get("status") or {}).get("errorCode") or 0),
        country=(told.get("location") or {}).get("countryOrRegion") or "",
        application=told.get("appDisplayName") or "",
        conditional_access=told.get("conditionalAccessStatus") or "",
    )


def _moment(text: str) -> datetime:
    """Graph writes seven digits behind the point; a clock of ours knows six."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    micro = timedelta(microseconds=int((fraction + "000000")[:6]))
    return datetime.fromisoformat(whole).replace(tzinfo=UTC) + micro
