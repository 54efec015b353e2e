"""`python -m tests.mail.renew` writes the snapshots anew: read the diff, and look."""

import asyncio
import shutil
from pathlib import Path

from tests.mail.examples import EVERYTHING, a_letter, sheets, written

SNAPSHOTS = Path(__file__).parent / "snapshots"


async def renew() -> None:
    shutil.rmtree(SNAPSHOTS, ignore_errors=True)
    for language, kind in EVERYTHING:
        _, mail = await written(a_letter(kind, language))
        for part, content in sheets(mail):
            file = SNAPSHOTS / language / f"{kind}.{part}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    asyncio.run(renew())
