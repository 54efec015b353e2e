"""Each alarm asks for events that the app really writes, with the facts that it really gives."""

import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from azure.functions.servicebus import ServiceBusMessage

from b2b import events, wire
from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.deferral import defers_to
from b2b.domain.dead_letter import DeadLetter
from b2b.domain.errors import TryLater
from b2b.domain.mail import Facts, Letter, LetterId, MailKind
from b2b.domain.policy import DEFAULT_BRAKES, Brake, DailyBrake, Effect
from b2b.domain.reason import Reason
from b2b.domain.received_message import ReceivedMessage
from b2b.domain.request import Address
from b2b.flows.dead_letter_queue import FAILURES
from b2b.flows.snapshots import Snapshots
from b2b.wiring import live
from b2b.wiring.telemetry import FactsInLine
from sandbox.servicebus import ServiceBus, read_file
from tests.census import tenant
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing
from tests.fakes.house import TENANT, a_request, claim_on
from tests.fakes.records import FakeRecords
from tests.flows.examples import a_house, a_policy
from tests.flows_sweep.night import night
from tests.infra.bicep import INFRA, ROOT, text
from tests.infra.queries import Line, events_in, facts_in, kept, lines
from tests.permissions.flows import audited
from tests.permissions.granted import up_to

KNOWN = {value for name, value in vars(events).items() if name.isupper()}
ALARMS = sorted(path for path in (INFRA / "alerts").glob("*.kql") if path.name != "lines.kql")
BOOK = json.loads(text("workbook.json"))
QUERIES = {path.stem: path.read_text(encoding="utf-8") for path in ALARMS} | {
    f"workbook {item['name']}": item["content"]["query"]
    for item in BOOK["items"]
    if item["type"] == 3
}
QUERIES["overview"] = text("overview.kql")
# How the night of what runs by a timer is known; None: hourly or weekly.
NIGHTLY = {
    "sweep_guests": events.SWEEP_DONE,
    "snapshot_ledger": events.LEDGER_SNAPSHOT_KEPT,
    "audit_guests": events.CENSUS_DONE,
    "audit_tenant": events.POSTURE_AUDITED,
    "rescan_uploads": None,
    "export_activity": None,
    "notice_redemptions": None,
    "send_events": None,
    "send_digests": None,
    "keep_dead_letters": None,
}


