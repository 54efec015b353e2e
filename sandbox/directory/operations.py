"""One row per operation of Graph, and how a method and a path find their row."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from sandbox.directory.bodies import Body
from sandbox.directory.callers import Caller
from sandbox.directory.quota import Charge
from sandbox.directory.refusals import Refused, bad, denied
from sandbox.directory.world import Answer, Call

ONE: Final = frozenset({"$select", "$expand"})
MANY: Final = frozenset(
    {"$select", "$filter", "$top", "$orderby", "$count", "$search", "$expand", "$skiptoken"}
)
COUNT: Final = frozenset({"$filter", "$search"})
CALL: Final = re.compile(r"(\w+\(\w+=)'(.*)'\)\Z")  # a function with one argument

# Services other than "identity", and the budgets their requests count in.
SERVICES: Final[dict[str, tuple[str, ...]]] = {
    "reports": ("reports",),
    "protection": ("protection",),  # Conditional Access and Identity Protection
    "flows": ("flows",),
    "outlook": ("mailbox",),
    "governance": (),  # none documented
}


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str  # {} stands for one segment
    run: Callable[[Call], Answer]
    permits: tuple[str, ...]  # any one of them; "A+B" wants both; empty: `run` decides
    options: frozenset[str] = frozenset()
    body: Body | None = None
    units: int = 1
    writes: int | None = None  # None: one, unless it is a GET
    selected_units: int | None = None  # another base cost with $select, where one is listed
    service: str = "identity"
    version: str = "v1.0"
    admins: tuple[str, ...] | None = None  # directory roles, one of which a person needs as well
    refusal: Callable[[], Refused] = denied

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def charge(self, options: Mapping[str, str]) -> Charge:
        """Base cost and modifiers: https://learn.microsoft.com/graph/throttling-limits."""
        if self.service != "identity":
            return Charge(budgets=SERVICES[self.service])
        writes = (0 if self.method == "GET" else 1) if self.writes is None else self.writes
        top = options.get("$top", "")
        cheaper = ("$select" in options) + (top.isdecimal() and int(top) < 20)
        units = self.units + ("$expand" in options) - cheaper
        if self.selected_units is not None and "$select" in options:
            units = self.selected_units
        asked = options.get("$select", "") + options.get("$filter", "")
        activity = ("reports", "signInActivity") if "signInActivity" in asked else ()
        return Charge(max(1, units), writes, activity)

    def permit(self, caller: Caller) -> None:
        """Raises Refused (403) unless the caller has the permission, and a person the role too."""
        if self.permits and not caller.may(self.permits):
            raise self.refusal()
        if self.admins is not None and not caller.administers(self.admins):
            raise denied()

    def admit(self, options: Mapping[str, str]) -> None:
        for name in options:
            if name == "$skip":
                raise bad("'$skip' is not supported by the service.", "Request_UnsupportedQuery")
            if name not in self.options:
                raise bad(f"Unrecognized query argument specified: '{name}'.")


class Operations:
    """A tree of path segments; a literal segment goes before a free one."""

    def __init__(self, rows: Iterable[Operation]) -> None:
        self.rows = list(rows)
        self._tree: dict[str, Any] = {}
        for row in self.rows:
            branch = self._tree
            for segment in (row.version, *row.path.strip("/").split("/")):
                branch = branch.setdefault(segment.lower(), {})
            branch.setdefault("", {})[row.method] = row

    def find(self, method: str, version: str, path: str) -> tuple[Operation, tuple[str, ...]]:
        """The row and the free segments. Raises Refused (404, 405)."""
        segments = [unquote(segment) for segment in path.strip("/").split("/")]
        found = _walk(self._tree.get(version, {}), segments)
        if found is None:
            raise Refused(
                404, "BadRequest", f"Resource not found for the segment '{segments[-1]}'."
            )
        rows, args = found
        if method not in rows:
            words = "Specified HTTP method is not allowed for the request target."
            raise Refused(405, "Request_BadRequest", words, {"Allow": ", ".join(rows)})
        return rows[method], args


def _walk(
    branch: dict[str, Any], segments: list[str]
) -> tuple[dict[str, Operation], tuple[str, ...]] | None:
    if not segments:
        return (branch[""], ()) if "" in branch else None
    head, rest = segments[0], segments[1:]
    if head and head.lower() in branch:
        found = _walk(branch[head.lower()], rest)
        if found is not None:
            return found
    call = CALL.match(head)
    if call is not None:
        rows: dict[str, Any] = branch.get(f"{call[1]}'{{}}')".lower(), {})
        return (rows[""], (call[2],)) if not rest and "" in rows else None
    if not head or "{}" not in branch:
        return None
    found = _walk(branch["{}"], rest)
    return (found[0], (head, *found[1])) if found else None
