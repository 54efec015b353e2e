"""A cold worker: how long `import function_app` takes, and what it costs in memory."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7
_SCRIPT = """
import json, resource, sys, time
started, cpu = time.perf_counter(), time.process_time()
import function_app
print(json.dumps({"seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu,
  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "modules": len(sys.modules)}))
"""


def measure() -> dict[str, float]:
    """Median of several processes, after one that warms the cache and writes the .pyc files."""
    runs = [_once() for _ in range(RUNS + 1)][1:]
    return {name: round(statistics.median(run[name] for run in runs), 2) for name in runs[0]}


def _once() -> dict[str, float]:
    environment = {name: value for name, value in os.environ.items() if "BYTECODE" not in name}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        cwd=ROOT, env=environment, check=True, capture_output=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
