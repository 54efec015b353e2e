"""Holds a Python function against its binding, with the worker's own rules for annotations."""

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import azurefunctions.extensions.base as sdk
from azure.functions import meta
from azure.functions._thirdparty import typing_inspect

from sandbox.host.errors import CannotStart

# These have no annotations of their own.
_bindings: Any = meta.get_binding_registry
_sdk_bindings: Any = sdk.get_binding_registry
_is_generic: Any = typing_inspect.is_generic_type


@dataclass(frozen=True)
class Signature:
    is_async: bool
    annotation: Any
    wants_context: bool


def read_signature(name: str, call: Callable[..., Any], trigger: Mapping[str, Any]) -> Signature:
    """What the function expects. Raises CannotStart when its binding cannot give that."""
    parameters = list(inspect.signature(call).parameters)
    bound = str(trigger["name"])
    hints = _hints(name, call)
    wants_context = "context" in parameters and bound != "context"
    if wants_context:
        parameters.remove("context")
        _check_context(name, hints)
    _check_names(name, parameters, bound)
    annotation = hints.get(bound)
    if annotation is not None:
        _check_annotation(name, bound, annotation, str(trigger["type"]))
    return Signature(inspect.iscoroutinefunction(call), annotation, wants_context)


def is_sdk_type(annotation: Any) -> bool:
    """Whether the parameter wants a client of the SDK instead of the content."""
    return bool(_sdk_bindings().check_supported_type(annotation))


def _hints(name: str, call: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(call)
    except (NameError, TypeError) as problem:
        raise CannotStart(f"function {name}: an annotation cannot be read: {problem}") from problem


def _check_context(name: str, hints: Mapping[str, Any]) -> None:
    annotation = hints.get("context")
    if annotation is not None and getattr(annotation, "__name__", "") != "Context":
        raise CannotStart(
            f"function {name}: the parameter context must be annotated azure.functions.Context"
        )


def _check_names(name: str, parameters: list[str], bound: str) -> None:
    unbound = [parameter for parameter in parameters if parameter != bound]
    if unbound:
        raise CannotStart(f"function {name}: no binding fills the parameter {', '.join(unbound)}")
    if bound not in parameters:
        raise CannotStart(f"function {name}: the binding {bound} has no parameter of that name")


def _check_annotation(name: str, bound: str, annotation: Any, kind: str) -> None:
    # The worker takes typing.List[X] and refuses list[X].
    if not isinstance(annotation, type) and not _is_generic(annotation):
        raise _refusal(name, bound, annotation, "not a type to the worker; for many: typing.List")
    registry = _sdk_bindings() if is_sdk_type(annotation) else _bindings()
    converter = registry.get(kind)
    if converter is None or not converter.check_input_type_annotation(annotation):
        raise _refusal(name, bound, annotation, f"a {kind} does not give this")


def _refusal(name: str, bound: str, annotation: Any, reason: str) -> CannotStart:
    shown = getattr(annotation, "__name__", "") if isinstance(annotation, type) else ""
    return CannotStart(
        f"function {name}: the parameter {bound} is annotated {shown or annotation}: {reason}"
    )
