"""One guest read again right before a write, and judged again by everything that counts."""

from dataclasses import dataclass
from datetime import date

from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId, GuestRecord
from b2b.domain.lifecycle import (
    Action,
    Answers,
    Case,
    Custody,
    Decision,
    Kind,
    Leave,
    Promise,
    Resident,
    Rule,
    decide,
    evidence_of,
    kind_of,
    promise_to,
)
from b2b.domain.lifecycle.exempting import exempt_groups, exemption_of, in_force
from b2b.domain.policy import Exemption, Policy
from b2b.domain.reason import Reason
from b2b.domain.request import Address, address_key
from b2b.flows import departure_reasons as reasons
from b2b.flows.survey import who_answers
from b2b.ports import Accounts, Ledger, Packages, Roll

_JUDGED_BY_SIGN_INS = frozenset({Rule.INACTIVE, Rule.UNREDEEMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """Reads only; what cannot be read is a Refused or a TryLater, and nothing is done."""

    accounts: Accounts
    roll: Roll
    packages: Packages
    ledger: Ledger

    async def objection(
        self, action: Action, resident: Resident, custody: Custody, policy: Policy, today: date
    ) -> Reason | None:
        """None when tonight's decision would be the same again, for the same rule."""
        promises = await self._promises(action, resident)
        if not promises:
            return reasons.NOT_MANAGED
        promise = promise_to(promises)
        case = await self._case(action, resident, custody, promise, policy, today)
        decision = decide(case, policy.lifecycle, today)
        if _same(action, decision):
            return None
        return reasons.no_longer_justified(_word(decision))

    async def _promises(self, action: Action, resident: Resident) -> list[Promise]:
        """By the address that was decided about, and by the one that the guest has by now."""
        known = {address_key(one): one for one in (resident.mail, action.address) if one}
        records = [await self.ledger.guest(Address(one)) for one in known.values()]
        return [_promise(one, action.guest) for one in records if one and one.guest == action.guest]

    async def _case(
        self,
        action: Action,
        resident: Resident,
        custody: Custody,
        promise: Promise,
        policy: Policy,
        today: date,
    ) -> Case:
        rule = action.evidence.rule
        answers, fallback = Answers.SPONSOR, ""
        if rule is Rule.SPONSORLESS:
            answers, fallback = await self._who_answers(promise, policy)
        gentle = action.kind in (Kind.REMIND, Kind.HAND_OVER)
        return Case(
            resident=resident,
            promise=promise,
            custody=custody,
            seen=None if gentle else await self._seen(action, policy),
            answers=answers,
            fallback=fallback,
            exemption=await self._exemption(promise, resident, policy, today),
            holds_role=False if gentle else await self.accounts.holds_role(action.guest),
            entitled=False if gentle else await self._entitled(action.guest, policy),
        )

    async def _seen(self, action: Action, policy: Policy) -> date | None:
        """A sign-in may also contradict an invitation that counts as not redeemed. A directory
        that does not tell this leaves us with the state of the invitation alone."""
        rule = action.evidence.rule
        if not policy.lifecycle.inactive_block_days or rule not in _JUDGED_BY_SIGN_INS:
            return None
        try:
            return await self.accounts.seen(action.guest)
        except Refused:
            if rule is Rule.INACTIVE:
                raise
            return None

    async def _entitled(self, guest: GuestId, policy: Policy) -> bool:
        if not policy.lifecycle.entitlement_management:
            return False
        return await self.packages.holds_any(guest)

    async def _who_answers(self, promise: Promise, policy: Policy) -> tuple[Answers, str]:
        partner = policy.partner(promise.partner)
        named = [promise.sponsor, partner.sponsor if partner else ""]
        return who_answers(promise, policy, await self.roll.at_work(named))

    async def _exemption(
        self, promise: Promise, resident: Resident, policy: Policy, today: date
    ) -> Exemption | None:
        exemptions = in_force(policy.exemptions, today)
        groups = exempt_groups(exemptions)
        held = await self.accounts.groups_among(resident.id, groups) if groups else frozenset()
        members = {group: frozenset({resident.id} if group in held else ()) for group in groups}
        addresses = (promise.address, resident.mail)
        return exemption_of(resident.id, addresses, exemptions, members)


def _promise(record: GuestRecord, guest: GuestId) -> Promise:
    return Promise(
        guest=guest,
        address=record.address,
        since=record.since.date(),
        partner=record.partner,
        sponsor=record.sponsor,
        expires_on=record.expires_on,
        as_member=record.as_member,
    )


def _same(action: Action, decision: Decision) -> bool:
    evidence = evidence_of(decision)
    return (
        kind_of(decision) is action.kind
        and evidence is not None
        and evidence.rule is action.evidence.rule
    )


def _word(decision: Decision) -> str:
    return decision.why if isinstance(decision, Leave) else str(evidence_of(decision))
