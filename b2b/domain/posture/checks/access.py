"""What guests hold: roles, things they own, groups that the policy does not know of."""

from b2b.domain.finding import Severity
from b2b.domain.policy import Policy
from b2b.domain.posture.checks.wording import counted, label, named, sentences
from b2b.domain.posture.readable import NotReadable, when_read
from b2b.domain.posture.result import Check, Failed, Passed, Unclear, Verdict
from b2b.domain.posture.tenant import (
    NO_ROLE,
    GroupRules,
    GuestGroup,
    GuestGroups,
    Holder,
    Owned,
    RoleHolders,
    Tenant,
)

# https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
TO_TAKE_OVER = frozenset(
    {
        "62e90394-69f5-4237-9190-012177145e10",  # Global Administrator
        "e8611ab8-c189-46e8-94e1-60213ab1f814",  # Privileged Role Administrator
        "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",  # Privileged Authentication Administrator
        "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  # Application Administrator
        "158c047a-c907-4556-b7ef-446551a6b5f7",  # Cloud Application Administrator
        "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2",  # Hybrid Identity Administrator
        "fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
        "194ae4cb-b126-40b2-bd5b-6091b380977d",  # Security Administrator
        "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  # Conditional Access Administrator
    }
)
HARMLESS = frozenset(
    {
        "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",  # Directory Readers
        "95e79109-95c0-4d8e-aee3-d01accf2d47b",  # Guest Inviter
    }
)


def roles(tenant: Tenant, _: Policy) -> Verdict:
    def judge(found: RoleHolders) -> Verdict:
        if found.holders:
            return Failed(_told(found.holders, tenant), _gravity(found.holders))
        if not found.eligible_read:
            return Passed("No guest holds a role. Without P2 there are none to take up.")
        return Passed("No guest holds a role or may take one up.")

    return when_read(tenant.roles, judge)


def _gravity(holders: tuple[Holder, ...]) -> Severity:
    held = {one.role for one in holders} - {NO_ROLE}
    if held & TO_TAKE_OVER:
        return Severity.CRITICAL
    return Severity.HIGH if held - HARMLESS else Severity.LOW


def _told(holders: tuple[Holder, ...], tenant: Tenant) -> str:
    eligible = [one for one in holders if one.eligible]
    inside = {label(one.guest, tenant.guests) for one in holders if one.role != NO_ROLE}
    beside = {label(one.guest, tenant.guests) for one in holders if one.role == NO_ROLE}
    words = f"{counted(len(inside), 'guest')} in directory roles: {named(inside)}" if inside else ""
    near = (
        f"{counted(len(beside), 'guest')} in a group that may hold roles, and holds none now: "
        f"{named(beside)}"
        if beside
        else ""
    )
    may = f"{counted(len(eligible), 'role')} can be taken up for a while" if eligible else ""
    by_group = any(one.by_group and one.role != NO_ROLE for one in holders)
    also = "Some by way of a group that may hold roles" if by_group else ""
    return sentences([part for part in (words, near, may, also) if part])


def owners(tenant: Tenant, _: Policy) -> Verdict:
    """One kind that could not be read leaves the question open, unless the other answers it."""
    parts = (tenant.owned_groups, tenant.owned_apps)
    owned = [one for part in parts if isinstance(part, tuple) for one in part]
    unread = [part for part in parts if isinstance(part, NotReadable)]
    apps = any(one.kind != "group" for one in owned)
    if owned:
        return Failed(_told_owned(owned, tenant, len(unread)), Severity.HIGH if apps else None)
    if unread:
        return unread[0]
    return Passed("No guest owns a group or an app.")


def _told_owned(owned: list[Owned], tenant: Tenant, unread: int) -> str:
    names = (f"{label(one.guest, tenant.guests)}: {one.kind} {one.name}" for one in owned)
    rest = "The rest could not be read" if unread else ""
    words = f"Owned by guests: {named(names)}"
    return sentences([part for part in (words, rest) if part])


def groups(tenant: Tenant, policy: Policy) -> Verdict:
    listed = {group for partner in policy.partners for group in partner.groups.values()}
    listed |= {one.group for one in policy.exemptions if one.group is not None}

    def judge(found: GuestGroups) -> Verdict:
        beyond = [one for one in found.groups if one.id not in listed]
        bound = f" {found.left_out} groups were not looked at." if found.left_out else ""
        if beyond:
            return Failed(f"{_told_groups(beyond)}{bound}", _public_gravity(beyond))
        if found.left_out:
            return Unclear(f"None of the {found.looked_at} groups looked at.{bound}")
        return Passed("Guests are in no group beside those of the policy.")

    return when_read(tenant.guest_groups, judge)


def _told_groups(groups: list[GuestGroup]) -> str:
    names = (f"{one.name} ({one.guests}{', public' if one.public else ''})" for one in groups)
    return f"{counted(len(groups), 'group')} with guests beyond the policy: {named(names)}."


def _public_gravity(groups: list[GuestGroup]) -> Severity | None:
    return None if any(one.public for one in groups) else Severity.LOW


def group_rules(tenant: Tenant, policy: Policy) -> Verdict:
    def judge(rules: GroupRules) -> Verdict:
        faults = []
        if rules.guests_may_own:
            faults.append("Guests may own Microsoft 365 groups, and so let others in")
        if rules.refusing:
            faults.append(f"Groups of the policy that refuse guests: {named(rules.refusing)}")
        if not rules.guests_admitted and any(partner.groups for partner in policy.partners):
            faults.append(
                "Microsoft 365 groups take no guests, yet the policy puts them into groups"
            )
        if faults:
            return Failed(sentences(faults))
        return Passed("Guests own no groups by setting, and groups of the policy take them.")

    return when_read(tenant.group_rules, judge)


CHECKS = (
    Check(
        id="guests.roles",
        severity=Severity.HIGH,
        title="Guests in directory roles",
        why="A guest's account is protected by others; a role is power over this tenant.",
        remedy="Take the role away, or make an account of your own for that person.",
        link="https://learn.microsoft.com/entra/identity/role-based-access-control/best-practices",
        judge=roles,
    ),
    Check(
        id="guests.owners",
        severity=Severity.MEDIUM,
        title="Guests who own apps or groups",
        why="An owner gives access to others, and the owner of an app acts as the app.",
        remedy="Make somebody of your own the owner, then take the guest off.",
        link="https://learn.microsoft.com/entra/identity/enterprise-apps/overview-assign-app-owners",
        judge=owners,
    ),
    Check(
        id="guests.groups",
        severity=Severity.MEDIUM,
        title="Groups with guests beyond the policy",
        why="Access that nobody asked for by the policy ends with nobody's date.",
        remedy="List the group for its partner in policy.toml, or take its guests out.",
        link="https://learn.microsoft.com/entra/fundamentals/how-to-manage-groups",
        judge=groups,
    ),
    Check(
        id="groups.settings",
        severity=Severity.MEDIUM,
        title="Groups and what they let guests do",
        why="A guest who owns a group decides who else gets in.",
        remedy="Change the group settings (AllowGuestsToBeGroupOwner, AllowToAddGuests).",
        link="https://learn.microsoft.com/entra/identity/users/groups-settings-cmdlets",
        judge=group_rules,
    ),
)
