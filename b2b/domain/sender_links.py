"""Where a sender finds the redemption links that it asked for: a container of its own."""

import re
from hashlib import sha256

from b2b.domain.batch import LedgerRow
from b2b.domain.policy import UPLOADS

PREFIX = "links-"
_CONTAINER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# 63 characters, no two hyphens side by side (read 2026-11-29):
# https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
LONGEST = 63 - len(PREFIX)


def container_of(sender: str) -> str:
    """Names of senders allow more than names of containers: such a sender's is a digest."""
    fits = len(sender) <= LONGEST and _CONTAINER.fullmatch(sender)
    return PREFIX + (sender if fits else sha256(sender.encode()).hexdigest()[:32])


def link_file(row: LedgerRow) -> tuple[str, str] | None:
    """Container and name; None for a row without a link, or one of a file that people dropped."""
    if not row.link or row.request is None or row.sender in ("", UPLOADS):
        return None
    return container_of(row.sender), f"{row.request}.json"
