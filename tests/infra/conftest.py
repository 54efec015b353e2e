"""Azurite, for the line that a deferral writes."""

from tests.contract.conftest import storage

__all__ = ["storage"]
