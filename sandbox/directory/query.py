"""Reads the query options of a call and refuses those that Graph would refuse."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.directory.filter_rules import HINT, Judgement
from sandbox.directory.filter_tree import Node
from sandbox.directory.filter_words import read_filter
from sandbox.directory.properties import EXTENSION, USER, Kind
from sandbox.directory.refusals import Refused, bad, denied, unsupported
from sandbox.directory.world import Call

LONGEST_PAGE: Final = 999
LONGEST_EXPANDED: Final = 20
LONGEST_ACTIVITY_PAGE: Final = 500
BASIC: Final = frozenset(
    (
        *("id", "displayName", "givenName", "surname", "mail", "photo"),
        *("securityIdentifier", "userPrincipalName"),
    )
)
LEAVERS: Final = ("User-LifeCycleInfo.Read.All", "User-LifeCycleInfo.ReadWrite.All")


@dataclass(slots=True)
class Query:
    select: tuple[str, ...]
    filter: Node | None = None
    order: tuple[str, bool] | None = None  # property, descending
    top: int = 100
    counted: bool = False
    advanced: bool = False
    expand: str | None = None  # one navigation property
    reads: frozenset[str] = field(default_factory=frozenset)


def read_query(call: Call, kind: Kind, *, many: bool, raw_count: bool = False) -> Query:
    """Raises Refused for whatever the kind does not support in this place."""
    if "$search" in call.options:
        raise _search(call)
    query = Query(_selected(call, kind, many=many))
    query.advanced = call.eventual and (raw_count or call.options.get("$count") == "true")
    query.counted = query.advanced and not raw_count
    query.expand = _expanded(call, kind, query)
    if "$filter" in call.options:
        _read_filter(call, kind, query)
    if "$orderby" in call.options:
        query.order = _ordered(call.options["$orderby"], kind, query)
    query.reads = frozenset(query.select) | _mentioned(call.options.get("$filter", ""))
    _may_read(call, query.reads)
    query.top = _paged(call, kind, query)
    return query


def _selected(call: Call, kind: Kind, *, many: bool) -> tuple[str, ...]:
    names = _listed(call.options.get("$select", "")) or kind.default
    for name in names:
        held = kind.properties.get(name)
        if held is None and not EXTENSION.match(name):
            raise bad(
                "Parsing OData Select and Expand failed: Could not find a property named "
                f"'{name}' on type 'microsoft.graph.{kind.type}'.",
                "BadRequest",
            )
        if held is not None and held.alone and many:
            raise Refused(501, "NotImplemented", f"'{name}' is only available on a single user.")
    return names


def _read_filter(call: Call, kind: Kind, query: Query) -> None:
    query.filter = read_filter(call.options["$filter"])
    why = Judgement(kind, dict(call.world.tenant.extensions), query.filter).why
    if why is not None and not query.advanced:
        raise why


def _expanded(call: Call, kind: Kind, query: Query) -> str | None:
    name = call.options.get("$expand")
    if name is not None and name not in kind.expandable:
        raise bad(
            "Parsing OData Select and Expand failed: Could not find a property named "
            f"'{name}' on type 'microsoft.graph.{kind.type}'.",
            "BadRequest",
        )
    if name is not None and query.advanced:
        raise unsupported("$expand is not supported with ConsistencyLevel:eventual.")
    return name


def _ordered(text: str, kind: Kind, query: Query) -> tuple[str, bool]:
    name, _, way = text.strip().partition(" ")
    if way.strip() not in ("", "asc", "desc") or "," in text:
        raise bad(f"Invalid orderby clause: '{text}'.", "BadRequest")
    needs = query.filter is not None or name not in kind.sortable
    if name not in kind.sortable + kind.sortable_advanced:
        raise unsupported(f"Sorting not supported for property '{name}' of '{kind.name}'.")
    if needs and not query.advanced:
        raise unsupported(f"Sorting by '{name}' {HINT}")
    return name, way.strip() == "desc"


def _search(call: Call) -> Refused:
    if not call.eventual:
        return unsupported(
            "Request with $search query parameter only works through MSGraph with a special "
            "request header: 'ConsistencyLevel: eventual'"
        )
    return Refused(501, "NotImplemented", "This stand-in does not search.")


def _paged(call: Call, kind: Kind, query: Query) -> int:
    text = call.options.get("$top", str(kind.page))
    if not text.isdecimal() or not 1 <= int(text) <= kind.longest_page:
        raise bad(
            f"Invalid page size specified: '{text}'. Must be between 1 and {kind.longest_page} "
            "inclusive.",
            "Request_UnsupportedQuery",
        )
    most = LONGEST_ACTIVITY_PAGE if "signInActivity" in query.reads else kind.longest_page
    return min(int(text), most)


def _may_read(call: Call, names: frozenset[str]) -> None:
    if "signInActivity" in names:
        call.caller.needs("AuditLog.Read.All")
        call.world.tenant.needs_premium()
    if "employeeLeaveDateTime" in names:
        call.caller.needs(*LEAVERS)
    if "customSecurityAttributes" in names:
        raise denied()


def _mentioned(text: str) -> frozenset[str]:
    return frozenset(name for name in ("signInActivity", "employeeLeaveDateTime") if name in text)


def _listed(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def shown(call: Call, thing: Any, names: tuple[str, ...], kind: Kind) -> dict[str, Any]:
    """The selected properties of one object, as an answer spells them."""
    if thing.type == "user" and call.caller.reads_only_basics:
        names = tuple(name for name in names if name in BASIC)
    out: dict[str, Any] = {}
    for name in names:
        value = thing.read(name)
        if value is not None:
            out[name] = value
        elif name in kind.properties and name != "signInActivity":
            out[name] = EMPTY.get(kind.properties[name].kind, _nothing)()
        # else: never signed in, or an extension without a value; then it is simply not there
    return out


def type_of_agent(thing: Any) -> dict[str, Any]:
    """Agent users say so wherever they appear; plain users do not."""
    kind = thing.read("@odata.type")
    return {"@odata.type": kind} if kind else {}


def expanded(call: Call, thing: Any, name: str) -> list[dict[str, Any]]:
    """The objects behind a navigation property, by their default properties."""
    names = list(thing.read(name) or ())[:LONGEST_EXPANDED]
    found = (call.store.object(identity) for identity in names)
    return [
        {"@odata.type": f"#microsoft.graph.{one.type}"} | shown(call, one, USER.default, USER)
        for one in found
        if one is not None
    ]


def _nothing() -> None:
    return None


EMPTY: Final[dict[str, Callable[[], Any]]] = {
    "strings": list,
    "things": list,
    "identities": list,
    "extensionAttributes": lambda: {f"extensionAttribute{n}": None for n in range(1, 16)},
}
