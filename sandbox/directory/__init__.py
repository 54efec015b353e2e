"""A strict stand-in for Microsoft Graph on loopback: it refuses what Graph refuses."""

from sandbox.directory.server import Directory

__all__ = ["Directory"]
