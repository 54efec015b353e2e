"""What is deployed runs by itself, and holds no more than it needs."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from sandbox.demo.run import SEED
from sandbox.town import Plan, running
from scripts.build_package import wanted_of
from tests.e2e import scene
from tests.permissions.test_permissions import functions_of_the_app

MOST = 50_000_000  # bytes
SITE = ".python_packages/lib/site-packages"
_LOOK = """
import importlib, json, pkgutil, sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/" + sys.argv[2]]
import function_app, b2b
for module in pkgutil.walk_packages(b2b.__path__, "b2b."):
    importlib.import_module(module.name)
functions = [one.get_function_name() for one in function_app.app.get_functions()]
origins = [str(getattr(one, "__file__", "") or "") for one in list(sys.modules.values())]
print(json.dumps({"functions": functions, "origins": origins}))
"""


def names_in(packed: Path) -> list[PurePosixPath]:
    with zipfile.ZipFile(packed) as zipped:
        return [PurePosixPath(name) for name in zipped.namelist()]


def test_it_is_small(packed: Path) -> None:
    assert packed.stat().st_size < MOST


def test_it_is_compiled_but_for_the_file_that_the_worker_looks_for(packed: Path) -> None:
    names = names_in(packed)

    assert [str(name) for name in names if name.suffix == ".py"] == ["function_app.py"]
    assert PurePosixPath("b2b/settings.pyc") in names
    assert not [name for name in names if "__pycache__" in name.parts]


def test_nothing_of_the_repository_is_in_it_but_the_app(packed: Path) -> None:
    tops = {name.parts[0] for name in names_in(packed)}

    assert tops == {"function_app.py", "host.json", "b2b", ".python_packages"}


def test_the_command_line_stays_at_home(packed: Path) -> None:
    names = [str(name) for name in names_in(packed)]

    assert not [name for name in names if name.startswith(("b2b/commands", "b2b/__main__"))]
    assert not [name for name in names if name.startswith((f"{SITE}/rich", f"{SITE}/typer"))]


def test_compiled_files_are_believed_without_their_source(unpacked: Path) -> None:
    flags = int.from_bytes((unpacked / "b2b" / "settings.pyc").read_bytes()[4:8], "little")

    assert flags == 0b01  # by hash, unchecked: https://peps.python.org/pep-0552/


def test_every_module_loads_from_the_package_alone(unpacked: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _LOOK, str(unpacked), SITE],
        capture_output=True,
        text=True,
        check=False,
        cwd=unpacked,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["functions"]) == functions_of_the_app()
    assert not [one for one in found["origins"] if "site-packages" in one and SITE not in one]


async def test_the_unpacked_zip_takes_an_upload_to_its_end(unpacked: Path, tmp_path: Path) -> None:
    """Every line has an outcome, and the guests are in the directory with their groups."""
    content = (
        scene.HEADER
        + "lena@fabrikam.com,Lena,Partner-Aurora;Partner-Finance-Read\n"
        + "omar@fabrikam.com,Omar,\n"
        + "not-an-address,Nobody,\n"
    )
    plan = Plan(logs=tmp_path / "logs", seed=SEED, package=unpacked, settings=scene.QUICK)
    async with running(plan) as town:
        await town.put_example_policy()
        await town.start_host()
        await scene.drop(town, "people.csv", content)
        outcomes = await scene.outcomes(town, "people.csv")
        members = await scene.members(town)

    assert {mail: status for mail, (status, _) in outcomes.items()} == {
        "lena@fabrikam.com": "assigned",
        "omar@fabrikam.com": "invited",
        "not-an-address": "refused",
    }
    assert "lena@fabrikam.com" in members["Partner-Aurora"]


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("msgraph/generated/users/users_request_builder.py", True),
        ("msgraph/generated/users/item/user_item_request_builder.py", True),
        ("msgraph/generated/users/item/messages/messages_request_builder.py", False),
        ("msgraph/generated/models/user.py", False),
        ("msgraph_sdk-1.65.0.dist-info/METADATA", True),
        ("msgraph_sdk-1.65.0.dist-info/RECORD", False),
        ("pydantic/main.pyi", False),
        ("pydantic/main.py", True),
    ],
)
def test_what_is_kept_of_a_wheel(path: str, kept: bool) -> None:
    assert wanted_of({"users", "models"})(PurePosixPath(path)) is kept
