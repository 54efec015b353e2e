"""Request and response: `$cbs` takes tokens, `<entity>/$management` operates on messages."""

import logging
from typing import Any

from sandbox.servicebus.codec.content import APPLICATION, PROPERTIES, VALUE, sections
from sandbox.servicebus.codec.decode import Malformed, decode, raw_items, raw_pairs
from sandbox.servicebus.codec.encode import (
    EMPTY_MAP,
    NULL,
    described,
    int32,
    mapping,
    sequence,
    string,
    symbol,
)
from sandbox.servicebus.refused import (
    DECODE_ERROR,
    LOCK_LOST,
    MESSAGE_NOT_FOUND,
    NOT_FOUND,
    NOT_IMPLEMENTED,
    SESSION_LOST,
    UNAUTHORIZED,
    Refused,
)
from sandbox.servicebus.transport import operations
from sandbox.servicebus.transport.inlet import Inlet
from sandbox.servicebus.transport.link import Link
from sandbox.servicebus.transport.operations import MODIFIED

log = logging.getLogger("sandbox.servicebus")
CBS = "$cbs"
_MANAGEMENT = "/$management"
_BAD_REQUEST = 400
_STATUS = {
    LOCK_LOST: 410, SESSION_LOST: 410, MESSAGE_NOT_FOUND: 404, NOT_FOUND: 404,
    "com.microsoft:server-busy": 503, "amqp:internal-error": 500,
    UNAUTHORIZED: 401, NOT_IMPLEMENTED: 501,
}  # fmt: skip


def is_node(path: str) -> bool:
    return path == CBS or path.lower().endswith(_MANAGEMENT)


class Replies(Link):
    """Where the answers of a node go."""

    _sent = 0

    def send(self, payload: bytes) -> None:
        self._sent += 1
        self.channel.deliver(self.handle, self._sent.to_bytes(4), payload, settled=True)


class Requests(Inlet):
    """Answers on the link for the same node in the same session: reply-to names just the node."""

    def find(self) -> None:
        if self.attach.path != CBS:
            self.queue = self.channel.namespace.find(self.attach.path[: -len(_MANAGEMENT)])

    def receive(self, payload: bytes) -> None:
        parts = {code: payload[at:end] for code, _, at, end in sections(payload)}
        if not {PROPERTIES, APPLICATION, VALUE} <= set(parts):
            raise Refused(DECODE_ERROR, "A request has properties and a value")
        message_id = raw_items(parts[PROPERTIES])[0]
        asked, body = decode(parts[APPLICATION])[0], decode(parts[VALUE])[0]
        if self.attach.path == CBS:
            facts, answer = self._take_token(asked, body), NULL
        else:
            if body and MODIFIED in body:
                body[MODIFIED] = _encoded(parts[VALUE])
            facts, answer = self._operate(asked, body)
        reply = _message(message_id, facts, answer)
        for link in self.channel.links.values():
            if isinstance(link, Replies) and link.attach.path == self.attach.path:
                link.send(reply)
                return
        raise Refused(NOT_FOUND, f"Nobody listens to the answers of {self.attach.path}")

    def _take_token(self, asked: dict[str, Any], token: Any) -> bytes:
        try:
            self.channel.connection.grant(str(asked.get("name") or ""), token)
        except Refused as refusal:
            log.warning("refused: a token for %s %s", asked.get("name"), refusal)
            return _token_facts(401, refusal.description)
        return _token_facts(202, "Accepted")

    def _operate(self, asked: dict[str, Any], body: Any) -> tuple[bytes, bytes]:
        operation, path = asked.get("operation", ""), self.queue.terms.path
        strike = self.channel.namespace.faults.strike
        try:
            strike(path, "manage")
            answer = operations.operate(self.queue, operation, body or {})
            strike(path, "manage", afterwards=True)
        except (Refused, Malformed, KeyError) as problem:
            refusal = problem if isinstance(problem, Refused) else _nonsense(operation, problem)
            log.warning("refused: %s at %s %s", operation, path, refusal)
            status = _STATUS.get(refusal.condition, _BAD_REQUEST)
            return _facts(status, refusal.description, refusal.condition), EMPTY_MAP
        return _facts(200 if answer else 204, "OK"), answer or EMPTY_MAP


def _nonsense(operation: str, problem: Exception) -> Refused:
    return Refused("com.microsoft:argument-error", f"{operation} makes no sense: {problem!r}")


def _encoded(value: bytes) -> dict[str, bytes]:
    """The properties to modify as they came in: their types have to survive."""
    [found] = [item for key, _, item in raw_pairs(value) if key == MODIFIED]
    return {key: item for key, _, item in raw_pairs(found)} if found != NULL else {}


def _token_facts(status: int, description: str) -> bytes:
    code = string("status-code"), int32(status)
    return mapping(code, (string("status-description"), string(description)))


def _facts(status: int, description: str, condition: str = "") -> bytes:
    said = [(string("statusCode"), int32(status))]
    said.append((string("statusDescription"), string(description)))
    if condition:
        said.append((string("errorCondition"), symbol(condition)))
    return mapping(*said)


def _message(correlation: bytes, facts: bytes, body: bytes) -> bytes:
    properties = sequence(*[NULL] * 5, correlation)
    return (
        described(PROPERTIES, properties) + described(APPLICATION, facts) + described(VALUE, body)
    )
