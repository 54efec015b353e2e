"""What people wait for before a command does anything."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"azure", "msgraph", "msal", "aiohttp", "httpx", "jinja2"}


def test_the_command_line_starts_without_the_sdks() -> None:
    tell = "import sys, b2b.commands; print(*{name.partition('.')[0] for name in sys.modules})"
    told = subprocess.run(
        [sys.executable, "-c", tell], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert "typer" in told.stdout.split()
    assert not HEAVY & set(told.stdout.split())
