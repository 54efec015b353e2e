"""One AMQP session: its links, the deliveries not yet settled, and the window of the peer."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.servicebus.codec.decode import decode
from sandbox.servicebus.codec.encode import NULL, boolean, uint
from sandbox.servicebus.refused import LOCK_LOST, NOT_IMPLEMENTED, Refused
from sandbox.servicebus.transport import frames
from sandbox.servicebus.transport.attach import Attach
from sandbox.servicebus.transport.inlet import Inlet
from sandbox.servicebus.transport.link import Link
from sandbox.servicebus.transport.nodes import CBS, Replies, Requests, is_node
from sandbox.servicebus.transport.outlet import Outlet

if TYPE_CHECKING:
    from sandbox.servicebus.transport.connection import Connection

log = logging.getLogger("sandbox.servicebus")


class Channel:
    def __init__(self, connection: "Connection", number: int, begin: Sequence[bytes]) -> None:
        self.connection = connection
        self.namespace = connection.namespace
        self.number = number
        self.links: dict[int, Link] = {}
        self.unsettled: dict[int, tuple[Outlet, bytes]] = {}
        self.room = decode(begin[2])[0]  # frames that the peer will still take
        self._next_delivery = 1
        self._frames_out = 1
        self._frames_in = decode(begin[1])[0]

    def take(self, code: int, fields: Sequence[bytes], payload: bytes) -> None:
        if code == frames.TRANSFER:
            self._on_transfer(_values(fields, 10), payload)
        elif code == frames.DISPOSITION:
            state = fields[4] if len(fields) > 4 else NULL
            self._on_disposition(_values(fields, 4), state)
        elif code == frames.FLOW:
            self._on_flow(_values(fields, 9))
        elif code == frames.ATTACH:
            self._on_attach(Attach.read(fields))
        elif code == frames.DETACH:
            self._on_detach(decode(fields[0])[0])

    def send(self, code: int, *fields: bytes) -> None:
        self.connection.send(frames.frame(self.number, code, *fields))

    def deliver(self, handle: int, tag: bytes, payload: bytes, *, settled: bool) -> int:
        number = self._next_delivery
        self._next_delivery += 1
        pieces = frames.transfers(
            self.number, handle, number, tag, settled, payload, self.connection.largest
        )
        self.connection.send(*pieces)
        self.room -= len(pieces)
        self._frames_out += len(pieces)
        return number

    def answer(self, *, receiving: bool, number: int, state: bytes) -> None:
        self.connection.send(
            frames.disposition(self.number, receiving=receiving, number=number, state=state)
        )

    def flow(self, handle: int, delivery_count: int, credit: int, *, drained: bool = False) -> None:
        windows = (self._frames_in, frames.WINDOW, self._frames_out, frames.WINDOW)
        of_link = (handle, delivery_count, credit, 0)
        numbers = [uint(number) for number in (*windows, *of_link)]
        self.send(frames.FLOW, *numbers, boolean(drained))

    def drop(self, link: Link, refusal: Refused | None = None) -> None:
        if self.links.pop(link.handle, None) is not None:
            link.close()
            self.connection.send(frames.detached(self.number, link.handle, refusal))

    def close(self) -> None:
        for link in self.links.values():
            link.close()
        self.links.clear()

    def refuse(self, attach: Attach, refusal: Refused) -> None:
        """Attached without a terminus, then detached: so a refused link looks on the wire."""
        log.warning("refused: attach %s %s", attach.path, refusal)
        self.links.pop(attach.handle, None)
        self.send(frames.ATTACH, *attach.refusing())
        self.connection.send(frames.detached(self.number, attach.handle, refusal))

    def _on_attach(self, attach: Attach) -> None:
        try:
            if attach.transacts:
                raise Refused(NOT_IMPLEMENTED, "The sandbox has no transactions: send without one")
            if attach.path != CBS:
                self.connection.check(attach.path)
            link = self.links[attach.handle] = link_for(self, attach)
            link.open()
        except Refused as refusal:
            self.refuse(attach, refusal)

    def _on_flow(self, fields: list[Any]) -> None:
        next_in, window, _, _, handle, count, credit, _, drain = fields
        self.room = (1 if next_in is None else next_in) + window - self._frames_out
        if (link := self.links.get(handle)) and credit is not None:
            link.credited(count or 0, credit, drain=bool(drain))

    def _on_transfer(self, fields: list[Any], payload: bytes) -> None:
        self._frames_in += 1
        if link := self.links.get(fields[0]):
            link.take(fields, payload)

    def _on_disposition(self, fields: list[Any], state: bytes) -> None:
        role, first, last, settled = fields
        if not role or state == NULL:
            return  # how our own answers were taken
        last = first if last is None else min(last, self._next_delivery)
        for number in range(first, last + 1):
            outlet, tag = self.unsettled.pop(number, (None, b""))
            if outlet is not None:
                outlet.settle(number, tag, state, quiet=bool(settled))
            elif not settled:
                lost = Refused(LOCK_LOST, "This delivery is not known or was settled before")
                self.answer(receiving=False, number=number, state=frames.rejected(lost))

    def _on_detach(self, handle: int) -> None:
        if link := self.links.get(handle):
            self.drop(link)


def _values(fields: Sequence[bytes], size: int) -> list[Any]:
    """The first so many fields; those that the peer left out are null."""
    values = [decode(field)[0] for field in fields[:size]]
    return values + [None] * (size - len(values))


def link_for(channel: Channel, attach: Attach) -> Link:
    if is_node(attach.path):
        return (Replies if attach.receives else Requests)(channel, attach)
    return (Outlet if attach.receives else Inlet)(channel, attach)
