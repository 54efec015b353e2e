"""Other organizations: what holds between them and us, and how their people redeem."""

from b2b.domain.finding import Severity
from b2b.domain.policy import Policy
from b2b.domain.policy import Trust as Reach
from b2b.domain.posture.checks.wording import counted, named, sentences
from b2b.domain.posture.readable import NotReadable, when_read
from b2b.domain.posture.result import Check, Failed, Passed, Unclear, Verdict
from b2b.domain.posture.tenant import CrossTenantRules, Redemption, Tenant, Trust

SETTINGS = "Entra admin center, External Identities, Cross-tenant access settings"
ENTRA, PASSCODE, CONSUMER = "azureActiveDirectory", "emailOneTimePasscode", "microsoftAccount"


def defaults(tenant: Tenant, policy: Policy) -> Verdict:
    def judge(rules: CrossTenantRules) -> Verdict:
        faults = _faults(rules)
        if rules.collaboration_blocked and policy.partners:
            faults.insert(0, "Guests of every organization are blocked unless it is configured")
        if faults:
            return Failed(sentences(faults))
        return Passed("By default guests may come in, and nothing is shared past guest accounts.")

    return when_read(tenant.cross_tenant_default, judge)


def organizations(tenant: Tenant, _: Policy) -> Verdict:
    def judge(partners: tuple[CrossTenantRules, ...]) -> Verdict:
        faults = {one.tenant: _faults(one) for one in partners}
        wrong = {tenant: told for tenant, told in faults.items() if told}
        blocked = [one.tenant for one in partners if one.collaboration_blocked]
        told = f"{counted(len(partners), 'organization')} with settings of their own"
        if wrong:
            words = named(f"{name} ({'; '.join(told).lower()})" for name, told in wrong.items())
            return Failed(sentences([told, f"Sharing more than guest accounts: {words}"]))
        if blocked:
            return Unclear(
                f"{told}. Guests of these are blocked, and which partner they are cannot be "
                f"told here: {named(blocked)}."
            )
        return Passed(f"{told}. None shares more than guest accounts.")

    return when_read(tenant.cross_tenant_partners, judge)


def _faults(rules: CrossTenantRules) -> list[str]:
    faults = []
    if rules.direct_connect_allowed:
        faults.append("Direct connect is open: people come in without a guest account to manage")
    if rules.consents_automatically:
        faults.append("Consent is given without asking: that is meant for one's own tenants")
    return faults


def trust(tenant: Tenant, policy: Policy) -> Verdict:
    """Only the default is judged: trust in one organization is somebody's decision about it.

    What the policy does not manage may be believed of a second factor, but not of a device.
    """
    wanted = policy.posture

    def judge(rules: CrossTenantRules) -> Verdict:
        claims, also = rules.trust, _trusted_by_name(tenant)
        wide = _devices(claims) if wanted.trust_devices is not Reach.EVERYONE else []
        if claims.mfa and wanted.trust_mfa is Reach.PARTNERS:
            wide.append("a second factor used at home")
        if wide:
            return Failed(f"Of every organization in the world is believed: {named(wide)}.{also}")
        believed = [*_devices(claims), *(["a second factor used at home"] if claims.mfa else [])]
        if believed:
            return Passed(
                f"Of everybody is believed, as the policy has it: {named(believed)}.{also}"
            )
        return Passed(f"By default nothing is believed: guests bring a second factor here.{also}")

    return when_read(tenant.cross_tenant_default, judge)


def _trusted_by_name(tenant: Tenant) -> str:
    partners = tenant.cross_tenant_partners
    if isinstance(partners, NotReadable):
        return ""
    own = sum(bool(one.trust.mfa or _devices(one.trust)) for one in partners)
    return f" {counted(own, 'organization')} trusted by name." if own else ""


def _devices(trust: Trust) -> list[str]:
    claims = {"a compliant device": trust.compliant_device, "a joined device": trust.joined_device}
    return [claim for claim, held in claims.items() if held]


def redemption_order(tenant: Tenant, _: Policy) -> Verdict:
    def judge(redemption: Redemption) -> Verdict:
        order, fallback = redemption.order, redemption.fallback
        if not order and not fallback:
            return Unclear("The tenant does not tell in which order guests redeem.")
        told = f"Order: {', '.join(order) or 'as Microsoft has it'}; then: {fallback or 'default'}."
        if fallback == CONSUMER:
            return Failed(f"{told} Who has no work account redeems with a private one.")
        if ENTRA in order and order[0] != ENTRA and order[0] != "externalFederation":
            return Failed(f"{told} The work account is not asked for first.")
        return Passed(told)

    return when_read(tenant.redemption, judge)


def one_time_passcode(tenant: Tenant, _: Policy) -> Verdict:
    def judge(state: str) -> Verdict:
        match state:
            case "enabled" | "default":
                return Passed(f"Guests without a work account get a code by mail ({state}).")
            case "disabled":
                return Failed("Switched off: who has no work account cannot redeem, or not safely.")
            case _:
                return Unclear(f"The setting is '{state}', which is not known here.")

    return when_read(tenant.one_time_passcode, judge)


CHECKS = (
    Check(
        id="crosstenant.default",
        severity=Severity.MEDIUM,
        title="Cross-tenant access by default",
        why="What holds by default holds for every organization in the world.",
        remedy=f"{SETTINGS}, Default settings: block direct connect, do not consent by default.",
        link="https://learn.microsoft.com/entra/external-id/cross-tenant-access-overview",
        judge=defaults,
    ),
    Check(
        id="crosstenant.partners",
        severity=Severity.MEDIUM,
        title="Cross-tenant access of single organizations",
        why="People who come in without a guest account are seen by no census and no sweep.",
        remedy=f"{SETTINGS}, Organizational settings: look at each organization named here.",
        link="https://learn.microsoft.com/entra/external-id/cross-tenant-access-settings-b2b-direct-connect",
        judge=organizations,
    ),
    Check(
        id="crosstenant.trust",
        severity=Severity.MEDIUM,
        title="What is believed of a guest's home",
        why="Any tenant can call any device compliant; a claim is worth what its tenant is worth.",
        remedy=f"{SETTINGS}, Default settings, Trust settings: trust devices by organization only.",
        link="https://learn.microsoft.com/entra/external-id/cross-tenant-access-settings-b2b-collaboration",
        judge=trust,
    ),
    Check(
        id="redemption.order",
        severity=Severity.LOW,
        title="How guests redeem",
        why="A private account outlives the job of the person who redeemed with it.",
        remedy=f"{SETTINGS}, Default settings, Redemption order: work account first, code last.",
        link="https://learn.microsoft.com/entra/external-id/cross-tenant-access-settings-b2b-collaboration#configure-redemption-order",
        judge=redemption_order,
    ),
    Check(
        id="redemption.passcode",
        severity=Severity.LOW,
        title="One-time passcode by mail",
        why="Without it guests make accounts nobody manages, or never get in.",
        remedy="Entra admin center, External Identities, All identity providers: enable it.",
        link="https://learn.microsoft.com/entra/external-id/one-time-passcode",
        judge=one_time_passcode,
    ),
)
