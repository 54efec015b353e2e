"""Access packages: who asked for which, who has which until when, and what that brings along.

https://learn.microsoft.com/graph/api/resources/entitlementmanagement-overview (read 2026-11-23)
"""

from sandbox.directory.entitlements.life import Entitlements
from sandbox.directory.entitlements.records import (
    Package,
    PackageAssignment,
    PackagePolicy,
    PackageRequest,
)

__all__ = ["Entitlements", "Package", "PackageAssignment", "PackagePolicy", "PackageRequest"]
