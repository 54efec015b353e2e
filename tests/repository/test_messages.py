"""The schemas, the examples and the document on messages are the same as the code."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from b2b import outside
from b2b.domain.command import Ensure, Leaving, Renewal
from b2b.schemas import main, schemas
from tests.fakes.house import TENANT
from tests.repository.schemas import DOCS, schema_of

EXAMPLES = DOCS / "examples"
FILES = sorted(path for path in EXAMPLES.rglob("*") if path.is_file())
WITH_A_BODY = [path for path in FILES if path.suffix != ".py"]


def body_of(path: Path) -> dict[str, Any]:
    """The one JSON object that starts a line and says its schema first."""
    (found,) = re.findall(r'^\{\n  "schema".*?^\}', path.read_text(), re.S | re.M)
    body: dict[str, Any] = json.loads(found)
    return body


@pytest.mark.parametrize("name", schemas())
def test_the_committed_schema_is_the_one_of_the_models(name: str) -> None:
    assert schema_of(name) == schemas()[name]
    Draft202012Validator.check_schema(schema_of(name))


def test_the_schemas_are_written_by_the_module(tmp_path: Path) -> None:
    main(tmp_path)

    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text() for path in (DOCS / "schemas").iterdir()}


@pytest.mark.parametrize("path", WITH_A_BODY, ids=lambda path: path.parent.name + "/" + path.name)
def test_the_body_of_every_example_fits_its_schema_and_is_understood(path: Path) -> None:
    body = body_of(path)
    name = body["schema"].partition("/")[0]
    Draft202012Validator(schema_of(name), format_checker=FormatChecker()).validate(body)
    raw = json.dumps(body).encode()

    if name == "guest-leave":
        assert isinstance(outside.read_departure(raw, TENANT), Leaving)
    else:
        expected = {"guest-invitation": Ensure, "guest-renewal": Renewal}[name]
        assert isinstance(outside.read_invitation(raw, TENANT), expected)


def test_every_language_and_every_kind_of_message_has_its_example() -> None:
    languages = {path.relative_to(EXAMPLES).parts[0] for path in FILES}
    kinds = {body_of(path)["schema"] for path in WITH_A_BODY}

    assert languages == {"python", "dotnet", "node", "powershell", "az", "messages"}
    assert kinds == {outside.INVITATION, outside.RENEWAL, outside.LEAVE}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name + "/" + path.name)
def test_the_document_shows_every_example_as_it_is(path: Path) -> None:
    shown = re.findall(r"^```\w+\n(.*?)^```", (DOCS / "messages.md").read_text(), re.S | re.M)

    assert path.read_text() in shown


def test_the_event_in_the_document_fits_the_schema() -> None:
    (event,) = re.findall(
        r"^```json\n(\{\n  \"specversion.*?)^```", (DOCS / "messages.md").read_text(), re.S | re.M
    )
    checker = FormatChecker()
    Draft202012Validator(schema_of("guest-event"), format_checker=checker).validate(
        json.loads(event)
    )


@pytest.mark.parametrize("name", ["guest-invitation", "guest-renewal", "guest-leave"])
def test_the_schema_refuses_what_the_app_refuses(name: str) -> None:
    good = next(body_of(p) for p in WITH_A_BODY if body_of(p)["schema"].startswith(name))
    valid = Draft202012Validator(schema_of(name), format_checker=FormatChecker())
    wrong: list[dict[str, Any]] = [
        good | {"salary": 5},
        good | {"schema": f"{name}/2"},
        good | {"correlationId": ""},
        good | {"sender": "Not a name"},
        *({k: v for k, v in good.items() if k != missing} for missing in good),
    ]
    optional = set(good) - set(schema_of(name)["required"])

    assert valid.is_valid(good)
    assert sum(not valid.is_valid(one) for one in wrong) == len(wrong) - len(optional)
    assert {"schema", "sender", "correlationId", "email"} <= set(schema_of(name)["required"])
