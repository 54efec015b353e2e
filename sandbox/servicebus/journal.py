"""A journal on disk: what was confirmed to a client outlives the death of the process.

Each commit is one line of JSON, handed to the operating system before the answers go out. That
survives SIGKILL; without fsync it does not survive a power cut. Locks are not kept: after a start
every locked message is free again.
"""

import base64
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.servicebus.codec.content import cut
from sandbox.servicebus.engine.message import Message, State
from sandbox.servicebus.engine.namespace import Namespace
from sandbox.servicebus.engine.queue import Queue
from sandbox.servicebus.entities import Misconfigured
from sandbox.servicebus.refused import Refused


class Journal:
    """Reads the file into the empty namespace, writes it anew without what is gone, goes on."""

    def __init__(self, path: Path, namespace: Namespace) -> None:
        self._queues = list(namespace)
        for entry in _entries(path):
            _apply(namespace, entry, path)
        for queue in self._queues:
            for message in list(queue.messages.values()):
                queue.keep(message)
            queue.changed = set(queue.messages)
            queue.duplicates.fresh = dict(queue.duplicates.seen)
            if queue.sessions:
                queue.changed.update(queue.sessions.book)
        self._lasts: dict[str, int] = {}
        fresh = path.with_name(f"{path.name}.new")
        self._file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._size = 0
        self.commit()
        fresh.replace(path)

    def commit(self) -> None:
        """Call it before any answer leaves. Raises OSError when the disk takes no more."""
        touched = [queue for queue in self._queues if self._is_touched(queue)]
        if not touched:
            return
        self._write(json.dumps([_entry(queue) for queue in touched]).encode() + b"\n")
        for queue in touched:
            queue.changed, queue.duplicates.fresh = set(), {}
            self._lasts[queue.terms.path] = queue.last

    def close(self) -> None:
        os.close(self._file)

    def _is_touched(self, queue: Queue) -> bool:
        known = self._lasts.get(queue.terms.path, 0)
        return bool(queue.changed or queue.duplicates.fresh or queue.last != known)

    def _write(self, line: bytes) -> None:
        """The whole line or nothing of it."""
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """A last line without its end was never confirmed."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    for number, line in enumerate(lines, 1):
        try:
            yield from json.loads(line)
        except ValueError as problem:
            text = f"{path}: line {number} is no journal entry; start with another journal file"
            raise Misconfigured(text) from problem


def _entry(queue: Queue) -> dict[str, Any]:
    keys = queue.changed or set()
    numbers = sorted(key for key in keys if isinstance(key, int))
    book = queue.sessions.book if queue.sessions else {}
    return {
        "entity": queue.terms.path,
        "last": queue.last,
        "gone": [number for number in numbers if number not in queue.messages],
        "kept": [_kept(queue.messages[number]) for number in numbers if number in queue.messages],
        "seen": queue.duplicates.fresh,
        "states": {key: _text(book[key].state) for key in keys if isinstance(key, str)},
    }


def _kept(message: Message) -> list[Any]:
    raw = base64.b64encode(message.encoded(peeked=True)).decode()
    times = [message.enqueued, message.expires]
    return [message.sequence, raw, message.state, *times, message.failures, message.original]


def _text(state: bytes | None) -> str | None:
    return None if state is None else base64.b64encode(state).decode()


def _apply(namespace: Namespace, entry: dict[str, Any], path: Path) -> None:
    try:
        queue = namespace.find(entry["entity"])
    except Refused as refusal:
        text = f"{path} keeps messages of {entry['entity']}, which is not among the entities"
        raise Misconfigured(text) from refusal
    queue.last = entry["last"]
    queue.duplicates.seen.update(entry["seen"] or {})
    for number in entry["gone"]:
        queue.messages.pop(number, None)
    for number, raw, state, enqueued, expires, failures, original in entry["kept"]:
        content = cut(base64.b64decode(raw))
        queue.messages[number] = Message(
            number, content, enqueued, State(state), expires, failures, original=original
        )
    if queue.sessions:
        for session_id, state in entry["states"].items():
            known = None if state is None else base64.b64decode(state)
            queue.sessions.named(session_id).state = known
