"""The host on a package and nothing else: no environment, no repository on its path.

What the host itself needs beyond what the package brings is linked into a folder of its own.
"""

import importlib.util
import sys
from pathlib import Path

OURS = ("croniter", "dateutil", "azure.storage.queue")
_START = """
import runpy, sys
sys.path[:0] = {path!r}
sys.argv[0] = "sandbox.host"
runpy.run_module("sandbox.host", run_name="__main__", alter_sys=True)
"""


def command(package: Path, stage: Path) -> list[str]:
    """How to start Python; the host's arguments follow. `stage` is filled with links."""
    _link("sandbox", stage)
    for name in OURS:
        _link(name, stage)
    site = package / ".python_packages" / "lib" / "site-packages"
    path = [str(package), str(site), str(stage)]
    return [sys.executable, "-I", "-S", "-c", _START.format(path=path)]


def _link(name: str, stage: Path) -> None:
    found = importlib.util.find_spec(name)
    assert found is not None, f"{name} is not installed"
    places = found.submodule_search_locations
    source = Path(places[0]) if places else Path(str(found.origin))
    target = stage.joinpath(*name.split("."))
    target = target if places else target.with_name(source.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        target.symlink_to(source)
