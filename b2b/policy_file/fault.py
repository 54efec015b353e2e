"""What is wrong with a policy file: the place, what belongs there and what stands there."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from b2b.domain.reason import Reason

Path = tuple[str | int, ...]  # ("partners", 1, "domains", 0): keys, and places in lists from 0

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NAMED = {"defaults", "lifecycle", "posture"}
_LONGEST_VALUE = 60
_LONGEST_FAULT = 400  # characters, in a reason
_MOST_TOLD = 25  # faults in a reason; a property of Azure Tables holds 32,768 characters


@dataclass(frozen=True, slots=True)
class Complaint:
    """A fault before its line is known."""

    path: Path
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`table` and `key` are empty where they do not apply; lists count from 1."""

    table: str
    key: str
    line: int
    expected: str
    found: str

    def __str__(self) -> str:
        place = [self.table, f"key {self.key}" if self.key else "", f"line {self.line}"]
        where = ", ".join(part for part in place if part)
        return f"{where}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True, slots=True)
class PolicyFaults:
    """All faults of one file, from its top to its end."""

    faults: tuple[Fault, ...]

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))

    def reason(self) -> Reason:
        """Why no request can be admitted until the file is mended. As long as a ledger can keep."""
        told = "; ".join(str(fault)[:_LONGEST_FAULT] for fault in self.faults[:_MOST_TOLD])
        rest = len(self.faults) - _MOST_TOLD
        more = f"; and {rest} more, which `python -m b2b policy check` tells" if rest > 0 else ""
        words = f"The policy has faults, so nothing is done: {told}{more}."
        return Reason("policy_faulty", words)


def place(complaint: Complaint, lines: Mapping[Path, int], content: Mapping[str, object]) -> Fault:
    """The line is that of the nearest enclosing thing which stands in the file."""
    path = complaint.path
    near = next(path[:end] for end in range(len(path), -1, -1) if path[:end] in lines)
    depth = _depth_of_table(path)
    return Fault(
        table=table_label(path[:depth], content),
        key=key_label(path[depth:]),
        line=lines[near],
        expected=complaint.expected,
        found=complaint.found,
    )


def table_label(path: Path, content: Mapping[str, object]) -> str:
    """`partners[2] "Fabrikam"`, with the name if the table has one."""
    name = _name_at(path, content)
    return key_label(path) + (f" {shown(name)}" if isinstance(name, str) else "")


def key_label(path: Path) -> str:
    label = ""
    for step in path:
        if isinstance(step, int):
            label += f"[{step + 1}]"
        else:
            label += ("." if label else "") + (step if _BARE_KEY.fullmatch(step) else shown(step))
    return label


def shown(value: object) -> str:
    """A value as the file would have it, cut where it is long."""
    match value:
        case dict():
            return "a table"
        case list():
            return "a list" if value else "an empty list"
        case str() | bool():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[:_LONGEST_VALUE] + "..."


def _depth_of_table(path: Path) -> int:
    match path:
        case ("partners" | "exemptions", int(), *_):
            return 2
        case (str(name), *_) if name in _NAMED:
            return 1
    return 0


def _name_at(path: Path, content: Mapping[str, object]) -> object:
    match path:
        case ("partners", int(at)):
            partners = content.get("partners")
            partner = partners[at] if isinstance(partners, list) else None
            return partner.get("name") if isinstance(partner, dict) else None
    return None
