"""Who was asked for before in this file: exact for any number of rows, in bounded memory."""

import sqlite3
from hashlib import blake2b

from b2b.domain.reason import Reason
from b2b.domain.request import Wish, address_key

ADDRESS, WISH = 12, 8  # bytes of a digest: an address is told from millions, a wish from one
CACHE = 12288  # KiB that stay in memory; the rest goes to a private file that vanishes by itself


class SeenBefore:
    """Remembers the first line of every address. Close it when the file is read."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for setting in ("journal_mode=off", "synchronous=off", f"cache_size=-{CACHE}"):
            self._file.execute(f"PRAGMA {setting}")
        self._file.execute(
            "CREATE TABLE seen (address BLOB PRIMARY KEY, line INTEGER, wish BLOB) WITHOUT ROWID"
        )
        self._file.execute("BEGIN")

    def check(self, line: int, wish: Wish) -> Reason | None:
        """Why this line repeats an earlier one; None, and remembered, when it does not."""
        address = _digest(address_key(wish.email), ADDRESS)
        asked = _digest(_values(wish), WISH)
        kept = self._file.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (address, line, asked)
        )
        if kept.rowcount:
            return None
        first, before = self._file.execute(
            "SELECT line, wish FROM seen WHERE address = ?", (address,)
        ).fetchone()
        return _identical(first) if before == asked else _conflicting(first)

    def close(self) -> None:
        self._file.close()


def _digest(text: str, size: int) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size).digest()


def _values(wish: Wish) -> str:
    """Everything asked for beside the address, so that no two different wishes look alike."""
    return repr(
        (
            *(wish.display_name, wish.given_name, wish.surname, wish.company),
            *(wish.remove_groups, wish.remove_access_packages),
            *(wish.groups, wish.access_packages, wish.sponsor, wish.redirect_url, wish.language),
            *(wish.message, wish.correlation_id, wish.delivery),
            wish.expires_on and wish.expires_on.toordinal(),
        )
    )


def _identical(line: int) -> Reason:
    return Reason(f"duplicate_of_line_{line}", f"Line {line} asks for the same guest already.")


def _conflicting(line: int) -> Reason:
    return Reason(
        f"duplicate_of_line_{line}_with_different_values",
        f"Line {line} asks for the same guest with other values: keep one of the two lines.",
    )
