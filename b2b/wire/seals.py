"""What a copy says of its earlier tries, sealed: only this app can write it.

The seal is an HMAC-SHA256 over the queue, the id of the message, the digest of its body, its stamp
and the tries. A sender of another service has no key, so its properties are never believed.
"""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from b2b.domain.received_message import SENDER, ReceivedMessage
from b2b.domain.retry import Scalar, Tries

ATTEMPT, SINCE = "attempt", "since"
CRASHES, INTERRUPTIONS = "crashes", "interruptions"
SEAL = "seal"


def bears_seal(message: ReceivedMessage) -> bool:
    return SEAL in message.properties


def sealed_properties(
    key: bytes, queue: str, message_id: str, message: ReceivedMessage, tries: Tries
) -> dict[str, Scalar]:
    """The properties of a copy of `message` under the id `message_id`. The stamp stays."""
    told: dict[str, Scalar] = {
        ATTEMPT: tries.attempt,
        SINCE: tries.since.isoformat(),
        CRASHES: tries.crashes,
        INTERRUPTIONS: tries.interruptions,
    }
    if message.stamp is not None:
        told[SENDER] = message.stamp
    return told | {SEAL: _seal(key, queue, message_id, message.body, told)}


def read_tries(key: bytes, queue: str, message: ReceivedMessage) -> Tries | None:
    """None when the seal is not ours, whatever else the properties say. Never raises."""
    said = message.properties
    told = {name: said[name] for name in (*_COUNTS, SINCE, SENDER) if name in said}
    seal = _seal(key, queue, message.message_id, message.body, told)
    if not hmac.compare_digest(seal.encode(), str(said.get(SEAL, "")).encode("utf-8", "replace")):
        return None
    attempt, crashes, interruptions = (int(told[name]) for name in _COUNTS)
    return Tries(attempt, datetime.fromisoformat(str(told[SINCE])), crashes, interruptions)


_COUNTS = (ATTEMPT, CRASHES, INTERRUPTIONS)


def _seal(key: bytes, queue: str, message_id: str, body: bytes, told: Mapping[str, Scalar]) -> str:
    """Of JSON, in which no value can run over into the next one."""
    parts = [queue, message_id, sha256(body).hexdigest(), sorted(told.items())]
    return hmac.new(key, json.dumps(parts).encode(), sha256).hexdigest()
