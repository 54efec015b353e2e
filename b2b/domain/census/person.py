"""One guest as a census sees one: directory, ledger and journal joined."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Custody, Promise
from b2b.domain.policy import Policy

OWN = "(our own domain)"


class State(StrEnum):
    """Every guest is in exactly one; the gravest counts."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    BLOCKED_BY_US = "blocked_by_us"
    BLOCKED_BY_OTHERS = "blocked_by_others"
    DELETED = "soft_deleted"


class Sponsored(StrEnum):
    """Who answers for a guest, by the ledger and by the directory's word on the sponsor."""

    AT_WORK = "at_work"
    GONE = "gone"
    NOBODY = "nobody"
    UNMANAGED = "unmanaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """An account as the directory shows it. `agent`: a program's, which is nobody's guest."""

    id: GuestId
    mail: str
    name: str
    login: str
    enabled: bool
    pending: bool
    created: date | None = None
    deleted: date | None = None
    agent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`partner` is empty when nobody claims the domain. Dates that nobody knows are None."""

    id: GuestId
    mail: str
    name: str
    domain: str
    partner: str
    known: bool
    state: State
    enabled: bool
    managed: bool
    sponsored: Sponsored
    sponsor: str = ""
    holds_role: bool = False
    created: date | None = None
    seen: date | None = None
    expires_on: date | None = None

    @property
    def alive(self) -> bool:
        return self.state is not State.DELETED

    @property
    def blocked(self) -> bool:
        return self.state in (State.BLOCKED_BY_US, State.BLOCKED_BY_OTHERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beside the directory's list. `seen` None: no dates could be read."""

    policy: Policy
    promises: Mapping[GuestId, Promise]
    custody: Mapping[GuestId, Custody]
    at_work: frozenset[str]
    role_holders: frozenset[GuestId]
    seen: Mapping[GuestId, date] | None


def join(one: Enrolled, known: Known) -> Person:
    promise = known.promises.get(one.id)
    domain = domain_of(one.mail or (promise.address if promise else ""), one.login)
    partner, claimed = _claimed(domain, known.policy)
    return Person(
        id=one.id,
        mail=one.mail or (promise.address if promise else ""),
        name=one.name,
        domain=domain,
        partner=(promise.partner if promise else "") or partner,
        known=claimed,
        state=_state(one, known.custody.get(one.id)),
        enabled=one.enabled,
        managed=promise is not None,
        sponsored=_sponsored(promise, known.at_work),
        sponsor=promise.sponsor if promise else "",
        holds_role=one.id in known.role_holders,
        created=one.created,
        seen=(known.seen or {}).get(one.id),
        expires_on=promise.expires_on if promise else None,
    )


def domain_of(mail: str, login: str) -> str:
    """As A-labels. Without an address by the name that an invitation gave the account:
    anna_partner.example#EXT#@home.example."""
    if not mail and "#EXT#" in login.upper():
        at = login.upper().index("#EXT#")
        domain = login[:at].rpartition("_")[2]
    else:
        domain = (mail or login).rpartition("@")[2]
    domain = domain.strip().casefold()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError:
        return domain


def _claimed(domain: str, policy: Policy) -> tuple[str, bool]:
    """A partner that takes everybody else does not make a domain known."""
    claim = policy.claim_on(domain)
    if claim is None:
        return "", False
    name = claim.partner.name if claim.partner else OWN
    return name, claim is not policy.stranger


def _state(one: Enrolled, custody: Custody | None) -> State:
    if one.deleted is not None:
        return State.DELETED
    if not one.enabled:
        ours = custody is not None and custody.block is not None
        return State.BLOCKED_BY_US if ours else State.BLOCKED_BY_OTHERS
    return State.PENDING if one.pending else State.ACCEPTED


def _sponsored(promise: Promise | None, at_work: frozenset[str]) -> Sponsored:
    if promise is None:
        return Sponsored.UNMANAGED
    if not promise.sponsor:
        return Sponsored.NOBODY
    return Sponsored.AT_WORK if promise.sponsor.casefold() in at_work else Sponsored.GONE
