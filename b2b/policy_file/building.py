"""A file that was read without a fault becomes the domain's policy."""

from typing import Any

from b2b.domain.policy import (
    AccessPackage,
    AccessPackageId,
    AccessReview,
    AssignmentPolicyId,
    AzureRole,
    Brake,
    Exemption,
    IntakeTerms,
    Lifecycle,
    MailTerms,
    Partner,
    PartnerDomain,
    Policy,
    Posture,
)
from b2b.domain.policy.partner import name_key
from b2b.domain.request import Address, GroupId
from b2b.policy_file.brakes_table import all_brakes, named_brakes
from b2b.policy_file.lifecycle_tables import BrakeTable, ExemptionTable, LifecycleTable
from b2b.policy_file.mail_table import MailTable
from b2b.policy_file.partner_tables import PartnerTable, TermsTable
from b2b.policy_file.tables import PolicyTable


def build(table: PolicyTable, version: str) -> Policy:
    """Relies on the tables agreeing with each other."""
    return Policy(
        version=version,
        own_domains=table.own_domains,
        partners=tuple(_partner(partner, table.defaults) for partner in table.partners),
        unknown_domains=table.unknown_domains,
        write_sponsors=table.write_sponsors,
        lifecycle=_lifecycle(table.lifecycle),
        exemptions=tuple(map(_exemption, table.exemptions)),
        posture=Posture(**dict(table.posture)),
        mail=_mail(table.mail),
        intake=IntakeTerms(**dict(table.intake)),
        brakes=all_brakes(table.brakes, table.lifecycle.block_brake.most),
    )


def _partner(table: PartnerTable, defaults: TermsTable) -> Partner:
    return Partner(
        name=table.name,
        domains=tuple(PartnerDomain(domain.name, domain.subdomains) for domain in table.domains),
        groups={name: GroupId(group) for name, group in table.groups.items()},
        access_packages={
            name: AccessPackage(
                AccessPackageId(held.package), AssignmentPolicyId(held.assignment_policy)
            )
            for name, held in table.access_packages.items()
        },
        azure_roles=_azure_roles(table),
        brakes=named_brakes(table.brakes),
        access_review=AccessReview(**dict(table.access_review)) if table.access_review else None,
        **_terms(table, defaults),
    )


def _azure_roles(table: PartnerTable) -> tuple[AzureRole, ...]:
    """Relies on each group being one of the partner's."""
    named = {name_key(name): (name, GroupId(group)) for name, group in table.groups.items()}
    return tuple(
        AzureRole(*named[name_key(held.group)], held.role, held.scope) for held in table.azure_roles
    )


def _terms(table: PartnerTable, defaults: TermsTable) -> dict[str, Any]:
    """What the partner says, else what [defaults] says, else our own default."""
    terms = {
        name: getattr(table if name in table.model_fields_set else defaults, name)
        for name in TermsTable.model_fields
    }
    return {**terms, "senders": frozenset(terms["senders"]), "sponsor": terms["sponsor"] or ""}


def _lifecycle(table: LifecycleTable) -> Lifecycle:
    brakes = {"block_brake": _brake(table.block_brake), "remove_brake": _brake(table.remove_brake)}
    return Lifecycle(**{**dict(table), **brakes})


def _brake(table: BrakeTable) -> Brake:
    return Brake(table.most, table.percent)


def _exemption(table: ExemptionTable) -> Exemption:
    return Exemption(
        owner=table.owner,
        reason=table.reason,
        ends_on=table.ends_on,
        address=Address(table.address) if table.address else None,
        domain=table.domain,
        subdomains=table.subdomains,
        group=GroupId(table.group) if table.group else None,
    )


def _mail(table: MailTable) -> MailTerms:
    return MailTerms(**{name: value for name, value in dict(table).items() if value is not None})
