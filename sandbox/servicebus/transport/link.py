"""What all links have in common."""

from typing import TYPE_CHECKING, Any

from sandbox.servicebus.transport import frames
from sandbox.servicebus.transport.attach import Attach

if TYPE_CHECKING:
    from sandbox.servicebus.transport.channel import Channel


class Link:
    def __init__(self, channel: "Channel", attach: Attach) -> None:
        self.channel = channel
        self.attach = attach
        self.handle = attach.handle

    def open(self) -> None:
        """Answers the attach, or raises Refused."""
        self.channel.send(frames.ATTACH, *self.attach.accepting())

    def close(self) -> None:
        """The link is gone, on whatever way."""

    def take(self, fields: list[Any], payload: bytes) -> None:
        """One TRANSFER."""

    def credited(self, delivery_count: int, credit: int, *, drain: bool) -> None:
        """The link's part of a FLOW."""
