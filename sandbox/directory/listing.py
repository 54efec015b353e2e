"""Answers a list: filtered, sorted, counted and cut into pages with opaque links to the next."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from sandbox.directory.filter_match import Test, matcher
from sandbox.directory.filter_rules import HINT
from sandbox.directory.properties import Kind
from sandbox.directory.query import Query, expanded, shown, type_of_agent
from sandbox.directory.refusals import bad, unsupported
from sandbox.directory.things import Thing
from sandbox.directory.world import Answer, Call

PATH_SAFE: Final = "/$'@"
Pairs = Iterator[tuple[int, Any]]  # a place in the list, and the object there
Source = Callable[[int], Pairs]  # the list behind a place


@dataclass(frozen=True, slots=True)
class Listed:
    """What is listed: where it comes from, what it is, and how the answer's context calls it."""

    source: Source
    kind: Kind
    thing: type[Thing]
    context: str
    typed: bool = False  # objects of several types carry their @odata.type


def in_order(things: Iterable[Thing]) -> Source:
    ordered = sorted(things, key=lambda thing: thing.seq)
    return lambda after: ((t.seq, t) for t in ordered if t.seq > after)


def listing(call: Call, query: Query, listed: Listed) -> Answer:
    place = _resumed(call, query)
    pairs = list(islice(_matching(call, query, listed, place), query.top + 1))
    body: dict[str, Any] = call.context(_context(call, listed))
    if query.counted and place == 0:
        body["@odata.count"] = counted(call, query, listed)
    if len(pairs) > query.top:
        body["@odata.nextLink"] = _next_link(call, query, pairs[query.top - 1][0])
    body["value"] = [_one(call, query, listed, thing) for _, thing in pairs[: query.top]]
    return Answer(200, body)


def counted(call: Call, query: Query, listed: Listed) -> int:
    unordered = Query(query.select, query.filter)
    return sum(1 for _ in _matching(call, unordered, listed, 0))


def _matching(call: Call, query: Query, listed: Listed, after: int) -> Pairs:
    test: Test = matcher(query.filter, listed.thing) if query.filter else (lambda _: True)
    hidden = call.world.hidden
    if query.order is None:
        return (p for p in listed.source(after) if test(p[1]) and not hidden(p[1].id))
    name, descending = query.order
    found = [t for _, t in listed.source(0) if test(t) and not hidden(t.id)]
    found.sort(key=lambda thing: (str(thing.read(name) or "").lower(), thing.seq))
    if descending:
        found.reverse()
    return islice(enumerate(found, start=1), after, None)


def _one(call: Call, query: Query, listed: Listed, thing: Thing) -> dict[str, Any]:
    out = shown(call, thing, query.select, listed.kind)
    if listed.typed and thing.type == "user" and not may_read_users(call):
        out = outline(out)
    typed = {"@odata.type": f"#microsoft.graph.{thing.type}"} if listed.typed else {}
    out = typed | type_of_agent(thing) | out
    if query.expand:
        out[query.expand] = expanded(call, thing, query.expand)
    return out


def _context(call: Call, listed: Listed) -> str:
    select = call.options.get("$select")
    return f"{listed.context}({select})" if select else listed.context


def may_read_users(call: Call) -> bool:
    return call.caller.reads_users or call.caller.reads_only_basics


def outline(whole: dict[str, Any]) -> dict[str, Any]:
    """Whoever may not read an object learns only that it is there.

    https://learn.microsoft.com/graph/permissions-overview: limited information
    """
    return {name: v if name in ("id", "@odata.type") else None for name, v in whole.items()}


# The token holds the place, a mark of the query it belongs to, and whether it was advanced.


def _next_link(call: Call, query: Query, place: int) -> str:
    token = json.dumps([place, _mark(call), query.advanced]).encode()
    options = call.options | {"$skiptoken": base64.urlsafe_b64encode(token).decode().rstrip("=")}
    text = "&".join(f"{quote(name, safe='$')}={quote(v, safe='')}" for name, v in options.items())
    return f"{call.base}{quote(call.path, safe=PATH_SAFE)}?{text}"


def _resumed(call: Call, query: Query) -> int:
    token = call.options.get("$skiptoken")
    if token is None:
        return 0
    try:
        place, mark, advanced = json.loads(
            base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        )
    except ValueError as wrong:
        raise _expired() from wrong
    if mark != _mark(call) or not isinstance(place, int):
        raise _expired()
    if advanced and not query.advanced:
        # https://learn.microsoft.com/graph/paging: headers are not carried over to the next page.
        raise unsupported(f"Paging of an advanced query {HINT}")
    return place


def _mark(call: Call) -> str:
    rest = sorted(pair for pair in call.options.items() if pair[0] != "$skiptoken")
    return sha256(json.dumps([call.path, rest]).encode()).hexdigest()[:16]


def _expired() -> Exception:
    return bad(
        "The specified page token value has expired or is invalid.", "Directory_ExpiredPageToken"
    )
