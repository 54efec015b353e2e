"""What stops an app from loading is told, with the function's name, before anything runs."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.host.app import load_app
from sandbox.host.errors import CannotStart
from sandbox.host.function import Function
from tests.sandbox.host.running import refusal, write_app

QUEUE = '@app.service_bus_queue_trigger(arg_name="message", queue_name="q", connection="BUS")\n'
TIMER = '@app.timer_trigger(arg_name="timer", schedule="0 0 2 * * *")\n'


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # a closure
    def read(source: str, settings: Mapping[str, str] | None = None) -> list[Function]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "path", [*sys.path])
        monkeypatch.delitem(sys.modules, "function_app", raising=False)
        return load_app(write_app(tmp_path / "app", source), settings or {})

    return read


def test_a_good_app_gives_its_functions(load) -> None:  # type: ignore[no-untyped-def]
    functions = load(
        QUEUE
        + "async def one(message: func.ServiceBusMessage, context: func.Context): ...\n"
        + '@app.function_name("nightly")\n'
        + TIMER
        + "def sweep(timer: func.TimerRequest): ...\n"
    )

    assert [each.name for each in functions] == ["one", "nightly"]
    assert [each.is_async for each in functions] == [True, False]
    assert [each.wants_context for each in functions] == [True, False]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (QUEUE + "def f(msg: func.ServiceBusMessage): ...", "no binding fills the parameter msg"),
        (QUEUE + "def f(): ...", "the binding message has no parameter of that name"),
        (QUEUE + "def f(message: func.TimerRequest): ...", "a serviceBusTrigger does not give"),
        (QUEUE + "def f(message: list[func.ServiceBusMessage]): ...", "for many: typing.List"),
        (QUEUE + "def f(message: 'Nobody'): ...", "an annotation cannot be read"),
        (QUEUE + "def f(message, context: int): ...", "context must be annotated"),
        ("other = func.FunctionApp()", "more than one FunctionApp"),
        ("del app", "no FunctionApp"),
        ("import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ('@app.route("x")\ndef f(req: func.HttpRequest): ...', "httpTrigger is not supported"),
        (
            QUEUE
            + '@app.service_bus_queue_output(arg_name="out", queue_name="o", connection="B")\n'
            "def f(message: func.ServiceBusMessage, out: func.Out[str]): ...",
            "the binding out of type serviceBus is not supported",
        ),
        (
            TIMER + "def f(timer: func.TimerRequest): ...\n"
            '@app.function_name("f")\n' + TIMER + "def g(timer: func.TimerRequest): ...",
            "Function f does not have a unique",
        ),
    ],
)
def test_a_fault_is_told(load, source: str, told: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CannotStart) as refused:
        load(source)

    assert told in str(refused.value)


def test_many_is_taken_with_the_older_spelling(load) -> None:  # type: ignore[no-untyped-def]
    [function] = load(QUEUE + "def f(message: typing.List[func.ServiceBusMessage]): ...")

    assert function.parameter == "message"


def test_settings_are_put_into_the_binding(load) -> None:  # type: ignore[no-untyped-def]
    source = QUEUE.replace('"q"', '"%QUEUE%-%STAGE%"') + "def f(message): ..."

    [function] = load(source, {"QUEUE": "orders", "STAGE": "test"})

    assert function.trigger["queueName"] == "orders-test"


def test_a_missing_setting_names_the_function_and_the_setting(load) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(CannotStart, match="function take: the setting QUEUE"):
        load(QUEUE.replace('"q"', '"%QUEUE%"') + "def take(message): ...")


def test_the_command_refuses_in_one_sentence(tmp_path: Path) -> None:
    folder = write_app(tmp_path / "app", QUEUE + "def take(message): ...")

    without = refusal(folder)
    with_identity = refusal(folder, {"BUS__fullyQualifiedNamespace": "ns.example.net"})

    assert "cannot start: function take: the connection setting BUS is missing" in without
    assert "BUS__fullyQualifiedNamespace ask for an identity" in with_identity
    assert "Traceback" not in without + with_identity
