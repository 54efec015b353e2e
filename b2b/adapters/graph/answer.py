"""What came back from Microsoft Graph, before anybody has judged it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is bytes, or the decoded JSON of one part of a batch."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def read(self, model: type[M]) -> M:
        """Raises pydantic.ValidationError when the service breaks its own contract."""
        if isinstance(self.body, bytes):
            return model.model_validate_json(self.body)
        return model.model_validate(self.body)
