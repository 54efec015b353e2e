"""The tables of policy.toml as pydantic models; the JSON Schema is written from them."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from b2b.domain.policy import (
    REFUSE,
    UPLOADS,
    GuestAccess,
    InvitationsFrom,
    Lifecycle,
    Mode,
    Partner,
    Posture,
    UserType,
)
from b2b.domain.request import Delivery
from b2b.policy_file.kinds import (
    Count,
    CountOrNone,
    Day,
    Days,
    Domain,
    Guid,
    Language,
    Mail,
    Name,
    Percent,
    Sender,
    Sentence,
    Url,
)

_PARTNER = Partner(name="", domains=())  # the defaults stand in the domain only
_LIFECYCLE = Lifecycle()
_POSTURE = Posture()


def schema() -> dict[str, Any]:
    """Serves editors: every field with its kind, its default and a description."""
    made = PolicyTable.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


class Table(BaseModel):
    """Unknown keys are faults: a misspelt limit would silently not limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DomainTable(Table):
    """A domain, alone or with everything below it."""

    name: Domain = Field(description="The domain, like fabrikam.com; any alphabet.")
    subdomains: StrictBool = Field(
        False, description="True takes in every domain below it as well."
    )


def _as_table(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


DomainEntry = Annotated[
    DomainTable, BeforeValidator(_as_table, json_schema_input_type=str | DomainTable)
]


class AccessPackageTable(Table):
    """An access package of entitlement management."""

    package: Guid = Field(description="The id of the access package.")
    assignment_policy: Guid = Field(
        description="The id of its assignment policy by which guests get it."
    )


class TermsTable(Table):
    """What may be said once for all partners in [defaults], and again for one partner."""

    sponsor: Mail | None = Field(
        None, description="Who answers for guests whose request names nobody."
    )
    sponsor_required: StrictBool = Field(
        _PARTNER.sponsor_required,
        description="Refuse a request when neither it nor the policy names a sponsor.",
    )
    senders: tuple[Sender, ...] = Field(
        (UPLOADS,),
        description='Who may send requests: "uploads" for files, else the names of services.',
    )
    default_stay_days: Days = Field(
        _PARTNER.default_stay_days, description="How long a guest stays when no end is asked for."
    )
    longest_stay_days: Days = Field(
        _PARTNER.longest_stay_days, description="Later ends are cut to this many days from today."
    )
    user_type: UserType = Field(
        _PARTNER.user_type, description="What the account becomes in the directory."
    )
    language: Language = Field(
        _PARTNER.language, description="Of the mail, when the request names no language."
    )
    redirect_urls: tuple[Url, ...] = Field(
        _PARTNER.redirect_urls,
        min_length=1,
        description="Where guests may land, with the pages below; the first is the default.",
    )
    delivery: Delivery = Field(
        _PARTNER.delivery,
        description="Who carries the invitation: Microsoft, our own mail, or a link in the results.",
    )
    allow_links_in_message: StrictBool = Field(
        _PARTNER.allow_links_in_message,
        description="Whether the personal message of a request may hold links.",
    )


class PartnerTable(TermsTable):
    """An organisation that guests come from. What it leaves out comes from [defaults]."""

    name: Name = Field(description="How reports and refusals call the partner.")
    domains: tuple[DomainEntry, ...] = Field((), description="The domains of its mail addresses.")
    groups: dict[Name, Guid] = Field(
        {}, description="The groups its guests may get: the name in requests and the group's id."
    )
    access_packages: dict[Name, AccessPackageTable] = Field(
        {}, description="The access packages its guests may get, by the name in requests."
    )


class BrakeTable(Table):
    """A run that would pass either limit does nothing and tells."""

    most: Count = Field(description="The most guests in one run.")
    percent: Percent = Field(description="The most of all managed guests, in percent.")


class LifecycleTable(Table):
    """What the nightly sweep does with guests that we invited or adopted."""

    mode: Mode = Field(_LIFECYCLE.mode, description="Only tell what would be done, or do it.")
    remind_days_before_end: tuple[Days, ...] = Field(
        _LIFECYCLE.remind_days_before_end,
        description="When guest and sponsor are told that the stay ends: days before, falling.",
    )
    inactive_block_days: Days = Field(
        _LIFECYCLE.inactive_block_days, description="Block after so many days without a sign-in."
    )
    settle_days: Days = Field(
        _LIFECYCLE.settle_days,
        description="Leave guests alone so long after they were invited, re-enabled or changed.",
    )
    unredeemed_remind_days: Days = Field(
        _LIFECYCLE.unredeemed_remind_days,
        description="Send a fresh link when an invitation was not redeemed for so long.",
    )
    unredeemed_block_days: Days = Field(
        _LIFECYCLE.unredeemed_block_days,
        description="Block when an invitation was not redeemed for so long.",
    )
    sponsorless_block_days: Days = Field(
        _LIFECYCLE.sponsorless_block_days,
        description="Block when nobody has answered for the guest for so long.",
    )
    remove_after_block_days: Days = Field(
        _LIFECYCLE.remove_after_block_days,
        description="Remove guests that we blocked, so many days after the block.",
    )
    exemption_warning_days: Days = Field(
        _LIFECYCLE.exemption_warning_days, description="Tell so early that an exemption ends."
    )
    block_brake: BrakeTable = Field(
        BrakeTable(most=_LIFECYCLE.block_brake.most, percent=_LIFECYCLE.block_brake.percent),
        description="When a run blocks nobody at all.",
    )
    remove_brake: BrakeTable = Field(
        BrakeTable(most=_LIFECYCLE.remove_brake.most, percent=_LIFECYCLE.remove_brake.percent),
        description="When a run removes nobody at all.",
    )
    block_cap: CountOrNone = Field(
        _LIFECYCLE.block_cap, description="Block so many in one run; the others wait."
    )
    remove_cap: CountOrNone = Field(
        _LIFECYCLE.remove_cap, description="Remove so many in one run; the others wait."
    )
    most_change_percent: Percent = Field(
        _LIFECYCLE.most_change_percent,
        description="Do nothing when the number of guests differs more from the last run.",
    )


class ExemptionTable(Table):
    """Whom the sweep leaves alone: exactly one of address, domain and group."""

    address: Mail | None = Field(None, description="One guest.")
    domain: Domain | None = Field(None, description="All guests with addresses of this domain.")
    subdomains: StrictBool = Field(False, description="With domain: everything below it as well.")
    group: Guid | None = Field(None, description="The id of a group; members of its groups too.")
    owner: Mail = Field(description="Who answers for the exemption.")
    reason: Sentence = Field(description="Why, for the people who read the audit.")
    ends_on: Day = Field(description="The last day on which it holds.")


class PostureTable(Table):
    """What the tenant is wanted to look like: the most open state that is still in order."""

    guest_access: GuestAccess = Field(
        _POSTURE.guest_access, description="What guests may see of the directory."
    )
    invitations_from: InvitationsFrom = Field(
        _POSTURE.invitations_from, description="Who may invite besides this app."
    )
    mfa_for_guests: StrictBool = Field(
        _POSTURE.mfa_for_guests, description="Guests must sign in with a second factor."
    )
    most_guests: Count = Field(
        _POSTURE.most_guests, description="The number of guests that the census holds us to."
    )
    break_glass: tuple[Guid, ...] = Field(
        (), description="Ids of emergency accounts, kept out of Conditional Access."
    )


class PolicyTable(Table):
    """What Guestkeeper may do: policy.toml in the container config."""

    own_domains: tuple[Domain, ...] = Field(
        min_length=1, description="The tenant's own domains: nobody there is ever a guest."
    )
    unknown_domains: Name = Field(
        REFUSE,
        description='Domains of no partner: "refuse", or the name of the partner that takes them.',
    )
    defaults: TermsTable = Field(TermsTable(), description="What holds for every partner.")
    partners: tuple[PartnerTable, ...] = Field((), description="Where guests may come from.")
    lifecycle: LifecycleTable = Field(LifecycleTable(), description="The nightly sweep.")
    exemptions: tuple[ExemptionTable, ...] = Field((), description="Who is left alone by it.")
    posture: PostureTable = Field(PostureTable(), description="What the audits expect.")
