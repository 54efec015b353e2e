"""Judges a $filter: supported as it is, only as an advanced query, or not at all."""

from typing import Final

from sandbox.directory.filter_tree import Both, Call, Compare, Either, Exists, Node, Not, Within
from sandbox.directory.filter_words import invalid
from sandbox.directory.properties import EXTENSION, INNER, Kind, Property
from sandbox.directory.refusals import Refused, unsupported

MOST_ALTERNATIVES: Final = 15
EDM: Final = {"bool": "Edm.Boolean", "date": "Edm.DateTimeOffset"}
LITERAL_EDM: Final = EDM | {"string": "Edm.String", "number": "Edm.Int32", "guid": "Edm.Guid"}
HINT: Final = (
    "is not supported because the required parameters might be missing. Try adding $count=true "
    "query parameter and ConsistencyLevel:eventual header. Refer to "
    "https://aka.ms/graph-docs/advanced-queries for more information"
)
UNDECLARED: Final = "Property '{}' does not exist as a declared property or extension property."
# https://learn.microsoft.com/graph/extensibility-overview: eq, in, startsWith and null tests are
# all that is documented for directory extensions; the last two are taken as advanced.
EXTENSION_FILTER: Final = "eq in startsWith* null*"


class Judgement:
    """Raises Refused for what is never supported; `why` is the refusal of a query not advanced."""

    def __init__(self, kind: Kind, extensions: dict[str, str], node: Node) -> None:
        self._kind = kind
        self._extensions = extensions
        self.why: Refused | None = None
        _count_alternatives(node)
        self._keep_sign_ins_alone(node)
        self._judge(node)

    def _judge(self, node: Node) -> None:
        match node:
            case Both(parts) | Either(parts):
                for part in parts:
                    self._judge(part)
            case Not(body):
                self._operator("Not")
                self._judge(body)
            case Exists():
                self._lambda(node)
            case Compare(path, op, literal):
                self._compare(path, "null" if literal.kind == "null" else op, node)
            case Within(path, literals):
                for literal in literals:
                    self._fits(self._property(path), Compare(path, "eq", literal))
                self._allowed(path, "in")
            case Call(name, path, _):
                self._allowed(path, name)

    def _compare(self, path: str, op: str, node: Compare) -> None:
        if path.endswith("/$count"):
            self._allowed(path.removesuffix("/$count"), "count")
            return
        held = self._property(path)
        self._fits(held, node)
        if node.op == "ne" and "ne" not in held.rules:
            self._operator("NotEqualsMatch")
        self._allowed(path, "eq" if op == "ne" and "ne" not in held.rules else op)

    def _allowed(self, path: str, op: str) -> None:
        rules = self._property(path).rules
        if f"{op}*" in rules:
            self.why = self.why or self._clause(path)
        elif op not in rules:
            raise self._clause(path)

    def _operator(self, name: str) -> None:
        self.why = self.why or unsupported(f"Operator: '{name}' {HINT}")

    def _lambda(self, node: Exists) -> None:
        held = self._property(node.path)
        self._allowed(node.path, "any")
        for part in _leaves(node.body):
            path, op = _inside(part, node.variable)
            if held.kind in INNER:
                self._one_of(INNER[held.kind], path)
            elif path:
                raise invalid(f"'{path}' is no property of an element of '{node.path}'.")
            elif op in ("startsWith", "endsWith"):
                self._allowed(node.path, op)
            elif op != "eq":
                raise self._clause(node.path)

    def _property(self, path: str) -> Property:
        head, _, tail = path.partition("/")
        if EXTENSION.match(head):
            return self._extension(head)
        held = self._one_of(self._kind.properties, head)
        if not tail:
            return held
        return self._one_of(INNER.get(held.kind, {}), tail)

    def _one_of(self, properties: dict[str, Property], name: str) -> Property:
        if name not in properties:
            raise invalid(
                f"Could not find a property named '{name}' on type "
                f"'microsoft.graph.{self._kind.type}'."
            )
        return properties[name]

    def _extension(self, name: str) -> Property:
        kind = self._extensions.get(name)
        if kind is None:
            raise unsupported(UNDECLARED.format(name))
        return Property(
            {"Boolean": "bool", "DateTime": "date"}.get(kind, "string"), EXTENSION_FILTER
        )

    def _fits(self, held: Property, node: Compare) -> None:
        if node.literal.kind == "null" or held.kind not in ("bool", "date", "string"):
            return
        wanted = EDM.get(held.kind, "Edm.String")
        given = LITERAL_EDM[node.literal.kind]
        if wanted != given:
            raise invalid(
                "A binary operator with incompatible types was detected. Found operand types "
                f"'{wanted}' and '{given}' for operator kind '{node.op}'."
            )

    def _clause(self, path: str) -> Refused:
        if path.startswith("onPremisesExtensionAttributes/"):
            return unsupported(UNDECLARED.format(path.partition("/")[2]))
        return unsupported(
            f"Unsupported or invalid query filter clause specified for property '{path}' "
            f"of resource '{self._kind.name}'."
        )

    @staticmethod
    def _keep_sign_ins_alone(node: Node) -> None:
        # https://learn.microsoft.com/graph/api/user-list: no other property beside it.
        heads = {_path(leaf).partition("/")[0] for leaf in _leaves(node)}
        if "signInActivity" in heads and len(heads) > 1:
            raise unsupported("Filter on signInActivity cannot be combined with other filters.")


def _count_alternatives(node: Node) -> None:
    """More than 15 clauses under one `or` are refused; the values of an `in` count like clauses."""
    if isinstance(node, Either):
        clauses = sum(_weight(leaf) for leaf in _leaves(node))
    elif isinstance(node, Within):
        clauses = len(node.literals)
    else:
        for part in _parts(node):
            _count_alternatives(part)
        return
    if clauses > MOST_ALTERNATIVES:
        raise unsupported(
            "Too many child clauses specified in search filter expression containing 'OR' "
            f"operators: {clauses}. Max allowed: {MOST_ALTERNATIVES}."
        )


def _weight(leaf: Node) -> int:
    return len(leaf.literals) if isinstance(leaf, Within) else 1


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Both(parts) | Either(parts):
            return parts
        case Not(body):
            return (body,)
        case _:
            return ()


def _leaves(node: Node) -> list[Node]:
    parts = _parts(node)
    return [leaf for part in parts for leaf in _leaves(part)] if parts else [node]


def _path(leaf: Node) -> str:
    return getattr(leaf, "path", "")


def _inside(leaf: Node, variable: str) -> tuple[str, str]:
    """The path behind the lambda's variable, and the operator."""
    head, _, tail = _path(leaf).partition("/")
    if head != variable:
        raise invalid(f"'{head}' is not the variable '{variable}' of the lambda expression.")
    match leaf:
        case Compare(_, op, _):
            return tail, op
        case Call(name, _, _):
            return tail, name
        case _:
            return tail, "in"
