"""Every sample file is judged as its expectation says, byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from b2b.domain.upload import RefusedFile, Upload
from tests.domain.upload.reading import Told, tell

HERE = Path(__file__).parents[2] / "csv"
SHARED = Path(__file__).parents[4] / "shared" / "csv"
CAPPED = "capped at the policy maximum"  # said by the policy, later


def _expected(folder: Path, name: str) -> dict[str, Any]:
    file = folder / name
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


GIVEN = _expected(HERE, "expected.json")
OWN = _expected(HERE, "own-expected.json")
ELSEWHERE = _expected(SHARED, "expected.json")


@pytest.mark.parametrize("name", GIVEN)
def test_a_given_sample_is_read_as_expected(name: str) -> None:
    _holds(tell((HERE / name).read_bytes()), GIVEN[name])


@pytest.mark.parametrize("name", OWN)
def test_a_sample_of_ours_is_read_as_expected(name: str) -> None:
    _holds(tell((HERE / name).read_bytes()), OWN[name])


@pytest.mark.skipif(not ELSEWHERE, reason="the shared samples are not beside this clone")
@pytest.mark.parametrize("name", ELSEWHERE or ["none"])
def test_the_copies_are_those_shared(name: str) -> None:
    assert (HERE / name).read_bytes() == (SHARED / name).read_bytes()
    assert GIVEN[name] == ELSEWHERE[name]


def test_every_sample_has_an_expectation() -> None:
    assert {path.name for path in HERE.glob("*.csv")} == {*GIVEN, *OWN}


def _holds(told: Told, expected: dict[str, Any]) -> None:
    upload = told.upload
    shape = [upload.encoding, upload.delimiter, upload.header_line]
    refused = [list(pair) for pair in told.refused]
    warnings = [text for text in expected["warnings"] if CAPPED not in text]

    assert shape == [expected["encoding"], expected["delimiter"], expected["header_line"]]
    assert isinstance(upload, RefusedFile) == (expected["verdict"] == "reject_file")
    assert told.reason == expected.get("reason")
    assert [wish.email for wish in told.wishes] == expected["accept"]
    assert refused == expected["reject_rows"]
    assert told.warnings == warnings
    for address, values in expected.get("wishes", {}).items():
        wish = next(wish for wish in told.wishes if wish.email == address)
        assert {name: _plain(getattr(wish, name)) for name in values} == values
    assert isinstance(upload, RefusedFile | Upload)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else str(value)
