"""A local Azure Service Bus: AMQP 1.0 on loopback for the unmodified SDK, knowing no app."""

from sandbox.servicebus.access import Access
from sandbox.servicebus.clock import Clock
from sandbox.servicebus.engine.faults import Fault
from sandbox.servicebus.entities import Misconfigured, Terms, read, read_file
from sandbox.servicebus.server import ServiceBus, in_thread

__all__ = [
    "Access", "Clock", "Fault", "Misconfigured", "ServiceBus", "Terms", "in_thread", "read",
    "read_file",
]  # fmt: skip
