"""A stand-in for the Logs Ingestion API of Azure Monitor."""

from sandbox.logs.workspace import Workspace

__all__ = ["Workspace"]
