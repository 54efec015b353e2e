"""What a guest's way through a fresh process loads, traces and logs."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    told: dict[str, Any]
    log: str


@pytest.fixture(scope="module")
def run() -> Run:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.adapters.one_guest"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    return Run(json.loads(ended.stdout.splitlines()[-1]), ended.stderr)


def test_the_guest_got_there(run: Run) -> None:
    assert len(run.told["done"]) == 1


def test_the_trigger_table_was_loaded(run: Run) -> None:
    assert {"take_in_upload", "invite_guest", "assign_access"} <= set(run.told["functions"])


def test_nothing_on_the_way_loads_the_generated_models(run: Run) -> None:
    assert run.told["models"] == []


def test_a_guest_does_not_wait_for_what_works_by_night(run: Run) -> None:
    """But for the ports, which are signatures, and the policy's own words."""
    spared = {"b2b.ports.activity", "b2b.ports.posture", "b2b.domain.policy.posture"}

    assert set(run.told["by_night"]) <= spared


def test_traces_carry_no_address(run: Run) -> None:
    assert run.told["spans"]  # there are traces, or this shows nothing
    assert not [span for span in run.told["spans"] if "fabrikam" in span]


def test_traces_carry_no_url(run: Run) -> None:
    """A filter in one would hold an address."""
    assert not [span for span in run.told["spans"] if "/v1.0/" in span]


def test_the_log_names_nobody_and_holds_no_token(run: Run) -> None:
    assert "graph.answered_error" in run.log  # the log is on, or this shows nothing
    for secret in ("fabrikam", "Bearer ", "redeem"):
        assert secret not in run.log
