"""Every property of every Graph model as null, missing or of a wrong type: never a crash.

Refused and TryLater are answers; anything else would be delivered ten times and then be lost.
"""

import importlib
import json
import pkgutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

import b2b.adapters.graph as graph_package
from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.pages import GraphPage
from b2b.domain.errors import Refused, TryLater

GOOD: dict[str, Any] = {
    "id": "00000000-0000-4000-9000-000000000001",
    "userType": "Guest",
    "accountEnabled": True,
    "externalUserState": "Accepted",
    "externalUserStateChangeDateTime": "2026-01-01T00:00:00Z",
    "createdDateTime": "2026-01-01T00:00:00Z",
    "deletedDateTime": "2026-01-01T00:00:00Z",
    "activityDateTime": "2026-01-01T00:00:00Z",
    "mail": "ann@partner.example",
    "userPrincipalName": "ann_partner.example#EXT#@home.example",
    "state": "delivered",
    "principalId": "00000000-0000-4000-9000-000000000001",
    "target": {"objectId": "00000000-0000-4000-9000-000000000001"},
}
WRONG: tuple[Any, ...] = (
    None,
    7,
    "",
    "text",
    [],
    {},
    [None],
    True,
    "0001-01-01T00:00:00Z",
    {"a": []},
    ...,
)


def _models() -> Iterator[type[BaseModel]]:
    for found in pkgutil.walk_packages(graph_package.__path__, graph_package.__name__ + "."):
        module = importlib.import_module(found.name)
        for kind in vars(module).values():
            if not isinstance(kind, type) or not issubclass(kind, BaseModel):
                continue
            if kind.__module__ == module.__name__ and "[" not in kind.__name__:
                yield kind


SHARED = ("GraphPage", "_Logged")  # only what is made of them is read
MODELS = sorted(
    {kind for kind in _models() if kind.__name__ not in SHARED}, key=lambda one: one.__name__
)


def _name(model: type[BaseModel], field: str) -> str:
    info = model.model_fields[field]
    return str(info.alias or field)


@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.__name__)
def test_no_property_of_an_answer_is_a_crash(model: type[BaseModel]) -> None:
    for field in model.model_fields:
        for wrong in WRONG:
            body = {key: value for key, value in GOOD.items() if key != _name(model, field)}
            if wrong is not ...:
                body[_name(model, field)] = wrong
            for raw in (json.dumps(body).encode(), body):
                _read_and_use(model, raw)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"7", b"{", None, [], "x"])
@pytest.mark.parametrize("model", MODELS, ids=lambda one: one.__name__)
def test_an_answer_that_is_none_is_no_crash(model: type[BaseModel], body: Any) -> None:
    _read_and_use(model, body)


def _read_and_use(model: type[BaseModel], body: Any) -> None:
    """What a model makes of it as well: its value, its kind, its newest date."""
    try:
        read = Answer(200, httpx.Headers(), body).read(model)
        for use in ("value", "newest", "who", "ends"):
            method = getattr(read, use, None)
            if callable(method) and not (use == "value" and "state" in model.model_fields):
                method()
    except (Refused, TryLater):
        pass


ACCOUNTS = ("GraphPresent", "GraphEnrolled", "GraphSeen")


@pytest.mark.parametrize("name", ACCOUNTS)
def test_of_a_page_nothing_is_lost_but_the_account_that_cannot_be_read(name: str) -> None:
    from b2b.adapters.graph.pages import _Item, _one_by_one

    (model,) = (one for one in MODELS if one.__name__ == name)
    for field in model.model_fields:
        for wrong in WRONG:
            bad = {key: value for key, value in GOOD.items() if key != _name(model, field)}
            if wrong is not ...:
                bad[_name(model, field)] = wrong
            body = json.dumps({"value": [GOOD, bad, GOOD]}).encode()
            page = Answer(200, httpx.Headers(), body).read(GraphPage[_Item])
            part = _one_by_one(page, model)

            assert len(part.value) + len(part.unread) == 3
            assert len(part.unread) <= 1
            assert all(one.why for one in part.unread)
