"""Each row of a table that promises something names a test that exists, or says "no test"."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLES = {
    "docs/threat-model.md": "What somebody could try",
    "docs/operate.md": "How long what is kept",
    "SECURITY.md": "What we promise",
}
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
WITHOUT = {"no test", "", "the same"}


def rows(document: str) -> list[list[str]]:
    """The cells of the table below that heading, without its two first lines."""
    text = (ROOT / document).read_text(encoding="utf-8")
    section = text.split(f"## {TABLES[document]}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def defined(path: Path) -> frozenset[str]:
    """Functions and classes of the file, and what is assigned to a name."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(found)


@pytest.mark.parametrize("document", TABLES)
def test_every_row_has_as_many_cells_and_names_a_test_or_says_that_there_is_none(
    document: str,
) -> None:
    found = rows(document)

    assert len(found) >= 5
    assert {len(row) for row in found} == {len(found[0])}
    unproven = [row for row in found if row[-1] not in WITHOUT and not NAMED.findall(row[-1])]
    assert unproven == []


@pytest.mark.parametrize("document", TABLES)
def test_every_named_test_exists(document: str) -> None:
    named = [pair for row in rows(document) for pair in NAMED.findall(row[-1])]
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or (name and name not in defined(ROOT / path))
    ]

    assert missing == []


def test_what_no_test_shows_is_called_open() -> None:
    """Else a row reads as a promise."""
    silent = [row for row in rows("docs/threat-model.md") if row[-1] == "no test"]

    assert all("nothing yet" in row[2] or "beside the event loop" in row[2] for row in silent)


def test_every_table_and_container_has_a_life() -> None:
    """A new one needs a row in docs/operate.md."""
    kept = " ".join(row[0] for row in rows("docs/operate.md"))
    tables = set[str]()
    for path in (ROOT / "b2b" / "adapters").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        constants = dict(re.findall(r'^([A-Z_]+) = "(\w+)"$', text, re.MULTILINE))
        for names, values in re.findall(r'^([A-Z_]+(?:, [A-Z_]+)+) = (".+")$', text, re.MULTILINE):
            constants |= dict(zip(names.split(", "), re.findall(r'"(\w+)"', values), strict=False))
        used = re.findall(r"(?:_table|get_table_client|if_not_exists)\(([A-Z_]+)\)", text)
        tables |= {constants[name] for name in used if name in constants}
    containers = json.loads((ROOT / "infra" / "containers.json").read_text("utf-8")).keys()

    assert {"rows", "letters", "runs", "seals"} <= tables
    missing = (tables | containers - {"config", "packages"}) - set(re.findall(r"`([\w-]+)`", kept))
    assert missing == set()
