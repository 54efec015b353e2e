"""One request of Graph, from the token to the answer: alone or as a part of a batch."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from sandbox.directory.bodies import EMPTY_BODY, check
from sandbox.directory.callers import Caller, caller_of
from sandbox.directory.mailboxes import MIME
from sandbox.directory.operations import Operation
from sandbox.directory.refusals import Refused, bad
from sandbox.directory.table import OPERATIONS
from sandbox.directory.world import Answer, Call, World

log = logging.getLogger(__name__)
WITH_BODY: Final = frozenset({"POST", "PATCH", "PUT"})


@dataclass(frozen=True, slots=True)
class Ask:
    """What was sent; `target` is the path and query behind the version, as it came."""

    method: str
    version: str
    target: str
    headers: Mapping[str, str]  # names in lower case
    body: Any  # parsed JSON, or None when there was none
    origin: str  # http://localhost:8000


def answered(world: World, ask: Ask) -> Answer:
    """The answer to everything but a batch; a refusal is an answer too."""
    name = f"{ask.method} {ask.target.partition('?')[0]}"
    try:
        path, _, text = ask.target.partition("?")
        caller = caller_of(ask.headers, world.tenant, world.secret)
        operation, args = OPERATIONS.find(ask.method, ask.version, path)
        name = operation.name
        answer = _admitted(world, ask, operation, args, caller, _options(text))
    except Refused as refusal:
        answer = refused(world, refusal, ask.headers)
        if refusal.status == 404 and refusal.code == "BadRequest":
            log.error("NO SUCH OPERATION: %s %s", ask.method, ask.target)
    world.counters.answered(name, answer.status)
    return answer


def _admitted(
    world: World,
    ask: Ask,
    operation: Operation,
    args: tuple[str, ...],
    caller: Caller,
    options: dict[str, str],
) -> Answer:
    world.entitlements.settle()
    operation.permit(caller)
    charge = operation.charge(options)
    headers = world.quota.take(charge, world.tenant, caller.app, len(world.store.users))
    world.counters.spent(charge.units, charge.writes, world.clock.now())
    operation.admit(options)
    path = unquote(ask.target.partition("?")[0])
    base = f"{ask.origin}/{ask.version}"
    body = _body(ask, operation)
    call = Call(world, caller, base, path, args, options, ask.headers, body, ask.version)
    answer = operation.run(call)
    answer.headers |= headers | {"x-ms-resource-unit": str(charge.units)}
    return answer


def _body(ask: Ask, operation: Operation) -> dict[str, Any]:
    if ask.method not in WITH_BODY:
        return {}
    if ask.body is not None and not _fits_type(ask):
        raise bad("Write requests must contain the Content-Type header declaration.")
    if operation.body is None:
        if not isinstance(ask.body, dict) or not ask.body:
            raise bad("Empty Payload. JSON content expected.", "BadRequest")
        return ask.body
    if operation.body and ask.body is None:
        raise bad("Empty Payload. JSON content expected.", "BadRequest")
    return check(ask.body or {}, operation.body or EMPTY_BODY)


def _fits_type(ask: Ask) -> bool:
    kind = ask.headers.get("content-type", "application/json")
    return "json" in kind or (kind.startswith("text/plain") and MIME in ask.body)


def _options(text: str) -> dict[str, str]:
    pairs = parse_qsl(text, keep_blank_values=True)
    options = dict(pairs)
    if len(options) < len(pairs):
        raise bad("Query options must be specified at most once.", "BadRequest")
    return options


def refused(world: World, refusal: Refused, headers: Mapping[str, str]) -> Answer:
    request = str(uuid4())
    inner = {
        "date": world.stamp().removesuffix("Z"),
        "request-id": request,
        "client-request-id": headers.get("client-request-id", request),
    }
    error = {"code": refusal.code, "message": refusal.message, "innerError": inner}
    return Answer(refusal.status, {"error": error}, refusal.headers | {"request-id": request})


def written_body(answer: Answer) -> tuple[bytes, str] | None:
    """Bytes and their type; None where there is no body."""
    if answer.text is not None:
        return answer.text.encode(), "text/plain"
    if answer.body is None:
        return None
    return json.dumps(answer.body, separators=(",", ":")).encode(), "application/json"
