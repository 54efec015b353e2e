"""The app settings: the environment, filled up from a local.settings.json."""

import json
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from sandbox.host.errors import CannotStart

_EXPRESSION = re.compile(r"%([^%]+)%")


def fill_up(environment: MutableMapping[str, str], file: Path) -> None:
    """Adds the file's Values; what the environment already says wins."""
    try:
        values = json.loads(file.read_text("utf-8")).get("Values", {})
    except (OSError, ValueError, AttributeError) as problem:
        raise CannotStart(f"{file.name} cannot be read: {problem}") from problem
    for name, value in values.items():
        environment.setdefault(name, str(value))


def resolve(function: str, value: Any, settings: Mapping[str, str]) -> Any:
    """Puts settings in the place of %Name%, in text at any depth."""
    if isinstance(value, dict):
        return {key: resolve(function, inner, settings) for key, inner in value.items()}
    if not isinstance(value, str):
        return value
    for name in _EXPRESSION.findall(value):
        if name not in settings:
            raise CannotStart(f"function {function}: the setting {name} (%{name}%) is missing")
    return _EXPRESSION.sub(lambda found: settings[found[1]], value)


def connection_string(function: str, name: str, settings: Mapping[str, str]) -> str:
    """The connection string a trigger's `connection` names. Raises CannotStart."""
    if settings.get(name):
        return settings[name]
    by_identity = [setting for setting in settings if setting.startswith(f"{name}__")]
    if by_identity:
        raise CannotStart(
            f"function {function}: {', '.join(sorted(by_identity))} ask for an identity; "
            f"this host needs a connection string in {name}"
        )
    raise CannotStart(f"function {function}: the connection setting {name} is missing")
