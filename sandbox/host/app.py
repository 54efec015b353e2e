"""Loads a function_app.py as the Python worker does, and says clearly what is wrong with it."""

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from azure.functions.decorators.function_app import FunctionRegister

from sandbox.host.errors import CannotStart
from sandbox.host.function import Function
from sandbox.host.settings import resolve
from sandbox.host.signature import read_signature

TRIGGERS = ("serviceBusTrigger", "blobTrigger", "timerTrigger")


def load_app(folder: Path, settings: Mapping[str, str]) -> list[Function]:
    """Imports function_app.py with the folder as working directory. Raises CannotStart.

    The app's modules are imported anew each time: of an earlier load nothing is left in them.
    """
    if not (folder / "function_app.py").is_file():
        raise CannotStart(f"there is no function_app.py in {folder.name}")
    os.chdir(folder)
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    _forget(folder)
    app = _the_one_app(_import())
    try:
        declared = app.get_functions()
    except ValueError as problem:
        raise CannotStart(str(problem)) from problem
    return [_function(each, settings) for each in declared]


def _forget(folder: Path) -> None:
    """Drops the app's own modules; what is installed stays, and so do we."""
    for name, module in tuple(sys.modules.items()):
        file = str(getattr(module, "__file__", None) or "")
        ours = name.partition(".")[0] in ("sandbox", "__main__")
        if file.startswith(f"{folder}/") and "site-packages" not in file and not ours:
            del sys.modules[name]


def _import() -> ModuleType:
    try:
        return importlib.import_module("function_app")
    except Exception as problem:
        raise CannotStart(
            f"function_app.py cannot be imported: {type(problem).__name__}: {problem}"
        ) from problem


def _the_one_app(module: ModuleType) -> Any:
    apps = [value for value in vars(module).values() if isinstance(value, FunctionRegister)]
    if not apps:
        raise CannotStart("function_app.py has no FunctionApp at its top level")
    if len(apps) > 1:
        raise CannotStart("function_app.py has more than one FunctionApp at its top level")
    return apps[0]


def _function(declared: Any, settings: Mapping[str, str]) -> Function:
    name = declared.get_function_name()
    bindings = [binding.get_dict_repr() for binding in declared.get_bindings()]
    trigger = _trigger(name, bindings)
    call = declared.get_user_function()
    signature = read_signature(name, call, trigger)
    return Function(
        name=name,
        call=call,
        is_async=signature.is_async,
        parameter=str(trigger["name"]),
        annotation=signature.annotation,
        wants_context=signature.wants_context,
        trigger=resolve(name, trigger, settings),
    )


def _trigger(name: str, bindings: list[dict[str, Any]]) -> dict[str, Any]:
    for binding in bindings:
        if str(binding["type"]) not in TRIGGERS:
            raise CannotStart(
                f"function {name}: the binding {binding['name']} of type {binding['type']} is not "
                f"supported here; only these triggers are: {', '.join(TRIGGERS)}"
            )
    return {key: _plain(value) for key, value in bindings[0].items() if value is not None}


def _plain(value: Any) -> Any:
    """Enumerations of the decorators as the text that stands in function.json."""
    return getattr(value, "value", value)
