"""A fuzz target for atheris, run by hand: python -m tests.domain.upload.fuzz_reader CORPUS

Nothing may raise, rows come in the order of their lines, and no input may take long for its size.
"""

import sys
import time

from b2b.domain.upload import safe_line
from tests.domain.upload.reading import tell

SLOW = 0.5  # seconds that no input of a few KiB may take


def fuzz_one(content: bytes) -> None:
    start = time.process_time()
    told = tell(content)
    lines = [row.line for row in told.rows]
    assert lines == sorted(set(lines)), "rows out of order, or one line told twice"
    assert all(len(text) < 10_000 for text in told.warnings), "a warning without end"
    for wish in told.wishes:
        assert wish.email.isascii(), "an address that no mail server takes"
        safe_line([wish.email, wish.display_name, wish.message])
    seconds = time.process_time() - start
    assert seconds < SLOW + len(content) / 50_000, f"{seconds:.2f} s"


def main() -> None:
    import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]  # installed by hand

    with atheris.instrument_imports(include=["b2b.domain.upload"]):
        pass
    atheris.instrument_all()
    atheris.Setup(sys.argv, _limited)
    atheris.Fuzz()


def _limited(content: bytes) -> None:
    fuzz_one(content[:65_536])


if __name__ == "__main__":
    main()
