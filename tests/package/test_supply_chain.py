"""What is deployed is what was locked: every package by version and hash, listed in one bill."""

import json
import re
from pathlib import Path

import pytest

from scripts import build_package
from scripts.sbom import requirements_of

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "infra" / "locks").glob("python*.txt"))


def pins(text: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE)
    return {name.lower().replace("_", "-").replace(".", "-"): version for name, version in found}


def test_each_python_that_azure_may_run_has_a_lock() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    deployed = re.search(r"^DEPLOYED = (.*)$", makefile, re.MULTILINE)

    assert deployed
    assert [path.stem for path in LOCKS] == [f"python{each}" for each in deployed[1].split()]
    assert "python{}.{}".format(*build_package.VERSION) in [path.stem for path in LOCKS]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_holds_what_is_required_and_all_that_it_needs(lock: Path) -> None:
    locked = pins(lock.read_text(encoding="utf-8"))
    required = pins((ROOT / "requirements.txt").read_text(encoding="utf-8"))

    assert required.items() <= locked.items(), "run `make lock`"
    assert {"cryptography", "httpx", "msal", "microsoft-kiota-http"} <= locked.keys()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_line_of_a_lock_is_a_pin_with_hashes_and_names_no_registry(lock: Path) -> None:
    entries = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()

    assert entries
    for entry in entries:
        assert re.fullmatch(
            r"[\w.-]+==[\w.]+( ; [^:]+?)?\s+(--hash=sha256:[0-9a-f]{64}\s*)+", entry
        ), entry


def test_the_bill_lists_the_packages_of_the_lock(packed: Path) -> None:
    bill = json.loads(packed.with_suffix(".sbom.json").read_text(encoding="utf-8"))
    lock = ROOT / "infra" / "locks" / "python{}.{}.txt".format(*build_package.VERSION)
    text = lock.read_text(encoding="utf-8")

    assert pins("\n".join(requirements_of(bill))) == pins(text)
    for component in bill["components"]:
        assert component["hashes"][0]["content"] in text
