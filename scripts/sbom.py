"""The software bill of materials of the deployed package, as CycloneDX 1.6 JSON.

Written from the wheels that were unpacked, not from another resolution of the requirements.
`python scripts/sbom.py FILE` prints the components of such a file as `name==version` lines.
https://cyclonedx.org/docs/1.6/json/
"""

import hashlib
import json
import sys
import tomllib
import uuid
import zipfile
from collections.abc import Sequence
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_NAMESPACE = uuid.UUID("7f3f5c0e-6a0f-5a0e-9c43-0d8a3f9e5b11")


def sbom_of(wheels: Sequence[Path]) -> dict[str, Any]:
    """Returns the bill of these wheels. The same wheels give the same bill, byte for byte."""
    components = sorted((_component(wheel) for wheel in wheels), key=lambda found: found["purl"])
    digest = hashlib.sha256(json.dumps(components).encode()).hexdigest()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    subject = {"type": "application", "name": project["name"], "version": project["version"]}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
    }


def requirements_of(sbom: dict[str, Any]) -> list[str]:
    return [f"{component['name']}=={component['version']}" for component in sbom["components"]]


def _component(wheel: Path) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as packed:
        entry = next(name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = HeaderParser().parsestr(packed.read(entry).decode("utf-8"))
    name = metadata["Name"].lower().replace("_", "-").replace(".", "-")
    component = {
        "type": "library",
        "name": name,
        "version": metadata["Version"],
        "purl": f"pkg:pypi/{name}@{metadata['Version']}",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
    }
    if metadata["License-Expression"]:
        component["licenses"] = [{"expression": metadata["License-Expression"]}]
    return component


if __name__ == "__main__":
    print(*requirements_of(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))), sep="\n")
