"""Blob, queue and table storage on loopback: Microsoft's Azurite, started and stopped by us."""

from sandbox.storage.azurite import DEFAULT_PORTS, Azurite, NotInstalled, Ports, free_ports

__all__ = ["DEFAULT_PORTS", "Azurite", "NotInstalled", "Ports", "free_ports"]
