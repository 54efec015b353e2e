"""Every function works with exactly the permissions it names, and each of them is needed."""

import re
from pathlib import Path

import pytest

from sandbox.town import PERMISSIONS as IN_THE_SANDBOX
from tests.permissions.flows import FLOWS, WITHOUT_GRAPH
from tests.permissions.granted import PERMISSIONS, ROOT, STAGES, of_function, stage_of, up_to

FACTS = ROOT.parent / "shared" / "facts" / "graph.md"
NEEDED = [
    pytest.param(function, one.name, id=f"{function}-{one.name}")
    for one in PERMISSIONS
    for function in one.functions
    if function in FLOWS  # the first test names one that is missing
]


def functions_of_the_app() -> set[str]:
    table = (ROOT / "function_app.py").read_text(encoding="utf-8")
    return set(re.findall(r"^async def (\w+)\(", table, flags=re.MULTILINE))


def test_each_function_says_what_it_asks_of_graph() -> None:
    told = FLOWS.keys() | WITHOUT_GRAPH.keys()
    missing = functions_of_the_app() - told
    gone = told - functions_of_the_app()

    assert not missing, (
        f"add a row to FLOWS or WITHOUT_GRAPH in tests/permissions/flows.py: {missing}"
    )
    assert not gone, f"no longer in function_app.py: {gone}"


def test_each_permission_names_functions_that_are_proven() -> None:
    named = {function for one in PERMISSIONS for function in one.functions}

    assert named == FLOWS.keys()
    assert all(one.functions and one.reason for one in PERMISSIONS)


def test_each_permission_has_a_stage_and_is_there_once() -> None:
    assert {one.stage for one in PERMISSIONS} == set(STAGES) == {"report", "invite", "enforce"}
    assert len({one.name for one in PERMISSIONS}) == len(PERMISSIONS)
    assert len({one.id for one in PERMISSIONS}) == len(PERMISSIONS)


def test_the_first_stage_changes_nothing() -> None:
    writing = [
        name for name in up_to("report") if re.search(r"Write|Invite|Delete|Enable|Send", name)
    ]

    assert writing == []


def test_the_sandbox_grants_what_the_file_says_and_no_more() -> None:
    assert set(IN_THE_SANDBOX) == {one.name for one in PERMISSIONS}


@pytest.mark.skipif(not FACTS.is_file(), reason="the table of Microsoft's app roles is not here")
@pytest.mark.parametrize("one", PERMISSIONS, ids=lambda one: one.name)
def test_the_id_is_microsofts(one: object) -> None:
    rows = [line for line in Path(FACTS).read_text("utf-8").splitlines() if line.startswith("|")]
    ids: dict[str, str] = {}
    for row in rows:
        names, _, rest = row.strip("|").partition("|")
        spelled = [name.strip() for name in names.split(" / ")]
        found = re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", rest.split("|")[0])
        if len(found) == len(spelled):
            stem = spelled[0].rpartition(".")[0].rpartition(".")[0]
            full = [name if not name.startswith(".") else stem + name for name in spelled]
            ids |= dict(zip(full, found, strict=True))

    assert ids[one.name] == one.id  # type: ignore[attr-defined]


@pytest.mark.parametrize("function", sorted(FLOWS))
async def test_a_function_works_with_exactly_what_it_names(function: str) -> None:
    roles = of_function(function)
    refusals = await FLOWS[function](roles)

    assert refusals == frozenset()
    assert roles <= up_to(stage_of(function))


@pytest.mark.parametrize(("function", "permission"), NEEDED)
async def test_without_one_permission_the_function_is_refused(
    function: str, permission: str
) -> None:
    """Everything else of its stage is granted."""
    refusals = await FLOWS[function](up_to(stage_of(function)) - {permission})

    assert refusals != frozenset(), f"{function} does not need {permission}"
