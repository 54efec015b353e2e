"""One function of the app, as the host sees it: what to call, with what, and when."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Function:
    name: str
    call: Callable[..., Any]
    is_async: bool
    parameter: str
    """The parameter that the trigger fills."""
    annotation: type | None
    wants_context: bool
    trigger: Mapping[str, Any]
    """The trigger's properties in camelCase, as in function.json; %settings% are filled in."""

    @property
    def kind(self) -> str:
        return str(self.trigger["type"])
