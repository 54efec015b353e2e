"""One TCP connection: bytes into frames, frames to channels, and all answers in one write."""

import asyncio
import logging
import struct
import time
from collections.abc import Callable

from sandbox.servicebus.access import Access, within
from sandbox.servicebus.codec.decode import Malformed, decode, raw_items, skip
from sandbox.servicebus.engine.namespace import Namespace
from sandbox.servicebus.refused import (
    DECODE_ERROR,
    LIMIT_EXCEEDED,
    UNAUTHORIZED,
    Refused,
    Reset,
)
from sandbox.servicebus.transport import frames
from sandbox.servicebus.transport.channel import Channel

log = logging.getLogger("sandbox.servicebus")
_HEAD = struct.Struct(">IBBH")
_NONSENSE = (Malformed, IndexError, struct.error, ValueError, TypeError, AttributeError, KeyError)
_LARGEST_FRAME = 2 * frames.MAX_FRAME  # generous: we told the peer half of it


class Connection(asyncio.Protocol):
    """`after` is called when frames came in: what they made ready may be for other connections."""

    def __init__(
        self, namespace: Namespace, access: Access, after: Callable[[], None], idle_timeout: int
    ) -> None:
        self.namespace = namespace
        self._access = access
        self._claims: dict[str, float] = {}  # until when which path is open, in seconds since 1970
        self._idle_timeout = idle_timeout
        self._heard = time.monotonic()
        self._timers: list[asyncio.TimerHandle] = []
        self.paused = False
        self.lost = False
        self.largest = frames.MAX_FRAME
        self._after = after
        self._wire: asyncio.Transport | None = None
        self._in = bytearray()
        self._out: list[bytes] = []
        self._channels: dict[int, Channel] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._wire = transport
        self._look_for_life()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.lost = True
        for timer in self._timers:
            timer.cancel()
        for channel in self._channels.values():
            channel.close()
        self._channels.clear()
        self._after()

    def pause_writing(self) -> None:
        self.paused = True

    def resume_writing(self) -> None:
        self.paused = False
        self._after()

    def data_received(self, data: bytes) -> None:
        self._in += data
        self._heard = time.monotonic()
        self.namespace.tick()
        try:
            self._read()
        except Reset as fault:
            log.warning("connection reset: %s", fault)
            self.abort()
        except _NONSENSE as problem:
            log.warning("connection closed, a frame made no sense: %r", problem)
            self.close(Refused(DECODE_ERROR, str(problem)))
        self._after()

    def send(self, *pieces: bytes) -> None:
        self._out.extend(pieces)

    def grant(self, audience: str, token: object) -> None:
        """Opens what the token is for. Raises Refused."""
        path, until = self._access.claim(audience, token)
        self._claims[path] = until

    def check(self, path: str) -> None:
        """Raises Refused where no token was put for the path (AMQP protocol guide, CBS)."""
        if self._access.anonymous:
            return
        moment = time.time()
        if not any(until > moment and within(path, own) for own, until in self._claims.items()):
            raise Refused(UNAUTHORIZED, f"Unauthorized access. Put a token for {path!r} to $cbs.")

    def flush(self) -> None:
        self.namespace.commit()
        if self._out and self._wire and not self._wire.is_closing():
            self._wire.write(b"".join(self._out))
        self._out.clear()

    def close(self, refusal: Refused | None = None) -> None:
        self.send(frames.frame(0, frames.CLOSE, *([frames.error(refusal)] if refusal else [])))
        self.flush()
        if self._wire:
            self._wire.close()

    def abort(self) -> None:
        self._out.clear()
        if self._wire:
            self._wire.abort()

    def _read(self) -> None:
        buffer, at = bytes(self._in), 0
        while len(buffer) - at >= 8:
            if buffer.startswith(b"AMQP", at):
                self._greet(buffer[at : at + 8])
                at += 8
                continue
            size, offset, kind, channel = _HEAD.unpack_from(buffer, at)
            if not 8 <= size <= _LARGEST_FRAME:
                raise Malformed(f"a frame of {size} bytes")
            if len(buffer) - at < size:
                break
            if size > offset * 4:  # else it is empty: a sign of life
                self._take(kind, channel, buffer[at + offset * 4 : at + size])
            at += size
        del self._in[:at]

    def _greet(self, header: bytes) -> None:
        if header == frames.SASL_HEADER:
            self.send(header, frames.sasl_mechanisms())
        elif header == frames.AMQP_HEADER:
            self.send(header)
        else:
            raise Malformed(f"an unknown protocol {header!r}")

    def _take(self, kind: int, number: int, body: bytes) -> None:
        code, fields = body[2], raw_items(body, 3)
        if kind == 1:
            if code == frames.SASL_INIT:
                self._on_sasl_init(fields)
        elif code == frames.OPEN:
            self.send(frames.opened(self._idle_timeout))
            self._learn_limits(fields)
        elif code == frames.BEGIN:
            self._channels[number] = Channel(self, number, fields)
            self.send(frames.begun(number))
        elif code == frames.CLOSE:
            self.close()
        elif (channel := self._channels.get(number)) is None:
            pass  # the SDK still detaches its management links after END
        elif code == frames.END:
            self._channels.pop(number).close()
            self.send(frames.frame(number, frames.END))
        else:
            channel.take(code, fields, body[skip(body, 3) :])

    def _on_sasl_init(self, fields: list[bytes]) -> None:
        mechanism = decode(fields[0])[0]
        response = decode(fields[1])[0] if len(fields) > 1 else None
        plain = mechanism == "PLAIN" and self._access.allows_plain(response or b"")
        if plain:  # the whole namespace, as the key opens it
            self._claims[""] = float("inf")
        right = plain or mechanism in ("MSSBCBS", "ANONYMOUS")
        self.send(frames.sasl_outcome(right=right))
        if not right:
            log.warning("refused: a login by %s", mechanism)
            self.flush()
            if self._wire:
                self._wire.close()

    def _learn_limits(self, fields: list[bytes]) -> None:
        asked = decode(fields[2])[0] if len(fields) > 2 else None
        self.largest = min(asked or frames.MAX_FRAME, frames.MAX_FRAME)
        patience = decode(fields[4])[0] if len(fields) > 4 else None
        if patience:
            self._show_life(patience / 2 / 1000)

    def _show_life(self, pause: float) -> None:
        """Empty frames twice as often as the peer's idle time-out wants them (AMQP 1.0, 2.4.5)."""
        self.send(frames.EMPTY)
        self.flush()
        self._later(pause, lambda: self._show_life(pause))

    def _look_for_life(self) -> None:
        """Closes after twice what we told the peer, which is to be half of what we bear."""
        limit = 2 * self._idle_timeout / 1000
        silent = time.monotonic() - self._heard
        if silent >= limit:
            self.close(Refused(LIMIT_EXCEEDED, f"Nothing was heard for {silent:.0f} seconds"))
        else:
            self._later(limit - silent, self._look_for_life)

    def _later(self, pause: float, act: Callable[[], None]) -> None:
        moment = asyncio.get_running_loop().time()
        self._timers = [timer for timer in self._timers if timer.when() > moment]
        self._timers.append(asyncio.get_running_loop().call_later(pause, act))
