"""Holds request bodies to what is documented: known properties, right types, nothing read-only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.directory.properties import EXTENSION, Kind
from sandbox.directory.refusals import Refused, bad


@dataclass(frozen=True, slots=True)
class Field:
    kind: str = "string"
    required: bool = False
    most: int | None = None  # longest text, or most elements
    inner: "Body | None" = None
    values: frozenset[str] | None = None  # the only ones there are


Body = Mapping[str, Field]
EMPTY_BODY: Final[Body] = {}
REFERENCE: Final[Body] = {"@odata.id": Field(required=True)}


def check(body: Any, fields: Body) -> dict[str, Any]:
    """The body, when each property of it is known and fits. Raises Refused (400)."""
    if not isinstance(body, dict):
        raise bad("A JSON object is expected in the request body.")
    for name in body:
        if name not in fields and not name.startswith("@odata."):
            raise _invalid(name)
    for name, field in fields.items():
        if field.required and body.get(name) in (None, "", []):
            raise bad(f"A value is required for property '{name}'.")
        if body.get(name) is not None:
            _fits(name, body[name], field)
    return body


def _fits(name: str, value: Any, field: Field) -> None:
    if not TYPES[field.kind](value):
        raise bad(f"A value of another type is expected for property '{name}'.")
    if field.most is not None and len(value) > field.most:
        raise bad(f"Property '{name}' may not be longer than {field.most}.")
    known = field.values
    if known is not None and not known.issuperset(value if isinstance(value, list) else [value]):
        raise bad(f"Invalid value specified for property '{name}'.")
    if field.inner is not None:
        for part in value if isinstance(value, list) else [value]:
            check(part, field.inner)


def changes_of(
    body: Mapping[str, Any], kind: Kind, extensions: Mapping[str, str]
) -> dict[str, Any]:
    """The properties to write. Raises Refused (400) for unknown and read-only ones."""
    changes = {name: value for name, value in body.items() if not name.startswith("@odata.")}
    for name, value in changes.items():
        if EXTENSION.match(name):
            _extension(name, value, extensions)
            continue
        held = kind.properties.get(name)
        if held is None or held.alone:
            raise _invalid(name)
        if not held.writable:
            raise bad(f"Property '{name}' is read-only and cannot be set.")
        if value is not None:
            _fits(name, value, Field(held.kind, most=held.longest))
    return changes


def _extension(name: str, value: Any, extensions: Mapping[str, str]) -> None:
    if name not in extensions:
        raise bad(f"The following extension properties are not available: {name}.")
    kinds = {"String": "string", "Boolean": "bool", "DateTime": "date", "Integer": "number"}
    if value is not None:
        _fits(name, value, Field(kinds[extensions[name]]))


def _invalid(name: str) -> Refused:
    return bad(f"Invalid property '{name}'.")


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "date": _is_date,
    "strings": lambda value: isinstance(value, list) and all(isinstance(v, str) for v in value),
    "things": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "extensionAttributes": lambda value: isinstance(value, dict),
}
