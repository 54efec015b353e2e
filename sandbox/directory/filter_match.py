"""Turns a judged $filter into a test of one object, and finds the index that narrows a search."""

from collections.abc import Callable, Iterable
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from sandbox.directory.filter_tree import (
    Both,
    Call,
    Compare,
    Either,
    Exists,
    Literal,
    Node,
    Not,
    Within,
)
from sandbox.directory.store import Store
from sandbox.directory.things import Thing, User, reader

Test = Callable[[Any], bool]
OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": eq,
    "ne": ne,
    "ge": ge,
    "le": le,
    "gt": gt,
    "lt": lt,
}


def matcher(node: Node, kind: type[Thing]) -> Test:
    """Strings compare without case, as the directory does."""
    return _test(node, lambda path: _getter(path, kind))


def _test(node: Node, get: Callable[[str], Callable[[Any], Any]]) -> Test:
    match node:
        case Both(parts):
            tests = [_test(part, get) for part in parts]
            return lambda thing: all(test(thing) for test in tests)
        case Either(parts):
            tests = [_test(part, get) for part in parts]
            return lambda thing: any(test(thing) for test in tests)
        case Not(body):
            inner = _test(body, get)
            return lambda thing: not inner(thing)
        case Compare(path, op, literal):
            return _compared(get(path), op, _folded(literal.value))
        case Within(path, literals):
            return _within(get(path), literals)
        case Call(name, path, literal):
            return _called(get(path), name, str(_folded(literal.value)))
        case Exists(path, _, body):
            return _any(get(path), body)


def _compared(get: Callable[[Any], Any], op: str, wanted: Any) -> Test:
    compare = OPERATORS[op]
    if op in ("eq", "ne"):
        return lambda thing: compare(_folded(get(thing)), wanted)
    return lambda thing: (value := _folded(get(thing))) is not None and compare(value, wanted)


def _within(get: Callable[[Any], Any], literals: tuple[Literal, ...]) -> Test:
    wanted = {_folded(literal.value) for literal in literals}
    return lambda thing: _folded(get(thing)) in wanted


def _called(get: Callable[[Any], Any], name: str, wanted: str) -> Test:
    ask = str.startswith if name == "startsWith" else str.endswith
    return lambda thing: isinstance(value := _folded(get(thing)), str) and ask(value, wanted)


def _any(get: Callable[[Any], Any], body: Node) -> Test:
    def inner(path: str) -> Callable[[Any], Any]:
        name = path.partition("/")[2]
        return (lambda element: element.get(name)) if name else (lambda element: element)

    test = _test(body, inner)
    return lambda thing: any(test(element) for element in get(thing) or ())


def _getter(path: str, kind: type[Thing]) -> Callable[[Any], Any]:
    head, _, tail = path.partition("/")
    get = reader(kind, head)
    if tail == "$count":
        return lambda thing: float(len(get(thing) or ()))
    if tail:
        return lambda thing: (get(thing) or {}).get(tail)
    return get


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def narrowed(node: Node | None, store: Store) -> Iterable[User] | None:
    """The few users an index knows, or None when every user has to be looked at."""
    match node:
        case Both(parts):
            return next(
                (few for few in (narrowed(p, store) for p in parts) if few is not None), None
            )
        case Either(parts):
            found = [narrowed(part, store) for part in parts]
            if any(few is None for few in found):
                return None
            return {user.id: user for few in found for user in few or ()}.values()
        case Compare(path, "eq", Literal(_, str(value))):
            return _indexed(path, value, store)
        case Within(path, literals) if path in ("id", "mail", "userPrincipalName"):
            return [u for one in literals for u in _indexed(path, str(one.value), store) or ()]
        case Exists(path, _, Compare(_, "eq", Literal(_, str(value)))):
            return _listed(path, value, store)
        case _:
            return None


def only_type(node: Node | None) -> str | None:
    """The one userType that can match at all, if the filter says so."""
    match node:
        case Both(parts):
            return next((kind for kind in map(only_type, parts) if kind), None)
        case Compare("userType", "eq", Literal(_, str(value))):
            return value.capitalize()
        case _:
            return None


def _indexed(path: str, value: str, store: Store) -> Iterable[User] | None:
    if path == "id":
        user = store.users.get(value.lower())
        return [user] if user else []
    if path == "mail":
        return store.with_mail(value)
    return store.with_upn(value) if path == "userPrincipalName" else None


def _listed(path: str, value: str, store: Store) -> Iterable[User] | None:
    if path == "otherMails":
        return store.with_other_mail(value)
    return store.with_proxy(value) if path == "proxyAddresses" else None
