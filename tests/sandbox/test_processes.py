"""Children of the sandbox end with their starter."""

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from sandbox.processes import die_with

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells of a parent's end"
)


def test_a_process_that_comes_after_the_end_of_its_starter_does_not_begin(tmp_path: Path) -> None:
    as_if_from = partial(die_with, parent=-1)
    told = f"open({str(tmp_path / 'begun')!r}, 'w')"
    child = subprocess.run([sys.executable, "-c", told], preexec_fn=as_if_from, check=False)

    assert child.returncode == -signal.SIGKILL
    assert not (tmp_path / "begun").exists()
