"""NCRONTAB: when a timer is due, in UTC."""

from datetime import datetime, timedelta
from typing import Any

from croniter import croniter

from sandbox.host.errors import CannotStart


class Schedule:
    """Six fields, seconds first; five mean second 0.

    learn.microsoft.com/azure/azure-functions/functions-bindings-timer, "NCRONTAB expressions".
    """

    def __init__(self, function: str, expression: str) -> None:
        fields = expression.split()
        if len(fields) == 5:
            fields.insert(0, "0")
        self.expression = " ".join(fields)
        if len(fields) != 6 or not self._readable():
            raise CannotStart(f"function {function}: {expression!r} is not an NCRONTAB expression")

    def next(self, after: datetime) -> datetime:
        following: Any = croniter(self.expression, after, second_at_beginning=True)
        moment: datetime = following.get_next(datetime)
        return moment

    def is_frequent(self, now: datetime) -> bool:
        """Whether runs are less than a minute apart: the real host keeps no status of these."""
        first = self.next(now)
        return self.next(first) - first < timedelta(minutes=1)

    def _readable(self) -> bool:
        reader: Any = croniter
        return bool(reader.is_valid(self.expression, second_at_beginning=True))
