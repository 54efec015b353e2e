"""infra/permissions.json, as the tests ask for it."""

import json
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "infra" / "permissions.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    name: str
    id: str
    stage: str
    reason: str
    functions: tuple[str, ...]


_READ = json.loads(FILE.read_text(encoding="utf-8"))
STAGES: tuple[str, ...] = tuple(_READ["stages"])
PERMISSIONS = tuple(
    Permission(**{**one, "functions": tuple(one["functions"])}) for one in _READ["permissions"]
)


def of_function(function: str) -> frozenset[str]:
    return frozenset(one.name for one in PERMISSIONS if function in one.functions)


def up_to(stage: str) -> frozenset[str]:
    """Everything that has been granted once this stage is reached."""
    reached = STAGES[: STAGES.index(stage) + 1]
    return frozenset(one.name for one in PERMISSIONS if one.stage in reached)


def stage_of(function: str) -> str:
    """The first stage in which it can do all of its work; the first of all without Graph."""
    needed = [STAGES.index(one.stage) for one in PERMISSIONS if function in one.functions]
    return STAGES[max(needed, default=0)]
