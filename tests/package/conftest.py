"""The package, built once, and unpacked from its zip as Azure would."""

import sys
import zipfile
from pathlib import Path

import pytest

from scripts import build_package


@pytest.fixture(scope="session")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if sys.version_info[:2] != build_package.VERSION:
        pytest.skip("the package is compiled by Python 3.11")
    return build_package.build(tmp_path_factory.mktemp("build"))[1]


@pytest.fixture(scope="session")
def unpacked(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wwwroot")
    with zipfile.ZipFile(packed) as zipped:
        zipped.extractall(folder)
    return folder
