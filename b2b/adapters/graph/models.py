"""What we read of Graph's answers; everything else in them is passed over."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from b2b.adapters.graph.unknowns import Maybe, is_external


class _Model(BaseModel):
    model_config = ConfigDict(
        hide_input_in_errors=True,
        alias_generator=to_camel,
        validate_by_name=True,
        frozen=True,
        defer_build=True,
    )


class GraphKind(_Model):
    """The properties of KIND_FIELDS: who that is must be known before anything is changed."""

    id: str
    user_type: Maybe[str] = None
    external_user_state: Maybe[str] = None
    creation_type: Maybe[str] = None
    user_principal_name: Maybe[str] = None

    @property
    def external(self) -> bool:
        return is_external(self.creation_type, self.external_user_state, self.user_principal_name)

    def is_ours(self, *, as_member: bool) -> bool:
        """`as_member`: by the ledger we invited this account with userType Member."""
        if not self.external:
            return False
        return self.user_type == "Guest" or (as_member and self.user_type == "Member")


KIND_FIELDS = "id,userType,externalUserState,creationType,userPrincipalName"


class GraphUser(GraphKind):
    """The properties of USER_FIELDS."""

    account_enabled: Maybe[bool] = None


USER_FIELDS = f"{KIND_FIELDS},accountEnabled"


class GraphUsers(_Model):
    value: list[GraphUser]


class GraphReference(_Model):
    id: str


class GraphIds(_Model):
    value: list[str]


class GraphInvitation(_Model):
    """https://learn.microsoft.com/graph/api/resources/invitation: of the user only the id."""

    invited_user: GraphReference
    invite_redeem_url: Maybe[str] = None


class GraphGroup(_Model):
    id: str
    display_name: Maybe[str] = None
    group_types: Maybe[list[str]] = None
    is_assignable_to_role: Maybe[bool] = None
    mail_enabled: Maybe[bool] = None
    on_premises_sync_enabled: Maybe[bool] = None


GROUP_FIELDS = "id,displayName,groupTypes,isAssignableToRole,mailEnabled,onPremisesSyncEnabled"
