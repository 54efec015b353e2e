"""A body is read whole, or refused with every fault of it and none of its values."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from b2b.domain.errors import Refused
from b2b.domain.reason import Reason

M = TypeVar("M", bound=BaseModel)
_FAULTS_TOLD, _LONGEST_NAME, _LONGEST_FAULT = 20, 80, 200


def read_as(model: type[M], body: bytes) -> M:
    """By the names that are documented; those of our code (`schema_`) are for ourselves."""
    try:
        return model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as faults:
        raise Refused(Reason("malformed_message", _sentence(faults))) from None


def _sentence(faults: ValidationError) -> str:
    """Names fields and what is wrong with them, never their values."""
    every = faults.errors(include_input=False, include_url=False, include_context=False)
    told = "; ".join(_fault(fault) for fault in every[:_FAULTS_TOLD])
    more = len(every) - _FAULTS_TOLD
    return f"The message does not fit its schema: {told}{f'; and {more} more' * (more > 0)}."


def _fault(fault: ErrorDetails) -> str:
    """A name may be as long as the message, and hold anything."""
    where = ".".join(map(str, fault["loc"])) or "body"
    plain = "".join(sign if sign.isprintable() else "?" for sign in where[:_LONGEST_NAME])
    return f"{plain}: {fault['msg'][:_LONGEST_FAULT]}"
