"""A blob trigger's path: which blobs it is about, and what its {names} stand for."""

import re
from dataclasses import dataclass

from sandbox.host.errors import CannotStart


@dataclass(frozen=True)
class BlobPath:
    container: str
    pattern: re.Pattern[str]
    prefix: str
    """What every fitting blob's name begins with: asking for it keeps a scan short."""

    def match(self, blob: str) -> dict[str, str] | None:
        found = self.pattern.fullmatch(blob)
        return found.groupdict() if found else None


def read_path(function: str, path: str) -> BlobPath:
    """`container/{name}.csv` and the like. Raises CannotStart."""
    container, _, blob = path.strip("/").partition("/")
    if not container or "{" in container:
        raise CannotStart(f"function {function}: the path {path!r} must begin with a container")
    pieces = re.split(r"\{(\w+)\}", blob or "{name}")
    written = "".join(
        f"(?P<{piece}>.+)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)
    )
    try:
        return BlobPath(container, re.compile(written, re.DOTALL), pieces[0])
    except re.error as problem:
        raise CannotStart(f"function {function}: the path {path!r}: {problem}") from problem
