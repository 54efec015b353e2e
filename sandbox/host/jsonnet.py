"""What becomes of JSON that the host reads with Json.NET and writes again.

Sources, read on 2026-11-29: Newtonsoft.Json `DateTimeUtils.TryParseDateTime` (which texts are read
as moments) and github.com/Azure/azure-functions-python-worker/issues/1401 (the digits that a batch
of messages loses).
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

_MOMENT = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


def read(text: str) -> Any:
    """The value. Of keys that occur twice the last one counts. Raises ValueError."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError as deep:
        raise ValueError("the JSON is nested too deeply") from deep


def rewritten(value: Any) -> Any:
    """A value as it comes out again: texts that look like a moment are written in another way."""
    if isinstance(value, dict):
        return {key: rewritten(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rewritten(inner) for inner in value]
    return _moment(value) if isinstance(value, str) else value


def as_text(value: Any) -> str:
    """A simple value of a property as .NET turns it into text (invariant culture)."""
    if isinstance(value, str):
        parts = _parts(value)
        return f"{parts[0]:%m/%d/%Y %H:%M:%S}" if parts else value
    if isinstance(value, float):
        return repr(value).removesuffix(".0").upper()
    return str(value)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _moment(text: str) -> str:
    parts = _parts(text)
    if parts is None:
        return text
    moment, fraction, zone = parts
    return moment.isoformat(timespec="seconds") + (f".{fraction}" if fraction else "") + zone


def _parts(text: str) -> tuple[datetime, str, str] | None:
    """Local time (UTC, as in Azure), digits of the fraction and the zone as they are written."""
    found = _MOMENT.fullmatch(text) if 19 <= len(text) <= 40 else None
    if found is None:
        return None
    zone = found["zone"] or ""
    try:
        moment = datetime.fromisoformat(found["second"] + zone.replace("Z", ""))
        moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
    fraction = (found["fraction"] or "")[:7].rstrip("0")
    return moment, fraction, zone if zone in ("", "Z") else "+00:00"
