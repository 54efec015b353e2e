"""A directory that logs, an exporter beside it, and what the exporter's files hold."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from b2b.domain.activity import Coverage, Kind
from b2b.domain.guest import GuestId
from b2b.flows.active_guests import ActiveFolk
from b2b.flows.activity import Exporting
from b2b.ports import ActiveGuests, LogTable
from tests.fakes.clock import START, FakeClock
from tests.fakes.event_log import FakeEventLog, audit, sign_in
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing

ANN, BEN, MIA = GuestId("ann"), GuestId("ben"), GuestId("mia")  # the last is no guest
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(slots=True)
class Scene:
    """`theirs` is the directory's clock, `ours` the exporter's."""

    footing: Footing = field(default_factory=Footing)
    theirs: FakeClock = field(default_factory=FakeClock)
    ours: FakeClock = field(default_factory=FakeClock)
    page: int = 3
    table: LogTable | None = None
    paused: list[float] = field(default_factory=list)
    log: FakeEventLog = field(init=False)
    files: FakeFiles = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.log = FakeEventLog(self.theirs, self.footing, self.page)
        self.log.guests = {ANN, BEN}
        self.files = FakeFiles(self.footing)

    def exporter(self) -> Exporting:
        return Exporting(
            log=self.log,
            roster=self.log.roster,
            files=self.files,
            table=self.table,
            clock=self.ours,
            pause=self._pause,
            overlap=HOUR,
            second_look=2 * DAY,
            turn=timedelta(minutes=8),
        )

    def exporter_of_guests(self) -> ActiveGuests:
        return ActiveFolk(self.files).of_month

    async def run(self) -> Coverage:
        """Both clocks show the right time before, unless somebody turned one of them."""
        return await self.exporter().export()

    async def hours(self, many: int = 1) -> None:
        """So many hours pass, and an exporter runs at the end of each."""
        for _ in range(many):
            self.pass_(HOUR)
            await self.run()

    def pass_(self, by: timedelta) -> None:
        self.theirs.advance(by)
        self.ours.advance(by)

    def signs_in(self, who: str, *, at: datetime | None = None, late: timedelta = timedelta(0),
                 error: int = 0) -> str:  # fmt: skip
        self.number += 1
        event = sign_in(self.number, at or self.theirs(), who, error=error)
        return self.log.add(Kind.SIGN_INS, event, late=late).id

    def happens_to(self, *about: str, at: datetime | None = None, invited: bool = False) -> str:
        self.number += 1
        event = audit(self.number, at or self.theirs(), *about, invited=invited)
        return self.log.add(Kind.AUDITS, event).id

    def held(self, kind: Kind) -> list[str]:
        """All lines of all hours, in the order of the files."""
        names = sorted(name for where, name in self.files.blobs if where == "activity")
        of_kind = [name for name in names if name.startswith(f"{kind}/")]
        return [line for name in of_kind for line in self.files.text("activity", name).splitlines()]

    def said(self, kind: Kind, *who: str) -> list[str]:
        """What should be held: the directory's own list, in order."""
        told = [event for event in self.log.told(kind) if event.foreign or {*event.users} & {*who}]
        return [event.line for event in sorted(told, key=lambda event: event.key)]

    async def _pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.pass_(timedelta(seconds=seconds))


def at(day: int, hour: int, minute: int = 0, second: int = 0, micro: int = 0) -> datetime:
    """A moment of November 2026."""
    return START.replace(day=day, hour=hour, minute=minute, second=second, microsecond=micro)
