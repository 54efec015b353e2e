"""The part of KQL that our alarms are written in, done on lines that the app wrote.

Only the shape of a line, `where` on events and facts, and what a query names are understood:
whether Azure agrees with the rest is not shown here.
"""

import ast
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.infra.bicep import text

_HEAD = text("alerts/lines.kql")
(_NAME,) = re.findall(r'event matches regex @"(.*)"', _HEAD)
(_FACTS,) = re.findall(r'extract\(@"(.*)", 1, Said\)', _HEAD)


@dataclass(frozen=True, slots=True)
class Line:
    event: str
    facts: Mapping[str, Any]


def lines(messages: Iterable[str]) -> list[Line]:
    """As alerts/lines.kql reads them."""
    found = []
    for message in messages:
        said = message.split("\n")[0]
        event = said.split(" ")[0]
        facts = re.search(_FACTS, said)
        if re.search(_NAME, event):
            found.append(Line(event, json.loads(facts[1]) if facts else {}))
    return found


def events_in(query: str) -> set[str]:
    return set(re.findall(r'"([a-z_]+\.[a-z_]+)"', query))


def facts_in(query: str) -> set[str]:
    return set(re.findall(r"facts\.(\w+)", query))


def kept(query: str, given: Iterable[Line]) -> list[Line]:
    """Those that pass every `where` of the query that is about events and facts."""
    found = list(given)
    for condition in re.findall(r"^\| where (.*)$", query, flags=re.MULTILINE):
        about_lines = "event" in condition or "facts." in condition
        if about_lines and "matches regex" not in condition:  # that is the shape of a line
            found = [line for line in found if _holds(_parsed(condition), line)]
    return found


def _parsed(condition: str) -> ast.expr:
    return ast.parse(condition, mode="eval").body


def _holds(node: ast.expr, line: Line) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(one, line) for one in values)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_holds(one, line) for one in values)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            return bool(_value(left, line) == _value(right, line))
        case ast.Compare(left=left, ops=[ast.In()], comparators=[right]):
            return _value(left, line) in _value(right, line)
        case _:
            raise AssertionError(f"not understood: {ast.unparse(node)}")


def _value(node: ast.expr, line: Line) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=elements):
            return [_value(one, line) for one in elements]
        case ast.Name(id="event"):
            return line.event
        case ast.Call(func=ast.Name(id="tostring"), args=[ast.Attribute(attr=name)]):
            return str(line.facts.get(name, ""))
        case _:
            raise AssertionError(f"not understood: {ast.unparse(node)}")
