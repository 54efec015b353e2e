"""Lists of policies: few, plain rows; selected, filtered by equality and cut into pages."""

import re
from typing import Any, Final
from urllib.parse import quote

from sandbox.directory.refusals import Refused, bad, missing
from sandbox.directory.world import Answer, Call

LIST: Final = frozenset({"$select", "$filter", "$top", "$skiptoken"})
ALONE: Final = frozenset({"$select"})
PAGE: Final = 100
EQUALS: Final = re.compile(r"(\w+) eq '((?:[^']|'')*)'\Z")


def listed(call: Call, rows: list[dict[str, Any]], context: str) -> Answer:
    place, page = _whole(call, "$skiptoken", 0), _whole(call, "$top", PAGE)
    found = [row for row in rows if _fits(call, row)]
    body: dict[str, Any] = call.context(context)
    if len(found) > place + page:
        options = call.options | {"$skiptoken": str(place + page)}
        text = "&".join(f"{name}={quote(value, safe='')}" for name, value in options.items())
        body["@odata.nextLink"] = f"{call.base}{call.path}?{text}"
    body["value"] = [selected(call, row) for row in found[place : place + page]]
    return Answer(200, body)


def one(call: Call, row: dict[str, Any], context: str) -> Answer:
    return Answer(200, call.context(f"{context}/$entity") | selected(call, row))


def with_id(rows: list[dict[str, Any]], identity: str, key: str = "id") -> dict[str, Any]:
    """Raises Refused (404)."""
    found = next((row for row in rows if row[key].lower() == identity.lower()), None)
    if found is None:
        raise missing(identity)
    return found


def selected(call: Call, whole: dict[str, Any]) -> dict[str, Any]:
    names = [name.strip() for name in call.options.get("$select", "").split(",") if name.strip()]
    for name in names:
        if name not in whole:
            raise _no_property(name)
    return {name: whole[name] for name in names} if names else whole


def merged(before: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A PATCH: complex properties are merged property by property, lists are replaced."""
    after = dict(before)
    for name, value in changes.items():
        inner = after.get(name)
        both = isinstance(value, dict) and isinstance(inner, dict)
        after[name] = merged(inner, value) if both and inner is not None else value
    return after


def _fits(call: Call, row: dict[str, Any]) -> bool:
    text = call.options.get("$filter")
    if text is None:
        return True
    asked = EQUALS.match(text)
    if asked is None:
        raise bad(f"Invalid filter clause: {text}", "BadRequest")
    if asked[1] not in row:
        raise _no_property(asked[1])
    return bool(row[asked[1]] == asked[2].replace("''", "'"))


def _whole(call: Call, name: str, otherwise: int) -> int:
    text = call.options.get(name, str(otherwise))
    if not text.isdecimal() or (name == "$top" and not 1 <= int(text) <= 999):
        raise bad(f"Invalid value for the query option '{name}': '{text}'.", "BadRequest")
    return int(text)


def _no_property(name: str) -> Refused:
    return bad(
        f"Parsing OData Select and Expand failed: Could not find a property named '{name}'.",
        "BadRequest",
    )
