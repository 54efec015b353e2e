"""The tables [defaults] and [[partners]] of policy.toml."""

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from b2b.domain.policy import (
    UPLOADS,
    AccessReview,
    Partner,
    Reviewers,
    Unanswered,
    UserType,
)
from b2b.domain.request import Delivery
from b2b.policy_file.brakes_table import BrakesTable
from b2b.policy_file.kinds import (
    Days,
    Domain,
    Guid,
    Language,
    Mail,
    Months,
    Name,
    ReviewDays,
    Scope,
    Sender,
    Url,
    no_domain,
)

_PARTNER = Partner(name="", domains=())  # the defaults stand in the domain only
_REVIEW = AccessReview()


class Table(BaseModel):
    """Unknown keys are faults: a misspelt limit would silently not limit."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class DomainTable(Table):
    """A domain, alone or with everything below it."""

    name: Domain = Field(description="The domain, like fabrikam.com; any alphabet.")
    subdomains: StrictBool = Field(
        False, description="True takes in every domain below it as well."
    )


def _entry(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """Text is the domain alone; its fault belongs to the entry, for it has no key `name`."""
    if isinstance(value, dict):
        return read(value)
    try:
        return read({"name": value})
    except ValidationError:
        raise no_domain(value) from None


DomainEntry = Annotated[
    DomainTable, WrapValidator(_entry, json_schema_input_type=str | DomainTable)
]


class AccessPackageTable(Table):
    """An access package of entitlement management."""

    package: Guid = Field(description="The id of the access package.")
    assignment_policy: Guid = Field(
        description="The id of its assignment policy by which guests get it."
    )


class AzureRoleTable(Table):
    """An Azure role that one of the partner's groups stands for."""

    group: Name = Field(description="The group's name, as in groups.")
    role: Name = Field(description="The name or the id of the role, like Reader.")
    scope: Scope = Field(description="Where: /subscriptions/..., with a resource group or not.")


class AccessReviewTable(Table):
    """A recurring review of the guests in each of the partner's groups."""

    reviewers: Reviewers = Field(
        _REVIEW.reviewers, description="Who decides: the owners of the group, or the sponsor."
    )
    every_months: Months = Field(_REVIEW.every_months, description="How often, in months.")
    days: ReviewDays = Field(_REVIEW.days, description="How long reviewers have.")
    apply: StrictBool = Field(
        _REVIEW.apply, description="Whether decisions take effect by themselves."
    )
    unanswered: Unanswered = Field(
        _REVIEW.unanswered, description="What becomes of guests about whom nobody decided."
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
        _PARTNER.user_type, description="Which kind of account guests of the partner get."
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
        description="Who carries the invitation: Microsoft, our own mail, or nobody (a link).",
    )
    allow_links_in_message: StrictBool = Field(
        _PARTNER.allow_links_in_message,
        description="Whether the personal message of a request may hold links.",
    )
    adopt_by_request: StrictBool = Field(
        _PARTNER.adopt_by_request,
        description="Whether a request for a guest that others invited begins a stay.",
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
    azure_roles: tuple[AzureRoleTable, ...] = Field(
        (), description="Azure roles that its groups stand for; tenant apply assigns them."
    )
    access_review: AccessReviewTable | None = Field(
        None, description="How its groups are reviewed; tenant apply sets the reviews up."
    )
    brakes: BrakesTable | None = Field(
        None, description="Limits of a day for this partner alone, besides those in [brakes]."
    )
