"""The pipelines check what we check, deploy without a secret, and can do no more than they need."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.repository.test_files import tracked

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in read(path)["jobs"].values() for step in job.get("steps", [])]


def test_there_are_a_check_and_a_deployment() -> None:
    assert [path.stem for path in FILES] == ["check", "deploy"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_secret_is_asked_for(path: Path) -> None:
    assert "secrets." not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_actions_are_microsofts_and_githubs_by_hash(path: Path) -> None:
    """A tag can be moved to other code; the version beside it is for people and Dependabot."""
    lines = re.findall(r"uses: (?!\./)(.*)", path.read_text(encoding="utf-8"))

    assert lines
    for one in lines:
        assert re.fullmatch(r"(actions|azure|Azure)/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one), one


def test_one_action_has_one_hash() -> None:
    used = {line for path in FILES for line in re.findall(r"uses: (?!\./)(.*)", path.read_text())}

    assert len({one.partition("@")[0].lower() for one in used}) == len(used)


def test_a_deployment_says_all_that_an_installation_has_of_its_own() -> None:
    """What it left out would be taken away: the alarm's webhook, for one."""
    parameters = (ROOT / "infra" / "main.parameters.json").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", parameters))
    said = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]["deploy"]["env"]

    assert asked - said.keys() == {"AZURE_PRINCIPAL_ID"}  # azd knows who deploys
    for name, value in re.findall(r'"value": "\$\{(\w+)(=\w*)?\}"', parameters):
        if not value and not name.startswith("AZURE_") and name != "TENANT_INITIAL_DOMAIN":
            assert re.search(r"\|\| '(\[\]|\{\})' \}\}$", said[name]), f"{name}: no JSON when empty"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_rights_are_the_fewest_and_jobs_end(path: Path) -> None:
    workflow = read(path)
    wanted = {"check": {"contents": "read"}, "deploy": {"contents": "read", "id-token": "write"}}

    assert workflow["permissions"] == wanted[path.stem]
    for job in workflow["jobs"].values():
        assert "permissions" not in job
        assert "uses" in job or job["timeout-minutes"] <= 60
    for step in steps(path):
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False


def test_only_the_deployment_may_ask_for_a_token_and_nobody_starts_it_unasked() -> None:
    deploy = read(ROOT / ".github" / "workflows" / "deploy.yml")
    # YAML 1.1 reads the word "on" as true.
    assert list(deploy[True]) == ["workflow_dispatch"]
    assert deploy["jobs"]["deploy"]["environment"] == "${{ inputs.environment }}"


def test_nothing_is_deployed_that_the_checks_of_this_commit_have_not_passed() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "deploy.yml")["jobs"]

    assert jobs["check"] == {"uses": "./.github/workflows/check.yml"}
    assert jobs["deploy"]["needs"] == "check"
    assert "workflow_call" in read(ROOT / ".github" / "workflows" / "check.yml")[True]


def test_what_a_person_types_is_never_part_of_a_command() -> None:
    for path in FILES:
        for step in steps(path):
            assert "${{" not in step.get("run", ""), step


def test_main_is_checked_by_the_command_of_the_house() -> None:
    runs = [step.get("run") for step in steps(ROOT / ".github" / "workflows" / "check.yml")]

    assert ".ci/run" in runs
    for run in runs:
        for target in re.findall(r"^make ([\w-]+)", run or ""):
            assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    assert {"make audit", "make sbom", "make infra-scan"} <= set(runs)


def test_an_audit_that_could_not_ask_is_no_audit() -> None:
    """Without --strict pip-audit passes over what no advisory service knows, and ends well."""
    assert re.search(r"bin/pip-audit --strict ", MAKEFILE)


def test_every_kind_of_dependency_is_renewed() -> None:
    updates = read(ROOT / ".github" / "dependabot.yml")["updates"]
    kinds = {one["package-ecosystem"]: one for one in updates}
    locks = [path for path in tracked() if path.name == "package-lock.json"]

    assert kinds.keys() == {"pip", "npm", "github-actions"}
    assert {ROOT / name.strip("/") for name in kinds["npm"]["directories"]} == {
        path.parent for path in locks
    }


def test_tools_with_pins_of_their_own_stay_out_of_our_environment() -> None:
    ours = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")

    for tool in ("checkov", "pip-audit", "uv"):
        assert not re.search(rf"^{tool}==", ours, re.MULTILINE)
        assert re.search(rf"TOOL = {tool}[\w-]*==[\d.]+", MAKEFILE)
