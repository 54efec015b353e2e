"""What Graph may leave out, send as null or send in another form: unknown, and never an error.

Microsoft's own example of List users holds `"0001-01-01T00:00:00Z"` and `""` where a date is not
known: https://learn.microsoft.com/graph/api/user-list (read 2026-11-29).
"""

from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import ValidationError, WrapValidator
from pydantic.functional_validators import ModelWrapValidatorHandler

T = TypeVar("T")
FIRST_DAY = date(2015, 1, 1)
"""B2B collaboration is younger: an earlier date of a guest is a placeholder."""


def _or_none(value: Any, read: ModelWrapValidatorHandler[Any]) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


Maybe = Annotated[T | None, WrapValidator(_or_none)]
"""None also for what is of another type than the reference says."""


def day_of(moment: datetime | None) -> date | None:
    """The day in UTC; None for a placeholder."""
    if moment is None:
        return None
    day = moment.date()
    return day if day >= FIRST_DAY else None


INVITED = frozenset({"Invitation", "SelfServiceSignUp"})
"""creationType of accounts from outside: https://learn.microsoft.com/graph/api/resources/user"""


def is_external(created_by: str | None, state: str | None, name: str | None) -> bool:
    """Whether an account is from outside, whatever its userType says.

    By its creation, by the mark in its name, or by the state of an invitation: a colleague's
    account that was invited to B2B collaboration has only the last.
    https://learn.microsoft.com/entra/external-id/user-properties (read 2026-11-29)
    """
    return created_by in INVITED or bool(state) or "#ext#" in (name or "").lower()
