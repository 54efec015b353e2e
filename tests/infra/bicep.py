"""What the tests read out of the Bicep files, as text."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))


def text(name: str) -> str:
    return (INFRA / name).read_text(encoding="utf-8")


def data(name: str) -> Any:
    return json.loads(text(name))


def block(source: str, start: str) -> str:
    """From `start` to the bracket that closes the first one after it."""
    at = source.index(start)
    opening = re.search(r"[{\[(]", source[at:])
    assert opening is not None
    depth = 0
    for place in range(at + opening.start(), len(source)):
        depth += (source[place] in "{[(") - (source[place] in "}])")
        if depth == 0:
            return source[at : place + 1]
    raise AssertionError(f"not closed: {start}")


def keys(object_block: str) -> set[str]:
    """Names at the first depth of an object."""
    inside = object_block[object_block.index("{") + 1 :]
    found, depth = set(), 0
    for line in inside.splitlines():
        name = re.match(r"\s*'?([\w-]+)'?:", line)
        if name and depth == 0:
            found.add(name[1])
        depth += len(re.findall(r"[{\[(]", line)) - len(re.findall(r"[}\])]", line))
    return found


def parameters(source: str) -> dict[str, bool]:
    """Each parameter, and whether it has a default."""
    found = re.findall(r"^param (\w+) [^\n=]+(=)?", source, flags=re.MULTILINE)
    return {name: bool(default) for name, default in found}
