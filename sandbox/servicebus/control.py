"""A small HTTP endpoint for people and tests: look into entities, order faults, move the clock."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from sandbox.servicebus.codec.content import text_of
from sandbox.servicebus.codec.decode import decode
from sandbox.servicebus.engine.faults import Fault
from sandbox.servicebus.engine.message import Message, State
from sandbox.servicebus.engine.queue import Queue
from sandbox.servicebus.refused import Refused
from sandbox.servicebus.server import LOOPBACK, ServiceBus

_BUS = web.AppKey("bus", ServiceBus)


@contextlib.asynccontextmanager
async def controlling(bus: ServiceBus, port: int = 0) -> AsyncIterator[str]:
    """The base URL."""
    app = web.Application()
    app[_BUS] = bus
    app.router.add_get("/entities", _entities)
    app.router.add_get("/entities/{name:.+}/messages", _messages)
    app.router.add_post("/faults", _faults)
    app.router.add_post("/clock", _clock)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port).start()
        yield f"http://{LOOPBACK}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _entities(request: web.Request) -> web.Response:
    engine = request.app[_BUS].engine
    entities = [queue for queue in engine if queue.dead or queue.onward is not None]
    return web.json_response({queue.terms.path: _counted(queue) for queue in entities})


async def _messages(request: web.Request) -> web.Response:
    path = request.match_info["name"]
    if request.query.get("dead") == "1":
        path += "/$DeadLetterQueue"
    try:
        queue = request.app[_BUS].engine.find(path)
    except Refused as refusal:
        raise web.HTTPNotFound(text=refusal.description) from refusal
    return web.json_response([_shown(message) for message in queue.peek(0, len(queue.messages))])


async def _faults(request: web.Request) -> web.Response:
    try:
        faults = [Fault.read(each) for each in await request.json()]
    except (ValueError, TypeError) as problem:
        raise web.HTTPBadRequest(text=str(problem)) from problem
    request.app[_BUS].order(*faults)
    return web.json_response({"ordered": len(faults)})


async def _clock(request: web.Request) -> web.Response:
    bus = request.app[_BUS]
    try:
        bus.advance(float((await request.json())["advance"]))
    except (ValueError, TypeError, KeyError) as problem:
        raise web.HTTPBadRequest(text='expected {"advance": seconds}') from problem
    return web.json_response({"now": bus.clock.now()})


def _counted(queue: Queue) -> dict[str, int]:
    counts = {"active": 0, "scheduled": 0, "locked": 0, "deferred": 0}
    for message in queue.messages.values():
        counts["locked" if message.tag else message.state.name.lower()] += 1
    totals = queue.totals
    return counts | {
        "deadLettered": len(queue.dead.messages) if queue.dead else 0,
        "accepted": totals.accepted,
        "duplicates": totals.duplicates,
        "completed": totals.completed,
        "deadLetteredTotal": totals.dead_lettered,
        "highestDeliveryCount": totals.highest_delivery_count,
    }


def _shown(message: Message) -> dict[str, Any]:
    content = message.content
    return {
        "sequenceNumber": message.sequence,
        "messageId": content.message_id if content.message_id is None else str(content.message_id),
        "sessionId": content.session_id,
        "state": "locked" if message.tag else message.state.name.lower(),
        "deliveryCount": message.failures,
        "enqueued": message.enqueued,
        "scheduled": content.scheduled if message.state is State.SCHEDULED else None,
        "applicationProperties": _readable(content.application),
        "body": text_of(content),
    }


def _readable(application: bytes) -> dict[str, Any]:
    pairs = decode(application)[0] if application else {}
    plain = (str, int, float, bool, type(None))
    return {key: v if isinstance(v, plain) else str(v) for key, v in pairs.items()}
