"""Azurite, for what cannot be told without real storage."""

from tests.contract.conftest import storage

__all__ = ["storage"]
