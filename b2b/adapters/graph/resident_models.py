"""What a sweep reads of an account, and the values that come of it."""

from datetime import date, datetime
from hashlib import sha256

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from b2b.adapters.graph.unknowns import Maybe, day_of, is_external
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Resident

AGENT = "#microsoft.graph.agentUser"
RESIDENT_FIELDS = (
    "id,userType,accountEnabled,externalUserState,externalUserStateChangeDateTime,"
    "createdDateTime,creationType,mail,userPrincipalName,displayName"
)
ACTIVITY_FIELDS = "id,signInActivity"


class _Model(BaseModel):
    model_config = ConfigDict(
        hide_input_in_errors=True, alias_generator=to_camel, validate_by_name=True, frozen=True
    )


class GraphResident(_Model):
    """The properties of RESIDENT_FIELDS: who that is, and whether enabled, must be known."""

    id: str
    user_type: str | None
    account_enabled: bool
    external_user_state: str | None = None
    external_user_state_change_date_time: Maybe[datetime] = None
    created_date_time: Maybe[datetime] = None
    creation_type: Maybe[str] = None
    mail: str | None = None
    user_principal_name: Maybe[str] = None
    display_name: Maybe[str] = None

    def value(self) -> Resident:
        return Resident(
            id=GuestId(self.id),
            mail=self.mail or "",
            user_type=self.user_type or "",
            enabled=self.account_enabled,
            pending=self.external_user_state == "PendingAcceptance",
            external=is_external(
                self.creation_type, self.external_user_state, self.user_principal_name
            ),
            created=day_of(self.created_date_time),
            state_changed=day_of(self.external_user_state_change_date_time),
            mark=self._mark(),
        )

    def _mark(self) -> str:
        changing = (
            *(self.user_type, self.external_user_state, self.mail),
            *(self._name(), self.display_name),
        )
        return sha256("\n".join(str(each) for each in changing).encode()).hexdigest()[:16]

    def _name(self) -> str:
        """In the recycle bin the id, without hyphens, stands before the name.

        https://pnp.github.io/cli-microsoft365/cmd/entra/user/user-recyclebinitem-list (2026-11-23)
        """
        return (self.user_principal_name or "").removeprefix(self.id.replace("-", ""))


class GraphPresent(GraphResident):
    """Not in the bin. Of what people are judged by nothing may be missing: unknown is null.

    An account that lacks any of it is that account's refusal; the others of its page are read.
    """

    external_user_state: str | None
    external_user_state_change_date_time: Maybe[datetime]
    created_date_time: Maybe[datetime]
    mail: str | None


class GraphActivity(_Model):
    """https://learn.microsoft.com/graph/api/resources/signinactivity: each may be missing."""

    last_sign_in_date_time: Maybe[datetime] = None
    last_non_interactive_sign_in_date_time: Maybe[datetime] = None
    last_successful_sign_in_date_time: Maybe[datetime] = None

    def newest(self) -> date | None:
        """A failed sign-in counts as well: somebody was there, and that is the safe side."""
        known = (
            self.last_sign_in_date_time,
            self.last_non_interactive_sign_in_date_time,
            self.last_successful_sign_in_date_time,
        )
        days = (day_of(moment) for moment in known)
        return max((day for day in days if day is not None), default=None)


class GraphSeen(_Model):
    id: str
    sign_in_activity: Maybe[GraphActivity] = None

    def newest(self) -> date | None:
        return self.sign_in_activity.newest() if self.sign_in_activity else None


class GraphRole(_Model):
    principal_id: str


class GraphColleague(_Model):
    """Who is not said to be a member at work must not be taken for one who left: None is unknown.

    By name and mail the account is known, so these have to be there.
    """

    id: str
    user_type: Maybe[str] = None
    account_enabled: Maybe[bool] = None
    mail: str | None
    user_principal_name: str | None


class GraphHolding(_Model):
    """A group, or anything else that somebody is in."""

    id: str
    display_name: Maybe[str] = None
    is_assignable_to_role: Maybe[bool] = None
