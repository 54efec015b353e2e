"""What we read of entitlement management's answers, and the values that come of it.

The examples of the reference also name requestState and requestStatus; the metadata of v1.0 says
state. https://learn.microsoft.com/graph/api/resources/accesspackageassignmentrequest (2026-11-23)
"""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from b2b.adapters.graph.unknowns import Maybe
from b2b.domain.guest import GuestId
from b2b.domain.packages import (
    Held,
    Holding,
    PackageAssignmentId,
    PackageRequest,
    PackageRequestId,
    Progress,
)

CLOCKS_DIFFER = timedelta(minutes=5)
_DURATION = TypeAdapter(timedelta)
_HOLDINGS = {
    "delivering": Holding.DELIVERING,
    "partiallyDelivered": Holding.PARTLY,
    "delivered": Holding.DELIVERED,
}
LIVE_STATES = tuple(_HOLDINGS)  # in the order in which they follow each other
_PROGRESS = {
    "pendingApproval": Progress.AWAITS_APPROVAL,
    "delivered": Progress.DONE,
    "partiallyDelivered": Progress.PARTLY,
    "deliveryFailed": Progress.FAILED,
    "denied": Progress.DENIED,
    "canceled": Progress.CANCELED,
}


class _Model(BaseModel):
    model_config = ConfigDict(
        hide_input_in_errors=True,
        alias_generator=to_camel,
        validate_by_name=True,
        frozen=True,
        defer_build=True,
    )


class _Expiration(_Model):
    end_date_time: Maybe[datetime] = None
    duration: Maybe[str] = None


class _Schedule(_Model):
    """Whoever asks in My Access gets days from a start, and an end that follows from them.

    https://learn.microsoft.com/graph/api/resources/expirationpattern (read 2026-11-23)
    """

    start_date_time: Maybe[datetime] = None
    expiration: Maybe[_Expiration] = None

    def ends(self) -> datetime | None:
        expiration = self.expiration or _Expiration()
        if expiration.end_date_time or not (expiration.duration and self.start_date_time):
            return expiration.end_date_time
        try:
            return self.start_date_time + _DURATION.validate_python(expiration.duration)
        except (ValidationError, OverflowError):  # a form that we cannot read shortens nothing
            return None


class _Subject(_Model):
    """`object_id` is the user; None for somebody who is not in the directory yet."""

    object_id: str | None


class GraphPackageAssignment(_Model):
    id: str
    state: str
    target: _Subject
    schedule: Maybe[_Schedule] = None

    def value(self) -> Held:
        ends = self.schedule.ends() if self.schedule else None
        return Held(PackageAssignmentId(self.id), _HOLDINGS[self.state], ends)

    def who(self) -> GuestId | None:
        return GuestId(self.target.object_id) if self.target.object_id else None


class GraphPackageRequest(_Model):
    """A state that we do not know is one on its way: it is looked at again, never believed."""

    id: str
    state: str
    created_date_time: datetime
    requestor: _Subject | None = None

    def value(self) -> PackageRequest:
        progress = _PROGRESS.get(self.state, Progress.ON_ITS_WAY)
        return PackageRequest(PackageRequestId(self.id), progress)

    def is_of(self, guest: GuestId, since: datetime) -> bool:
        """A request by an administrator has the one who was assigned as its requestor."""
        who = self.requestor.object_id if self.requestor else None
        return who == guest and self.created_date_time >= since - CLOCKS_DIFFER
