"""What the files of the repository hold, and what they do not."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from sandbox.host.hostjson import unknown_keys

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ("requirements.txt", "requirements-cli.txt", "requirements-dev.txt")


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone: nothing says which files are tracked")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_host_json_says_nothing_that_the_host_would_ignore() -> None:
    document = json.loads((ROOT / "host.json").read_text())

    assert list(unknown_keys(document)) == []


def test_a_key_that_the_host_does_not_know_would_be_found() -> None:
    document = json.loads((ROOT / "host.json").read_text())
    document["extensions"]["serviceBus"]["messageHandlerOptions"] = {}

    assert list(unknown_keys(document)) == ["extensions.serviceBus.messageHandlerOptions"]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    loose = [
        line
        for line in lines
        if line and not line.startswith("-r ") and not re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line)
    ]

    assert loose == []


def test_the_lock_file_names_no_registry() -> None:
    locks = [path for path in tracked() if path.name == "package-lock.json"]
    assert locks

    for lock in locks:
        assert '"resolved"' not in lock.read_text()
        packages = json.loads(lock.read_text())["packages"]
        loose = [name for name, one in packages.items() if name and "integrity" not in one]
        assert loose == []


def test_no_file_names_a_registry_or_a_folder_of_somebodys_machine() -> None:
    names = re.compile(
        r"registry\.npmjs|registry\.yarnpkg|files\.pythonhosted|pypi\.org/simple|"
        r"--(extra-)?index-url|(?<![\w.*}])/(home|root|work|Users)/\w|C:\\Users\\"
    )
    here = Path(__file__)
    found = []
    for path in tracked():
        if path == here:
            continue
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in names.finditer(text)]

    assert found == []
