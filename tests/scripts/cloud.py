"""A stand-in for `az` and `azd`: records every call and answers from what it remembers."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PRINCIPAL = "11111111-1111-4111-8111-111111111111"
RESOURCE = "22222222-2222-4222-8222-222222222222"
ENVIRONMENT = {
    "AZURE_RESOURCE_GROUP": "rg-guestkeeper-test",
    "AZURE_FUNCTION_APP": "func-test",
    "AZURE_EVENTGRID_TOPIC": "evgt-test",
    "AZURE_STORAGE_ACCOUNT": "sttest",
    "AZURE_IDENTITY_PRINCIPAL_ID": PRINCIPAL,
    "PAUSE_SECONDS": "0",
}
_STUB = f"""#!{sys.executable} -I
import json, pathlib, sys
memory = pathlib.Path(__file__).parent / "memory.json"
read = json.loads(memory.read_text())
arguments = sys.argv[1:]
read["calls"].append([pathlib.Path(__file__).name, *arguments])
at = lambda name: arguments[arguments.index(name) + 1]
words = " ".join(arguments[:4])
code = 0
if words.startswith("rest"):
    method, url = at("--method"), at("--url")
    if method == "post":
        role = json.loads(at("--body"))["appRoleId"]
        read["held"][role] = "assignment-" + role
    elif method == "delete":
        name = url.rpartition("/")[2]
        read["held"] = {{r: a for r, a in read["held"].items() if a != name}}
    elif "--query" in arguments and at("--query").startswith("appRoles["):
        print(read["known"].get(at("--query").split("'")[1], ""))
    elif "appRoleAssignments" in url:
        print("\\n".join(f"{{r}}\\t{{a}}" for r, a in read["held"].items()))
    elif "appId=" in url:
        print("{RESOURCE}")
    else:
        print("id-guestkeeper")
elif words.startswith("functionapp keys list"):
    read["waits"] -= 1
    code = 1 if read["waits"] > 0 else 0
    print("a-key" if read["waits"] <= 0 else "")
elif words.startswith("eventgrid"):
    read["deaf"] -= 1
    code = 1 if read["deaf"] >= 0 else 0
elif words.startswith("functionapp show"):
    print("func-test.example.net")
elif words.startswith("env get-value"):
    print(arguments[2].lower() + "-of-" + at("--environment"))
elif words.startswith("monitor log-analytics query"):
    code = 1 if "lost" in at("--workspace") else 0
    print("" if code else "120\\t40\\t1\\t0\\t0\\t2026-11-23T01:00:00Z")
memory.write_text(json.dumps(read))
sys.exit(code)
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
