"""A line of the log carries its facts as text, where nobody else gives it a form."""

import json
import logging
from collections.abc import Iterator

import pytest

from b2b import events
from b2b.wiring.telemetry import tell_facts


class Worker(logging.Handler):
    """As the Functions worker's: it sends the formatted text and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.sent.append(self.format(record))


@pytest.fixture
def worker() -> Iterator[Worker]:
    root, handler = logging.getLogger(), Worker()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


log = logging.getLogger("b2b.test")


def test_facts_follow_the_name_of_the_event(worker: Worker) -> None:
    tell_facts()
    log.info(events.REQUEST_CLOSED, extra={"request": "r", "ending": "failed"})

    name, _, facts = worker.sent[0].partition(" ")
    assert name == events.REQUEST_CLOSED
    assert json.loads(facts) == {"request": "r", "ending": "failed"}


def test_a_line_without_facts_is_its_name(worker: Worker) -> None:
    tell_facts()
    log.info(events.UPLOAD_KNOWN)

    assert worker.sent == [events.UPLOAD_KNOWN]


def test_a_traceback_stands_below(worker: Worker) -> None:
    tell_facts()
    try:
        raise ValueError("broken")
    except ValueError:
        log.exception(events.MESSAGE_CRASHED, extra={"queue": "q"})

    first, *rest = worker.sent[0].splitlines()
    assert first == f'{events.MESSAGE_CRASHED} {{"queue": "q"}}'
    assert rest[-1] == "ValueError: broken"


def test_a_form_that_somebody_chose_is_kept(worker: Worker) -> None:
    worker.setFormatter(logging.Formatter("[%(message)s]"))
    tell_facts()
    log.info(events.UPLOAD_KNOWN, extra={"a": 1})

    assert worker.sent == [f"[{events.UPLOAD_KNOWN}]"]
