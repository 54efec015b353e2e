"""Lists of entitlement management: `eq` filters joined by `and`, expansions and pages."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

from sandbox.directory.filter_tree import Both, Compare, Node
from sandbox.directory.filter_words import read_filter
from sandbox.directory.refusals import bad
from sandbox.directory.world import Answer, Call

T = TypeVar("T")
PAGE: Final = 100
LONGEST: Final = 999
OPTIONS: Final = frozenset({"$filter", "$expand", "$select", "$top", "$count", "$skiptoken"})


@dataclass(frozen=True)
class Shelf(Generic[T]):
    """What may be asked of one kind of record. `filters`: path -> how a record reads it."""

    name: str
    show: Callable[[Call, T, frozenset[str]], dict[str, Any]]
    filters: Mapping[str, Callable[[T], str]]
    expands: frozenset[str]


def listed(call: Call, shelf: Shelf[T], records: Iterable[T]) -> Answer:
    wanted, expand = _wanted(call, shelf), _expanded(call, shelf)
    found = [one for one in records if all(shelf.filters[p](one) == v for p, v in wanted)]
    start, top = _place(call), _top(call)
    some = found[start : start + top]
    body = call.context(f"identityGovernance/entitlementManagement/{shelf.name}")
    if call.options.get("$count") == "true":
        body |= {"@odata.count": len(found)}  # type: ignore[dict-item]  # the context is text
    if start + top < len(found):
        body["@odata.nextLink"] = _next(call, start + top)
    return Answer(200, body | {"value": [_row(call, shelf, one, expand) for one in some]})


def one_of(call: Call, shelf: Shelf[T], record: T, status: int = 200) -> Answer:
    context = f"identityGovernance/entitlementManagement/{shelf.name}/$entity"
    expand = _expanded(call, shelf)
    return Answer(status, call.context(context) | _row(call, shelf, record, expand))


def _row(call: Call, shelf: Shelf[T], record: T, expand: frozenset[str]) -> dict[str, Any]:
    whole = shelf.show(call, record, expand)
    names = _names(call, "$select")
    for name in names - whole.keys():
        raise bad(f"Could not find a property named '{name}'.", "BadRequest")
    return {k: v for k, v in whole.items() if k in names | expand} if names else whole


def _wanted(call: Call, shelf: Shelf[T]) -> list[tuple[str, str]]:
    if "$filter" not in call.options:
        return []
    return [_equal(leaf, shelf) for leaf in _leaves(read_filter(call.options["$filter"]))]


def _leaves(node: Node) -> tuple[Node, ...]:
    return node.parts if isinstance(node, Both) else (node,)


def _equal(leaf: Node, shelf: Shelf[T]) -> tuple[str, str]:
    if isinstance(leaf, Compare) and leaf.op == "eq" and leaf.path in shelf.filters:
        return leaf.path, str(leaf.literal.value)
    raise bad(f"The filter on {shelf.name} is not supported.", "BadRequest")


def _expanded(call: Call, shelf: Shelf[T]) -> frozenset[str]:
    names = _names(call, "$expand")
    for name in names - shelf.expands:
        raise bad(f"Could not find a property named '{name}'.", "BadRequest")
    return names


def _names(call: Call, option: str) -> frozenset[str]:
    return frozenset(name.strip() for name in call.options.get(option, "").split(",")) - {""}


def _top(call: Call) -> int:
    text = call.options.get("$top", str(PAGE))
    if not text.isdecimal() or not 1 <= int(text) <= LONGEST:
        raise bad(f"Invalid page size specified: '{text}'.", "BadRequest")
    return int(text)


def _place(call: Call) -> int:
    token = call.options.get("$skiptoken", "")
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as wrong:
        raise bad("The page token is invalid.", "BadRequest") from wrong


def _next(call: Call, place: int) -> str:
    token = base64.urlsafe_b64encode(str(place).encode()).decode()
    options = call.options | {"$skiptoken": token}
    text = "&".join(f"{quote(name, safe='$')}={quote(v, safe='')}" for name, v in options.items())
    return f"{call.base}{quote(call.path, safe='/$')}?{text}"
