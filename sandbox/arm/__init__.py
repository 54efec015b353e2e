"""A strict local stand-in for Azure Resource Manager, as far as role assignments go."""

from sandbox.arm.server import Arm

__all__ = ["Arm"]
