"""Runs a script with the stand-ins for `az` and `azd` on its path."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.scripts.fake_az import GRAPH

ROOT = Path(__file__).resolve().parents[2]
PRINCIPAL = "11111111-1111-4111-8111-111111111111"
RESOURCE = GRAPH
ENVIRONMENT = {
    "AZURE_RESOURCE_GROUP": "rg-guestkeeper-test",
    "AZURE_FUNCTION_APP": "func-test",
    "AZURE_FUNCTION_HOST": "func-test.example.net",
    "AZURE_EVENTGRID_TOPIC": "evgt-test",
    "AZURE_STORAGE_ACCOUNT": "sttest",
    "AZURE_IDENTITY_PRINCIPAL_ID": PRINCIPAL,
    "PAUSE_SECONDS": "0",
}
_STUB = f"""#!{sys.executable} -I
import pathlib, runpy, sys
here = pathlib.Path(__file__)
standin = runpy.run_path({str(Path(__file__).with_name("fake_az.py"))!r})
sys.exit(standin["main"](here.name, sys.argv[1:], here.with_name("memory.json")))
"""


@dataclass
class Cloud:
    """`held`: app role id -> assignment. `waits`: how often there is no webhook key yet.

    `deaf`: how often the webhook does not answer Event Grid.
    """

    folder: Path
    held: dict[str, str] = field(default_factory=dict)
    waits: int = 0
    deaf: int = 0
    known: dict[str, str] = field(default_factory=dict)  # ids that have to be looked up

    def __post_init__(self) -> None:
        for name in ("az", "azd"):
            stub = self.folder / name
            stub.write_text(_STUB)
            stub.chmod(0o755)
        counts = {"waits": self.waits, "deaf": self.deaf}
        self._keep({"calls": [], "held": self.held, "known": self.known, **counts})

    def run(
        self, script: str, *arguments: str, answer: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(ROOT / "scripts" / script), *arguments],
            input=answer,
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": f"{self.folder}:{os.environ['PATH']}",
                "PYTHON": sys.executable,
                **ENVIRONMENT,
                **environment,
            },
        )

    def az(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(self.folder / "az"), *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout

    @property
    def calls(self) -> list[list[str]]:
        found: list[list[str]] = self._memory()["calls"]
        return found

    @property
    def roles(self) -> set[str]:
        return set(self._memory()["held"])

    def wait_for_key(self, times: int) -> None:
        self._keep({**self._memory(), "waits": times})

    def stay_deaf(self, times: int) -> None:
        self._keep({**self._memory(), "deaf": times})

    def changes(self) -> list[list[str]]:
        return [call for call in self.calls if {"post", "delete"} & set(call)]

    def _memory(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.folder / "memory.json").read_text())
        return read

    def _keep(self, memory: Mapping[str, Any]) -> None:
        (self.folder / "memory.json").write_text(json.dumps(memory))


def option(call: list[str], name: str) -> str:
    return call[call.index(name) + 1]
