"""How a line of the log reaches Application Insights with its facts (decisions/telemetry.md)."""

import json
import logging

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class FactsInLine(logging.Formatter):
    """`event.name {"fact": "value"}` on the first line, then the traceback if there is one."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        facts = {name: value for name, value in vars(record).items() if name not in _OWN}
        if not facts:
            return record.getMessage()
        return f"{record.getMessage()} {json.dumps(facts, default=str, ensure_ascii=False)}"


def tell_facts() -> None:
    """The Functions worker sends text alone to the host; whoever has a form of its own keeps it."""
    for handler in logging.getLogger().handlers:
        if handler.formatter is None:
            handler.setFormatter(FactsInLine())