class Log(logging.Handler):
    """What the host would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(FactsInLine())
        self.sent: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sent.append(self.format(record))

    @property
    def lines(self) -> list[Line]:
        return lines(self.sent)


@pytest.fixture
def written() -> Iterator[Log]:
    root, log = logging.getLogger(), Log()
    before = root.level
    root.addHandler(log)
    root.setLevel(logging.INFO)
    yield log
    root.removeHandler(log)
    root.setLevel(before)


def test_every_alarm_is_deployed() -> None:
    deployed = re.findall(
        r"loadTextContent\('\.\./alerts/([\w-]+)\.kql'\)", text("modules/alerts.bicep")
    )

    assert set(deployed) == {path.stem for path in ALARMS} | {"lines"}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_names_only_events_that_there_are(name: str) -> None:
    named = events_in(QUERIES[name])

    assert named
    assert named <= KNOWN, f"not in b2b/events.py: {named - KNOWN}"


def test_every_nightly_function_is_watched() -> None:
    table = (ROOT / "function_app.py").read_text(encoding="utf-8")
    timers = set(re.findall(r"@app\.timer_trigger\([^\n]*\n(?:@\w+\n)*async def (\w+)", table))
    watched = events_in(QUERIES["no-nightly"])

    assert timers == NIGHTLY.keys(), (
        f"say in NIGHTLY how its night is known: {timers ^ NIGHTLY.keys()}"
    )
    assert watched == {event for event in NIGHTLY.values() if event}, "infra/alerts/no-nightly.kql"


def test_the_book_reads_lines_as_the_alarms_do() -> None:
    head = "\n".join(line for line in text("alerts/lines.kql").splitlines() if line[:2] != "//")

    for name, query in QUERIES.items():
        if name.startswith("workbook"):
            assert query.startswith(head), name


async def _dead_letter() -> None:
    house, request = a_house(), a_request()
    await house.ask(request)
    await house.dead_letters.keep(
        "guest-invitations", b"{}", claim_on(request), "MaxDeliveryCountExceeded"
    )


async def _not_closed() -> None:
    house = a_house()
    message = ReceivedMessage(body=b"{}", message_id="m", enqueued_at=house.clock())
    message = replace(message, properties={"seal": "x"})  # it has to be looked at
    away = TryLater(Reason("ledger_unreachable", "."), timedelta(seconds=5))
    house.seal_key.says_next(*[away] * FAILURES)
    for _ in range(FAILURES):
        await house.dead_letter_queue.take("guest-results", DeadLetter(message=message))


async def _given_up() -> None:
    house, request = a_house(), a_request()
    await house.ask(request)
    await house.dead_letters.give_up(claim_on(request), Reason("throttled", "A pause."))


async def _braked() -> None:
    async with night() as here:
        for number in range(3):
            here.guest(f"over-{number}", -5)
        here.reported()
        here.terms(block_brake=Brake(1, 1))
        await here.sweep()


async def _held() -> None:
    house = a_house()
    house.policy.now = replace(a_policy(), brakes={**DEFAULT_BRAKES, Effect.INVITE: DailyBrake(0)})
    await house.drop("guests.csv", "email\nlena@fabrikam.com\n")


async def _without_sign_ins() -> None:
    async with night() as here:
        here.guest("quiet", seen=None)
        here.reported()
        await here.sweep()


async def _one_night() -> None:
    async with night() as here:
        here.guest("over", -5)
        here.reported()
        await here.whole()
        await here.sweep()


async def _snapshot() -> None:
    footing = Footing()
    files, records = FakeFiles(footing), FakeRecords(footing)
    await Snapshots(records=records, files=files, clock=FakeClock()).nightly()


async def _pace() -> None:
    now = [0.0]
    pacing = Pacing(now=lambda: now[0])
    for now[0] in (0.0, 61.0):
        pacing.heard(Budget.WRITES, Answer(200, {}, b""))


async def _mail_dropped() -> None:
    """For want of a mailbox: `b2b resend` sends it once there is one."""
    house = a_house()
    letter = Letter(
        id=LetterId("0" * 32),
        kind=MailKind.DIGEST,
        to=Address("s@contoso.com"),
        language="en",
        at=house.clock(),
        facts=Facts(),
    )
    await house.outbox.post(letter)
    await house.mailing.send(letter.id)


EMITTED: dict[str, Callable[[], Awaitable[None]]] = {
    "dead-letters": _dead_letter,
    "brake-held": _held,
    "rows-failed": _given_up,
    "dead-letters-not-closed": _not_closed,
    "sweep-stopped": _braked,
    "no-sign-ins": _without_sign_ins,
    "mails-lost": _mail_dropped,
    "workbook outcomes": _given_up,
    "workbook pace": _pace,
    "workbook sweeps": _one_night,
    "workbook actions": _one_night,
    "workbook guests": _one_night,
}


@pytest.mark.parametrize("name", EMITTED)
async def test_a_query_finds_what_the_app_writes(name: str, written: Log) -> None:
    await EMITTED[name]()
    found = kept(QUERIES[name], written.lines)

    assert found
    given = {fact for line in found for fact in line.facts}
    assert len(facts_in(QUERIES[name]) & given) >= 1
    if name.startswith("workbook"):
        # A column of several events may be empty for some of them; `code` is a stop's.
        assert facts_in(QUERIES[name]) - given <= {"code"}


async def test_a_brake_and_missing_sign_ins_are_told_apart(written: Log) -> None:
    await _braked()
    braked = [
        (line.event, line.facts["code"]) for line in kept(QUERIES["sweep-stopped"], written.lines)
    ]
    written.sent.clear()
    await _without_sign_ins()
    (told,) = kept(QUERIES["no-sign-ins"], written.lines)

    assert braked == [(events.SWEEP_BRAKED, "block_brake")]
    assert told.event == events.SIGN_INS_UNREADABLE
    assert kept(QUERIES["sweep-stopped"], written.lines) == []  # the night goes on


async def test_a_night_is_seen_as_one(written: Log) -> None:
    await _one_night()
    await _snapshot()
    async with tenant.scene() as now:
        tenant.fill(now)
        await now.census.go_on()
    async with audited(up_to("report")) as audit:
        await audit.audit()
    seen = {line.event for line in written.lines}

    assert events_in(QUERIES["no-nightly"]) <= seen


async def test_a_calm_night_sets_off_nothing(written: Log) -> None:
    await _one_night()
    await _snapshot()

    for name in (
        "dead-letters",
        "rows-failed",
        "sweep-stopped",
        "throttled",
        "no-sign-ins",
        "mails-lost",
        "overdue",
    ):
        assert kept(QUERIES[name], written.lines) == [], name


@pytest_asyncio.fixture
async def rim(storage: str) -> AsyncIterator[None]:
    """The app's own House, on Azurite and a local broker."""
    async with ServiceBus.running(read_file(INFRA / "servicebus.json")) as bus:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("AzureWebJobsStorage", storage)
            environment.setenv("SERVICEBUS", bus.connection_string)
            environment.setenv("TENANT_ID", TENANT)
            environment.setenv("TENANT_INITIAL_DOMAIN", "contoso.onmicrosoft.com")
            live.cache_clear()
            house = live()
        yield
        await house.close()
        live.cache_clear()


@pytest.mark.usefixtures("rim")
@pytest.mark.parametrize(
    ("age", "alarm"), [(timedelta(0), "throttled"), (timedelta(days=2), "rows-failed")]
)
async def test_what_the_rim_writes_of_waiting_is_seen(
    written: Log, age: timedelta, alarm: str
) -> None:
    @defers_to("%INVITATION_QUEUE%")
    async def throttled(_: ReceivedMessage) -> None:
        raise TryLater(Reason("throttled", "A pause."), timedelta(seconds=1))

    message = ServiceBusMessage(
        body=wire.write_request(a_request()),
        message_id=uuid4().hex,
        application_properties={},
        user_properties={},
        enqueued_time_utc=datetime.now(UTC) - age,
    )
    await throttled(message)

    assert kept(QUERIES[alarm], written.lines)


class Bare(logging.Handler):
    """As the worker's: it has no form of its own."""


@pytest.fixture
def bare() -> Iterator[Bare]:
    handler = Bare()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.mark.usefixtures("bare", "rim")
def test_a_worker_that_is_up_gives_its_lines_that_form(bare: Bare) -> None:
    assert isinstance(bare.formatter, FactsInLine)
