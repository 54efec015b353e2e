"""The shape of a $filter once it has been read."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    kind: str  # string, bool, date, number, guid, null
    value: str | bool | float | None


@dataclass(frozen=True, slots=True)
class Compare:
    path: str
    op: str  # eq ne ge le gt lt
    literal: Literal


@dataclass(frozen=True, slots=True)
class Within:
    path: str
    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class Call:
    name: str  # startsWith endsWith contains
    path: str
    literal: Literal


@dataclass(frozen=True, slots=True)
class Exists:
    path: str
    variable: str
    body: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    body: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Either:
    parts: tuple["Node", ...]


Node: TypeAlias = Compare | Within | Call | Exists | Not | Both | Either
