"""The policy as a whole, and who claims which domain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from b2b.domain.policy.brakes import DEFAULT_BRAKES, DailyBrake, Effect
from b2b.domain.policy.intake import IntakeTerms
from b2b.domain.policy.lifecycle import Exemption, Lifecycle
from b2b.domain.policy.mail import MailTerms
from b2b.domain.policy.partner import Partner
from b2b.domain.policy.posture import Posture

REFUSE = "refuse"


class WriteSponsors(StrEnum):
    """When a guest's sponsor is written into the directory; the ledger always knows them."""

    NEVER = "never"
    INVITATION = "invitation"  # with the invitation: no further write, no further permission
    ALWAYS = "always"  # also when the sponsor changes: needs User.ReadWrite.All


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose a domain is; no partner means that it is our own."""

    partner: Partner | None
    subdomains: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`unknown_domains` is REFUSE or the name of the partner that takes everybody else.

    Raises ValueError when two claim one domain or that partner does not exist.
    """

    version: str
    own_domains: tuple[str, ...]
    partners: tuple[Partner, ...] = ()
    unknown_domains: str = REFUSE
    write_sponsors: WriteSponsors = WriteSponsors.INVITATION
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    exemptions: tuple[Exemption, ...] = ()
    posture: Posture = field(default_factory=Posture)
    mail: MailTerms = field(default_factory=MailTerms)
    intake: IntakeTerms = field(default_factory=IntakeTerms)
    brakes: Mapping[Effect, DailyBrake] = field(default_factory=lambda: DEFAULT_BRAKES)
    claims: Mapping[str, Claim] = field(init=False, repr=False, compare=False)
    stranger: Claim | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "claims", _claims(self))
        object.__setattr__(self, "stranger", _stranger(self))

    def claim_on(self, domain: str) -> Claim | None:
        """The most specific claim: of the domain itself, else of the nearest one above it."""
        claim = self.claims.get(domain)
        if claim is not None:
            return claim
        above = domain.partition(".")[2]
        while above:
            claim = self.claims.get(above)
            if claim is not None and claim.subdomains:
                return claim
            above = above.partition(".")[2]
        return self.stranger

    def partner(self, name: str) -> Partner | None:
        return next((partner for partner in self.partners if partner.name == name), None)


def _claims(policy: Policy) -> dict[str, Claim]:
    claims: dict[str, Claim] = {}
    for name, claim in _stated(policy):
        if name in claims:
            raise ValueError(f"domain claimed twice: {name}")
        claims[name] = claim
    return claims


def _stated(policy: Policy) -> Iterator[tuple[str, Claim]]:
    # A host below one of our own domains is ours too, unless a partner claims it by name.
    yield from ((name, Claim(None, subdomains=True)) for name in policy.own_domains)
    for partner in policy.partners:
        for domain in partner.domains:
            yield domain.name, Claim(partner, domain.subdomains)


def _stranger(policy: Policy) -> Claim | None:
    if policy.unknown_domains == REFUSE:
        return None
    partner = policy.partner(policy.unknown_domains)
    if partner is None:
        raise ValueError(f"unknown_domains names no partner: {policy.unknown_domains}")
    return Claim(partner, subdomains=True)
