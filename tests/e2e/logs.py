"""Looks for people and keys in what a town wrote to its logs."""

from collections.abc import Iterable
from pathlib import Path

from sandbox.town import Town

MARKS = ("redeem", "eyj", "sharedaccesskey=", "accountkey=", "bearer ")  # in lower case


def written(logs: Path) -> list[str]:
    """Every line of every log of a town."""
    files = sorted(logs.glob("*.log"))
    return [line for file in files for line in file.read_text("utf-8").splitlines()]


def leaks(town: Town, secrets: Iterable[str]) -> list[str]:
    """The lines that hold an address, a name, a link, a token or a key."""
    key = town.storage.connection.partition("AccountKey=")[2].partition(";")[0]
    marks = [*MARKS, key.lower(), town.plan.header.lower()]
    for secret in secrets:
        marks += _spellings(secret.lower())
    return [line for line in written(town.plan.logs) if any(m in line.lower() for m in marks)]


def _spellings(secret: str) -> list[str]:
    if "@" not in secret:
        return [secret]
    # As itself, in a URL, and in the name that the directory gives a guest.
    return [secret, secret.replace("@", "%40"), secret.replace("@", "_")]
