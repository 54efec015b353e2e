"""The tables [lifecycle], [[exemptions]] and [posture] of policy.toml."""

from pydantic import Field, StrictBool

from b2b.domain.policy import (
    DomainList,
    GuestAccess,
    InvitationsFrom,
    Lifecycle,
    Mode,
    Posture,
    Trust,
)
from b2b.policy_file.kinds import (
    Count,
    CountOrNone,
    Day,
    Days,
    DaysOrOff,
    Domain,
    Guid,
    Mail,
    Percent,
    Sentence,
)
from b2b.policy_file.partner_tables import Table

_LIFECYCLE = Lifecycle()  # the defaults stand in the domain only
_POSTURE = Posture()


class BrakeTable(Table):
    """A run that would pass either limit does nothing and tells."""

    most: Count = Field(description="The most guests in one run.")
    percent: Percent = Field(description="The most of all managed guests, in percent.")


class LifecycleTable(Table):
    """What the nightly sweep does with guests that we invited or adopted."""

    mode: Mode = Field(
        _LIFECYCLE.mode,
        description="Only tell what would be done, do what an operator approves, or do it.",
    )
    second_person: StrictBool = Field(
        _LIFECYCLE.second_person,
        description="Blocks and removals are approved by another person than the policy's writer.",
    )
    remind_days_before_end: tuple[Days, ...] = Field(
        _LIFECYCLE.remind_days_before_end,
        description="When guest and sponsor are told that the stay ends: days before, falling.",
    )
    inactive_block_days: DaysOrOff = Field(
        _LIFECYCLE.inactive_block_days,
        description='Block after so many days without a sign-in; 0 or "off": never, and no date '
        "of a sign-in is asked for.",
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
    entitlement_management: StrictBool = Field(
        _LIFECYCLE.entitlement_management,
        description="Leave guests with live access packages to entitlement management.",
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
        _POSTURE.invitations_from,
        description="Who may invite; a closer state may shut this app out.",
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
    domain_list: DomainList = Field(
        _POSTURE.domain_list,
        description="Whether the tenant's list of collaboration domains holds the partners' only.",
    )
    trust_mfa: Trust = Field(
        _POSTURE.trust_mfa, description="Whose second factor, given at home, counts here too."
    )
    trust_devices: Trust = Field(
        _POSTURE.trust_devices, description="Whose healthy devices, seen at home, count here too."
    )
    conditional_access: StrictBool = Field(
        _POSTURE.conditional_access,
        description="Whether tenant apply may add a report-only rule: a second factor for guests.",
    )
