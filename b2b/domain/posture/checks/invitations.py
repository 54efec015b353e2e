"""Who may invite whom, and what guests may see once they are in."""

from b2b.domain.finding import Severity
from b2b.domain.policy import REFUSE, GuestAccess, InvitationsFrom, Policy
from b2b.domain.posture.checks.wording import counted, named
from b2b.domain.posture.readable import when_read
from b2b.domain.posture.result import Check, Failed, Passed, Unclear, Verdict
from b2b.domain.posture.tenant import Authorization, DomainList, Tenant

SETTINGS = "Entra admin center, External Identities, External collaboration settings"


def who_may_invite(tenant: Tenant, policy: Policy) -> Verdict:
    wanted = policy.posture.invitations_from

    def judge(rules: Authorization) -> Verdict:
        present = rules.invitations_from
        if present is None:
            return Unclear("The tenant has a setting for who may invite that is not known here.")
        if _openness(present) <= _openness(wanted):
            return Passed(f"Invitations may come from: {present}. Wanted: {wanted} or less.")
        grave = Severity.HIGH if present is InvitationsFrom.EVERYONE else None
        return Failed(f"Invitations may come from: {present}. Wanted: {wanted} or less.", grave)

    return when_read(tenant.authorization, judge)


def app_may_invite(tenant: Tenant, _: Policy) -> Verdict:
    """What the reference page says, and no more: whether an app gets through is seen by trying."""

    def judge(rules: Authorization) -> Verdict:
        match rules.invitations_from:
            case InvitationsFrom.EVERYONE | InvitationsFrom.MEMBERS:
                return Passed("The tenant's setting leaves room for invitations by apps.")
            case InvitationsFrom.NONE:
                return Failed(
                    "Nobody may invite, and that holds for apps as well. As a setting it is the "
                    "safest there is; this app cannot bring in anybody while it stands."
                )
            case InvitationsFrom.ADMINS:
                return Unclear(
                    "Only administrators and guest inviters may invite. The documentation says "
                    "that apps may not, and some were refused: invite one address and see."
                )
            case _:
                return Unclear("The tenant's setting is not known here: invite one address.")

    return when_read(tenant.authorization, judge)


def guest_rights(tenant: Tenant, policy: Policy) -> Verdict:
    wanted = policy.posture.guest_access

    def judge(rules: Authorization) -> Verdict:
        present = rules.guest_access
        if present is None:
            return Unclear("Guests have a directory role that is not one of the three known.")
        found = f"Guests see the directory as: {present}. Wanted: {wanted} or less."
        closed = list(GuestAccess)
        if closed.index(present) <= closed.index(wanted):
            return Passed(found)
        return Failed(found, Severity.HIGH if present is GuestAccess.MEMBER else None)

    return when_read(tenant.authorization, judge)


def domain_list(tenant: Tenant, policy: Policy) -> Verdict:
    partners = {domain.name for partner in policy.partners for domain in partner.domains}

    def judge(present: DomainList) -> Verdict:
        if not present.readable:
            return Unclear("The list of domains is kept in a form that could not be read.")
        if present.allowed and present.blocked:
            return Unclear("The tenant has an allow list and a block list; only one can hold.")
        if present.allowed is not None and not present.blocked:
            return _allow_list(present.allowed, partners, policy)
        if present.blocked is not None:
            return _block_list(present.blocked, partners)
        if policy.unknown_domains != REFUSE:
            return Passed("The tenant lets guests of any domain in, and so does the policy.")
        return Failed(
            "The tenant has no list: guests of any domain can be invited past this app.",
            Severity.LOW,
        )

    return when_read(tenant.domain_list, judge)


def _allow_list(allowed: frozenset[str], partners: set[str], policy: Policy) -> Verdict:
    if not allowed:
        return Unclear(
            "The allow list is empty. It is not documented whether that means nobody or anybody."
        )
    shut_out = partners - allowed
    if shut_out:
        return Failed(f"Not on the allow list, so not to be invited: {named(shut_out)}.")
    strangers = {domain for domain in allowed if policy.claim_on(domain) is None}
    if strangers:
        words = f"Allowed by the tenant but of no partner of the policy: {named(strangers)}."
        return Failed(words, Severity.LOW, f"{SETTINGS}: take them off, or name a partner.")
    return Passed(
        f"The allow list holds {counted(len(partners), 'domain')} of partners, and no others."
    )


def _block_list(blocked: frozenset[str], partners: set[str]) -> Verdict:
    if not blocked:
        return Unclear("The block list is empty: presumably any domain can be invited.")
    shut_out = {
        name for name in partners if name in blocked or any(name.endswith(f".{d}") for d in blocked)
    }
    if shut_out:
        return Failed(f"Domains of partners that the tenant blocks: {named(shut_out)}.")
    return Passed(
        f"{counted(len(blocked), 'domain')} blocked, none of a partner; all others can be invited."
    )


def _openness(setting: InvitationsFrom) -> int:
    return list(InvitationsFrom).index(setting)


CHECKS = (
    Check(
        id="invitations.who",
        severity=Severity.MEDIUM,
        title="Who may invite guests",
        why="Guests that anybody can invite have no sponsor, no end date and no partner.",
        remedy=f"{SETTINGS}, Guest invite settings: choose what the policy wants.",
        link="https://learn.microsoft.com/entra/external-id/external-collaboration-settings-configure",
        judge=who_may_invite,
    ),
    Check(
        id="invitations.app",
        severity=Severity.MEDIUM,
        title="Whether this app can invite",
        why="A tenant that restricts invitations may refuse apps whatever their permissions are.",
        remedy=(
            f"{SETTINGS}, Guest invite settings: let members invite, if this app is to bring "
            "guests in. A change takes up to an hour."
        ),
        link="https://learn.microsoft.com/graph/api/invitation-post",
        judge=app_may_invite,
    ),
    Check(
        id="guests.rights",
        severity=Severity.MEDIUM,
        title="What guests see of the directory",
        why="A guest with the rights of a member can list everybody and every group.",
        remedy=f"{SETTINGS}, Guest user access restrictions: choose what the policy wants.",
        link="https://learn.microsoft.com/entra/identity/users/users-restrict-guest-permissions",
        judge=guest_rights,
    ),
    Check(
        id="invitations.domains",
        severity=Severity.MEDIUM,
        title="The tenant's list of domains and the partners",
        why="A partner that the tenant shuts out cannot be invited; others that it lets in can.",
        remedy=f"{SETTINGS}, Collaboration restrictions: bring the list in line with the policy.",
        link="https://learn.microsoft.com/entra/external-id/allow-deny-list",
        judge=domain_list,
    ),
)
