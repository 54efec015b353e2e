"""What came back from Microsoft Graph, before anybody has judged it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from b2b.domain.errors import Refused
from b2b.domain.reason import Reason

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
        """Raises Refused `answer_malformed` when that cannot be read, and names what is amiss."""
        try:
            return self.parsed(model)
        except ValidationError as faults:
            raise Refused(malformed(faults)) from None

    def parsed(self, model: type[M]) -> M:
        """Raises pydantic.ValidationError."""
        if isinstance(self.body, bytes):
            return model.model_validate_json(self.body)
        return model.model_validate(self.body)


def malformed(faults: ValidationError) -> Reason:
    """Names properties, never what they hold."""
    missing = sorted({".".join(map(str, fault["loc"][-1:])) for fault in faults.errors()})
    words = f"An answer of the directory lacks or garbles {', '.join(missing) or 'everything'}."
    return Reason("answer_malformed", words)
