"""What we read of Graph's answers; everything else in them is passed over."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Model(BaseModel):
    model_config = ConfigDict(
        hide_input_in_errors=True,
        alias_generator=to_camel,
        validate_by_name=True,
        frozen=True,
        defer_build=True,
    )


class GraphUser(_Model):
    """The properties of USER_FIELDS. Absent userType is an error: who that is must be known."""

    id: str
    user_type: str
    account_enabled: bool
    external_user_state: str | None = None
    odata_type: str = Field(default="", alias="@odata.type")


USER_FIELDS = "id,userType,accountEnabled,externalUserState"


class GraphKind(_Model):
    """Who that is must be known before anything is taken away."""

    id: str
    user_type: str | None


class GraphExternal(GraphKind):
    external_user_state: str | None = None


class GraphUsers(_Model):
    value: list[GraphUser]


class GraphReference(_Model):
    id: str


class GraphReferences(_Model):
    value: list[GraphReference]


class GraphIds(_Model):
    value: list[str]


class GraphInvitation(_Model):
    """https://learn.microsoft.com/graph/api/resources/invitation: of the user only the id."""

    invited_user: GraphReference
    invite_redeem_url: str = ""


class GraphGroup(_Model):
    id: str
    display_name: str = ""
    group_types: list[str] = []
    is_assignable_to_role: bool | None = None
    mail_enabled: bool | None = None
    on_premises_sync_enabled: bool | None = None


GROUP_FIELDS = "id,displayName,groupTypes,isAssignableToRole,mailEnabled,onPremisesSyncEnabled"
