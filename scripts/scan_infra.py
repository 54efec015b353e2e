"""`make infra-scan`: checkov on each Bicep file, in words that its parser knows.

checkov reads Bicep with pycep, which knows no user-defined types, typed arrays, lambdas or imports
(tried 2026-11-23, checkov 3.3.30), and passes over a file that it cannot parse. So the files are
copied with those words put plainly; what is configured stays as it is. A file that still cannot be
read, or a finding without a reason, fails.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLAIN = ROOT / "build" / "infra-scan"
CHECKOV = ROOT / "build" / "checkov-venv" / "bin" / "checkov"
TYPES = ("string", "int", "bool", "object", "array")
_CALL = re.compile(r"\b(map|filter|flatten|concat|toObject)\(")


def main() -> int:
    if not CHECKOV.exists():
        print("checkov is not there: run `make infra-scan`, which installs it", file=sys.stderr)
        return 2
    wrong = 0
    for file in sorted((ROOT / "infra").rglob("*.bicep")):
        result = _scan(file)
        found = result["results"]["failed_checks"]
        unread = result["results"]["parsing_errors"]
        counted = {name: len(result["results"][f"{name}_checks"]) for name in ("passed", "skipped")}
        print(f"{file.relative_to(ROOT)}: {counted}, {len(found)} found", *unread[:1])
        for one in found:
            print(f"  {one['check_id']} {one['resource']}: {one['check_name']}")
        wrong += len(found) + len(unread)
    return 1 if wrong else 0


def _scan(file: Path) -> dict[str, Any]:
    copy = PLAIN / file.relative_to(ROOT)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(plainly(file.read_text(encoding="utf-8")), encoding="utf-8")
    done = subprocess.run(
        [CHECKOV, "--file", copy, "--framework", "bicep", "--skip-download", "--output", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    read = json.loads(done.stdout)
    if "results" in read:
        return dict(read)
    nothing: dict[str, Any] = {"failed_checks": [], "passed_checks": [], "skipped_checks": []}
    unread = [str(copy)] if read.get("parsing_errors") else []
    return {"results": nothing | {"parsing_errors": unread}}


def plainly(text: str) -> str:
    """The same file without user-defined types, typed arrays, imports and lambdas."""
    text = re.sub(r"^import .*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"@export\(\)\ntype \w+ = \{[^}]*\}\n", "", text)
    text = re.sub(r"^(param \w+ )\w+\[\]", r"\1array", text, flags=re.MULTILINE)
    text = re.sub(
        r"^(param \w+ )(\w+)",
        lambda found: found[1] + (found[2] if found[2] in TYPES else "object"),
        text,
        flags=re.MULTILINE,
    )
    for start, end in reversed(list(_lambdas(text))):
        text = text[:start] + "[]" + text[end:]
    return text


def _lambdas(text: str) -> Iterator[tuple[int, int]]:
    """Where the outermost calls are that hold a lambda."""
    past = 0
    for call in _CALL.finditer(text):
        if call.start() < past:
            continue
        end = _closing(text, call.end() - 1)
        if "=>" in text[call.start() : end]:
            past = end
            yield call.start(), end


def _closing(text: str, opening: int) -> int:
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place + 1
    raise ValueError("a bracket is not closed")


if __name__ == "__main__":
    sys.exit(main())
