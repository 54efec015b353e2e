"""POST /$batch: up to 20 requests in one, each judged, limited and answered on its own.

https://learn.microsoft.com/graph/json-batching
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from sandbox.directory.bodies import Body, Field, check
from sandbox.directory.door import Ask, answered, refused
from sandbox.directory.refusals import Refused, bad
from sandbox.directory.world import Answer, World

MOST: Final = 20
METHODS: Final = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})
INNER: Final[Body] = {
    "id": Field(required=True),
    "method": Field(required=True),
    "url": Field(required=True),
    "headers": Field("object"),
    "body": Field("object"),
    "dependsOn": Field("strings"),
}
BATCH: Final[Body] = {"requests": Field("things", required=True, inner=INNER)}
Run = Callable[[Ask], Answer]


def batched(world: World, ask: Ask, run: Run | None = None) -> Answer:
    """The outer answer is 200 whatever happened inside. Raises Refused for a malformed batch."""
    requests = _well_formed(ask.body)
    world.counters.add("batches")
    answers: dict[str, Answer] = {}
    for request in requests:
        world.counters.add("innerRequests")
        answers[request["id"].lower()] = _one(world, ask, request, answers, run or _plain(world))
    shown = [_shown(request["id"], answers[request["id"].lower()]) for request in requests]
    # Answers come in any order; turned round, nobody gets used to theirs.
    return Answer(200, {"responses": shown[::-1]})


def _plain(world: World) -> Run:
    return lambda ask: answered(world, ask)


def _well_formed(body: Any) -> list[dict[str, Any]]:
    requests: list[dict[str, Any]] = check(body, BATCH)["requests"]
    if len(requests) > MOST:
        raise bad(
            f"Number of batch request steps exceeds the maximum value of {MOST}.", "BadRequest"
        )
    ids = [request["id"].lower() for request in requests]
    if len(set(ids)) < len(ids):
        raise bad("Request ids in a batch must be unique.", "BadRequest")
    for place, request in enumerate(requests):
        if request["method"] not in METHODS:
            raise bad(f"Invalid method '{request['method']}' in the batch.", "BadRequest")
        if request.get("body") is not None and not _names_type(request.get("headers") or {}):
            raise bad(
                "Write request id : " + request["id"] + " does not contain Content-Type "
                "header or body.",
                "BadRequest",
            )
        if not {one.lower() for one in request.get("dependsOn") or ()} <= set(ids[:place]):
            raise bad("dependsOn must name earlier requests of the batch.", "BadRequest")
    return requests


def _names_type(headers: Mapping[str, str]) -> bool:
    return "content-type" in {name.lower() for name in headers}


def _one(
    world: World, ask: Ask, request: dict[str, Any], answers: Mapping[str, Answer], run: Run
) -> Answer:
    parents = [answers[one.lower()] for one in request.get("dependsOn") or ()]
    headers = {k.lower(): v for k, v in (request.get("headers") or {}).items()}
    headers["authorization"] = ask.headers.get("authorization", "")
    if any(parent.status >= 400 for parent in parents):
        words = "The request depends on a request that failed."
        return refused(world, Refused(424, "FailedDependency", words), headers)
    target = "/" + request["url"].lstrip("/")
    inner = replace(
        ask, method=request["method"], target=target, headers=headers, body=request.get("body")
    )
    return run(inner)


def _shown(identity: str, answer: Answer) -> dict[str, Any]:
    kind = "text/plain" if answer.text is not None else "application/json"
    headers = answer.headers | {"Cache-Control": "no-cache", "Content-Type": kind}
    out: dict[str, Any] = {"id": identity, "status": answer.status, "headers": headers}
    if answer.text is not None:
        out["body"] = answer.text
    elif answer.body is not None:
        out["body"] = answer.body
    return out
