"""A path of an HTTP service where no builder of the SDK leads."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from b2b.adapters.graph.client import Graph


@dataclass(frozen=True, slots=True)
class _Place:
    path_parameters: Mapping[str, str]
    url_template: str = "{+place}"


def at(service: Graph, path: str) -> Any:
    """Stands where a request builder stands. The path is quoted already, with its query."""
    return _Place({"request-raw-url": service.base_url + path})
