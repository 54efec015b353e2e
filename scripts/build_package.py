"""`make package`: what is deployed, complete and compiled: build/package, build/guestkeeper.zip,
and build/guestkeeper.sbom.json, the bill of the wheels in it.

Nothing is built in Azure: a build there is cut off after 60 seconds, and an app without .pyc files
compiles at every cold start, for its disk cannot be written to. Compiled files stand beside where
their source would (azd leaves __pycache__ out) and are believed unseen: nobody changes them there.
Of msgraph-sdk's 16,000 modules those request builders stay whose every step the app can name.
"""

import compileall
import hashlib
import json
import py_compile
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # azd runs this file by its path

from scripts.sbom import sbom_of

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
VERSION = (3, 11)
NOT_DEPLOYED = ("b2b/commands", "b2b/__main__.py", "b2b/policy_file/__main__.py")
GENERATED = ("msgraph", "generated")
# cffi needs pycparser to build, not to run; the others are tools and examples.
NEVER_IMPORTED = ("bin", "samples", "tests", "pycparser")
NEVER_READ = (".pyi", ".c", ".h", ".pyx", ".pxd", ".md", ".txt.in")
OF_METADATA = ("METADATA", "entry_points.txt")
SAME_DAY = (1980, 1, 1, 0, 0, 0)  # the same files give the same zip


def main() -> int:
    if sys.version_info[:2] != VERSION:
        print("Python 3.11 is needed: Azure runs what this one compiles.", file=sys.stderr)
        return 2
    package, packed = build(BUILD)
    files = [path for path in package.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    print(f"{package.relative_to(ROOT)}: {size / 1e6:.1f} MB in {len(files)} files")
    print(f"{packed.relative_to(ROOT)}: {packed.stat().st_size / 1e6:.1f} MB")
    return 0


def build(into: Path) -> tuple[Path, Path]:
    """The folder and the zip; whatever was there is replaced. Wheels are fetched once."""
    package, packed = into / "package", into / "guestkeeper.zip"
    shutil.rmtree(package, ignore_errors=True)
    site = package / ".python_packages" / "lib" / "site-packages"
    wanted = wanted_of(_words(ROOT / "b2b" / "adapters"))
    unpacked = sorted(wheels().glob("*.whl"))
    for wheel in unpacked:
        _unpack(wheel, site, wanted)
    _copy_app(package)
    _compile(package)
    _pack(package, packed)
    bill = json.dumps(sbom_of(unpacked), indent=1)
    packed.with_suffix(".sbom.json").write_text(bill + "\n", encoding="utf-8")
    return package, packed


def wheels() -> Path:
    """Those of the lock for Linux x86-64, whatever machine this is; each has a hash of the lock."""
    lock = ROOT / "infra" / "locks" / "python{}.{}.txt".format(*VERSION)
    folder = BUILD / "wheels" / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if folder.exists():
        return folder
    coming = folder.with_suffix(".coming")
    shutil.rmtree(coming, ignore_errors=True)
    platforms = [word for name in PLATFORMS for word in ("--platform", name)]
    options = ("--quiet", "--disable-pip-version-check", "--only-binary=:all:", *platforms)
    python = ("--python-version", "{}.{}".format(*VERSION), "--implementation", "cp")
    locked = ("--require-hashes", "--no-deps", "--requirement", str(lock))
    what = (*locked, "--dest", str(coming))
    subprocess.run([sys.executable, "-m", "pip", "download", *options, *python, *what], check=True)
    return coming.rename(folder)


def wanted_of(words: set[str]) -> Callable[[PurePosixPath], bool]:
    """Which files of a wheel are deployed; `words` are all that the adapters' source says.

    The generated models are not: a test holds that nothing on a message's way imports them.
    """
    steps = words - {"models"} | {"item"}

    def wanted(path: PurePosixPath) -> bool:
        parts = path.parts
        if parts[:2] == GENERATED and not steps.issuperset(parts[2:-1]):
            return False
        if parts[0].endswith(".dist-info"):
            return path.name in OF_METADATA
        junk = path.suffix in NEVER_READ or path.name in ("py.typed", "kiota-dom-export.txt")
        return parts[0] not in NEVER_IMPORTED and not junk

    return wanted


def _unpack(wheel: Path, site: Path, wanted: Callable[[PurePosixPath], bool]) -> None:
    with zipfile.ZipFile(wheel) as packed:
        for entry in packed.infolist():
            path = PurePosixPath(entry.filename)
            if path.parts[0].endswith(".data"):  # scripts and headers, or where a library goes
                if path.parts[1] not in ("purelib", "platlib"):
                    continue
                path = PurePosixPath(*path.parts[2:])
            if not entry.is_dir() and wanted(path):
                target = site / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(packed.read(entry))


def _copy_app(package: Path) -> None:
    for name in ("function_app.py", "host.json"):
        shutil.copy(ROOT / name, package / name)
    shutil.copytree(ROOT / "b2b", package / "b2b", ignore=shutil.ignore_patterns("__pycache__"))
    for name in NOT_DEPLOYED:
        path = package / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def _compile(package: Path) -> None:
    """function_app.py stays as it is: the worker looks for it by that name."""
    trusted = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for top in (package / "b2b", package / ".python_packages"):
        done = compileall.compile_dir(
            top,
            quiet=1,
            legacy=True,
            invalidation_mode=trusted,
            stripdir=str(package),
            maxlevels=99,
        )
        if not done:
            raise SystemExit(f"{top.name} could not be compiled")
        for source in list(top.rglob("*.py")):
            source.unlink()


def _pack(package: Path, into: Path) -> None:
    with zipfile.ZipFile(into, "w") as packed:
        for path in sorted(path for path in package.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(package).as_posix(), SAME_DAY)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=6)


def _words(source: Path) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    return {word for text in texts for word in re.findall(r"\w+", text)}


if __name__ == "__main__":
    sys.exit(main())
