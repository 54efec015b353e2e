"""What pydantic finds wrong with one table, in the words of the file."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from b2b.policy_file.fault import Complaint, Path, shown
from b2b.policy_file.tables import PolicyTable

_WORDS = {
    "missing": "this key to be set",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "bool_type": "true or false",
    "too_short": "a list with one entry or more",
}


def complaint_of(error: ErrorDetails) -> Complaint:
    """A fault in the name of an entry is told at that entry, as one in its value is."""
    path: Path = tuple(step for step in error["loc"] if step != "[key]")
    kind = error["type"]
    if kind == "extra_forbidden":
        return Complaint(path, _known_keys(path), f"the unknown key {shown(path[-1])}")
    found = "nothing" if kind == "missing" else shown(error["input"])
    if kind == "enum":
        return Complaint(path, f"one of {_choices(error)}", found)
    return Complaint(path, _WORDS.get(kind, error["msg"]), found)


def _choices(error: ErrorDetails) -> str:
    return str(error["ctx"]["expected"]).replace("'", '"')


def _known_keys(path: Path) -> str:
    keys = sorted(_table_at(path[:-1]).model_fields)
    close = get_close_matches(str(path[-1]), keys, n=1)
    return f"the key {shown(close[0])}" if close else f"one of the keys {', '.join(keys)}"


def _table_at(path: Path) -> type[BaseModel]:
    """Places in lists and the names of groups and packages lead no deeper into the models."""
    table: type[BaseModel] = PolicyTable
    for step in path:
        field = table.model_fields.get(str(step))
        table = next(_tables_in(field.annotation), table) if field else table
    return table


def _tables_in(kind: object) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for inner in get_args(kind):
        yield from _tables_in(inner)
