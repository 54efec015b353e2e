"""`python -m sandbox.directory` as somebody starts it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from sandbox.identity.tokens import mint

ROOT = Path(__file__).parents[3]


@contextmanager
def started(module: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the URL it says it listens on."""
    command = [sys.executable, "-m", module, "--secret-env", "SANDBOX_WORD", *arguments]
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"SANDBOX_WORD": "word"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        ready, url = running.stdout.readline().split()
        assert ready == "ready"
        yield running, url
    finally:
        running.kill()
        running.communicate()


def test_it_serves_what_was_seeded_until_it_is_told_to_stop(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"users": [{"mail": "ann@partner.example"}]}))
    options = ["--seed", str(seed), "--made-up", "3", "--scale", "10", "--no-quotas"]
    with started("sandbox.directory", *options) as (running, url):
        headers = {"Authorization": f"Bearer {mint('word', roles=['User.Read.All'])}"}
        users = httpx.get(f"{url}/users", headers=headers).json()["value"]
        running.send_signal(signal.SIGTERM)
        code = running.wait(timeout=5)

    assert url.startswith("http://localhost:")
    assert url.endswith("/v1.0")
    assert len(users) == 4
    assert code == 0


def test_it_does_not_start_without_a_secret() -> None:
    command = [sys.executable, "-m", "sandbox.directory", "--secret-env", "NOT_SET_ANYWHERE"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "NOT_SET_ANYWHERE" in done.stderr
