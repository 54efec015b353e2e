"""Logs as JSON lines on stderr, let through by the log levels of host.json."""

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Current(NamedTuple):
    function: str
    invocation: str


CURRENT: ContextVar[Current | None] = ContextVar("current", default=None)
"""The invocation that the running code belongs to."""

# learn.microsoft.com/azure/azure-functions/configure-monitoring, "Configure log levels"
_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}
_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def log_as_json(levels: Mapping[str, str]) -> None:
    """Takes over the root logger. The SDKs' wire and HTTP chatter starts at WARNING."""
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(_JsonLines())
    writer.addFilter(_Levels(levels))
    logging.basicConfig(handlers=[writer], level=logging.DEBUG, force=True)
    for chatty in ("azure", "asyncio", "aiohttp.access", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Levels(logging.Filter):
    """Asks for the level of the longest category that fits, as the real host does."""

    def __init__(self, levels: Mapping[str, str]) -> None:
        super().__init__()
        self._levels = {
            category: _LEVELS.get(level.lower(), logging.INFO) for category, level in levels.items()
        }

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= self._level(_category(record))

    def _level(self, category: str) -> int:
        fitting = [
            name for name in self._levels if category == name or category.startswith(f"{name}.")
        ]
        return self._levels.get(max(fitting, key=len, default="default"), logging.INFO)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current := CURRENT.get():
            line |= current._asdict()
        line |= {key: value for key, value in vars(record).items() if key not in _OWN_FIELDS}
        if record.exc_info and record.exc_info[1]:
            line["exception"] = "".join(traceback.format_exception(record.exc_info[1]))
        return json.dumps(line, default=str, ensure_ascii=False)


def _category(record: logging.LogRecord) -> str:
    if record.name.startswith("sandbox.host"):
        return "Host.Results" if record.name.endswith(".invocation") else "Host.General"
    current = CURRENT.get()
    return f"Function.{current.function}.User" if current else "Worker"
