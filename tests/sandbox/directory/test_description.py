"""The stand-in against the machine description of Graph, where a copy lies beside the clone.

Besides this, every answer in all other tests is held to it: see description.py.
"""

import re
from typing import Any

import httpx
import pytest

from sandbox.directory.operations import Operation
from sandbox.directory.properties import GROUP_PROPERTIES, USER_PROPERTIES, Property
from sandbox.directory.table import ROWS
from tests.sandbox.directory.description import (
    AVAILABLE,
    UNDESCRIBED,
    WHY_NOT,
    description,
    hold_to_description,
)

pytestmark = pytest.mark.skipif(not AVAILABLE, reason=WHY_NOT)
SCHEMAS = "microsoft.graph."


def _described(row: Operation) -> dict[str, Any] | None:
    paths = description(row.version)["paths"]
    found = {re.sub(r"\{[^}]*\}", "{}", path): path for path in paths}
    path = found.get(row.path)
    operation: dict[str, Any] | None = paths[path].get(row.method.lower()) if path else None
    return operation


DESCRIBED = [row for row in ROWS if row.path not in UNDESCRIBED and row.method != "DELETE"]


@pytest.mark.parametrize("row", DESCRIBED, ids=lambda row: f"{row.version} {row.name}")
def test_every_operation_is_one_of_graphs(row: Operation) -> None:
    assert _described(row) is not None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.version} {row.name}")
def test_query_options_are_graphs(row: Operation) -> None:
    operation = _described(row) or {}
    known = {one["name"] for one in operation.get("parameters", ()) if one.get("in") == "query"}

    # $select on an answer to a POST is documented in prose only.
    assert not operation or row.method == "POST" or row.version == "beta" or row.options <= known


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.version} {row.name}")
def test_costs_are_graphs(row: Operation) -> None:
    operation = _described(row) or {}
    base = operation.get("x-resource-units")
    write = operation.get("x-write-cost")
    cast = row.path.endswith(("microsoft.graph.user", "microsoft.graph.group"))

    # The description has no cost of its own for a cast; the list it belongs to has.
    assert base in (None, row.units) or cast
    # The budget of writes is that of the identity service.
    of_another = row.service != "identity"
    assert write is None or of_another or write == row.charge({}).writes


@pytest.mark.parametrize(
    ("schema", "properties"), [("user", USER_PROPERTIES), ("group", GROUP_PROPERTIES)]
)
def test_properties_are_graphs(schema: str, properties: dict[str, Property]) -> None:
    described = description("v1.0")["components"]["schemas"][SCHEMAS + schema]["properties"]
    for name, held in properties.items():
        assert name in described, name
        assert not (held.writable and described[name].get("x-read-only")), name
        assert held.longest == described[name].get("maxLength", held.longest), name


def _answer(body: Any, url: str = "http://localhost:1/v1.0/users") -> httpx.Response:
    return httpx.Response(200, json=body, request=httpx.Request("GET", url))


def test_a_wrong_answer_would_be_noticed() -> None:
    good = {"value": [{"id": "1", "accountEnabled": True}]}
    hold_to_description(_answer(good))

    with pytest.raises(AssertionError):
        hold_to_description(_answer({"value": [{"id": "1", "accountEnabled": "yes"}]}))
    with pytest.raises(AssertionError):
        hold_to_description(_answer(good, "http://localhost:1/v1.0/nowhere"))
