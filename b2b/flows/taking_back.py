"""An operator's word, or a sponsor's newer request: undo a run, restore, renew or adopt a guest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from b2b.domain.errors import Refused
from b2b.domain.guest import (
    DeletedGuest,
    Guest,
    GuestId,
    GuestRecord,
    Standing,
    as_ours,
    invited_as_member,
)
from b2b.domain.lifecycle import (
    Action,
    Ending,
    Evidence,
    Kind,
    Outcome,
    Rule,
    Run,
    RunId,
    State,
    action_id,
)
from b2b.domain.policy import Mode, Partner, Policy, refusal
from b2b.domain.policy.admission import default_end
from b2b.domain.reason import Reason
from b2b.domain.request import Address, BatchId, TenantId, request_id
from b2b.domain.stay import StayEffect
from b2b.flows import departure_reasons as reasons
from b2b.flows import refusals
from b2b.flows.approvals import Approvals
from b2b.flows.operator_rows import keep_operator_row, operator_change
from b2b.flows.packages import Packaging
from b2b.flows.renewing import check_end
from b2b.flows.returning import Returning, TellReturn
from b2b.flows.sponsoring import Sponsoring
from b2b.ports import Accounts, Clock, Directory, Dispatch, Files, Journal, Ledger, PolicyNow

UNDONE = Reason("run_undone", "The run was undone before this was done.")
TAKES_BACK = {Kind.BLOCK: Kind.ENABLE, Kind.REMOVE: Kind.RESTORE}


def undo_of(run: RunId) -> RunId:
    return RunId(f"undo-{run}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingBack:
    """Every method raises Refused or TryLater."""

    accounts: Accounts
    directory: Directory
    journal: Journal
    ledger: Ledger
    files: Files
    dispatch: Dispatch
    packaging: Packaging
    sponsoring: Sponsoring
    policy: PolicyNow
    clock: Clock
    tenant: TenantId
    tell_return: TellReturn

    async def undo(self, run: RunId) -> Run:
        """A run of its own that takes back exactly what that run did; asked twice, it is one.

        It is begun before approvals are withdrawn: an approval that is recorded after that finds
        it, and is withdrawn by the one who recorded it.
        """
        if await self.journal.run(run) is None:
            raise Refused(Reason("unknown_run", f"The journal knows no run {run}."))
        await self.journal.begin_run(await self._ordered(undo_of(run), undoes=run))
        await Approvals(journal=self.journal, files=self.files, clock=self.clock).withdraw(run)
        done = []
        for action in await self.journal.actions(run):
            if action.outcome is None:
                stopped = Outcome(Ending.SKIPPED, self.clock(), UNDONE)
                await self.journal.close_action(run, action.id, stopped)
            if action.kind in TAKES_BACK and await self._was_done(action):
                done.append(action)
        name = undo_of(run)
        return await self._order(name, [self._reverse(name, one) for one in done], undoes=run)

    async def _was_done(self, action: Action) -> bool:
        """Also what the journal never learnt, since whoever did it died or was given up."""
        if action.outcome is not None and action.outcome.ending is Ending.DONE:
            return True
        custody = await self.journal.custody(action.guest)
        holds = (custody.block, custody.removal)
        return any(one is not None and one.action == action.id for one in holds)

    async def restore(self, address: Address) -> Run:
        """Back and enabled, if it was us who blocked or removed the guest."""
        record = await self._record(address)
        custody = await self.journal.custody(record[1])
        if custody.block is None and custody.removal is None:
            raise Refused(reasons.NOT_OURS)
        return await self._reinstate(record[0], record[1])

    async def renew(self, address: Address, until: date) -> Run | None:
        """The stay ends later; a run when the guest also has to be brought back."""
        record, guest = await self._record(address)
        custody = await self.journal.custody(guest)
        away = custody.block is not None or custody.removal is not None
        await self._check(record, until, away=away)
        # Before the ledger says so, so that a renewal that died here can be asked for again.
        await self.packaging.renew(guest, until)
        if record.expires_on != until:
            effect = StayEffect.BROUGHT_BACK if away else StayEffect.EXTENDED
            await self._keep_end(record, until, effect)
        if not away:
            return None
        return await self._reinstate(record, guest)

    async def end(self, address: Address) -> GuestRecord:
        """The stay ended yesterday: the next night of the sweep does what it does with each such
        stay, in its mode, under its brakes and with its exemptions."""
        record, _ = await self._record(address)
        yesterday = self.clock().date() - timedelta(days=1)
        if record.expires_on is not None and record.expires_on <= yesterday:
            raise Refused(reasons.ended_already(record.expires_on))
        return await self._keep_end(record, yesterday, StayEffect.ENDED)

    async def _keep_end(self, record: GuestRecord, until: date, effect: StayEffect) -> GuestRecord:
        change = operator_change(record, effect, until, self.clock())
        await keep_operator_row(self.ledger, record, change)
        return await self.ledger.keep_guest(replace(record, expires_on=until))

    async def adopt(self, address: Address, until: date | None, sponsor: str) -> GuestRecord:
        """A guest of others becomes a managed one; from today on, as if invited today.

        Also one whom the ledger knows by a request that came to nothing, or as an older account.
        The sponsor and the end are those that a row of a file would give.
        """
        before = await self.ledger.guest(address)
        found = await self.directory.find(address)
        known = as_ours(found, before) if found else None
        if known is None or isinstance(known, DeletedGuest):
            raise Refused(Reason("no_such_guest", f"There is no guest {address} to adopt."))
        if not isinstance(known, Guest):
            raise Refused(refusals.foreign(known))
        if before is not None and before.guest == known.id:
            raise Refused(Reason("managed_already", f"{address} is managed already."))
        policy = await self.policy()
        claim = policy.claim_on(address.rpartition("@")[2])
        partner = claim.partner if claim else None
        if partner is None:
            raise Refused(Reason("unknown_partner", f"No partner in the policy has {address}."))
        today = self.clock().date()
        if until is not None:
            check_end(until, partner, today)
        answers = await self._check_sponsor(sponsor, partner)
        end = until or default_end(partner, today)
        record = GuestRecord(
            address=address,
            standing=Standing.KNOWN,
            request=request_id(self.tenant, address, BatchId("adopted")),
            since=self.clock(),
            guest=known.id,
            partner=partner.name,
            sponsor=answers,
            expires_on=end,
            policy_version=policy.version,
            as_member=invited_as_member(before, known.id),
            version=before.version if before else None,
        )
        began = replace(record, expires_on=None, sponsor="")
        change = operator_change(began, StayEffect.ADOPTED, end, record.since)
        change = replace(change, sponsor=record.sponsor, asked=until)
        await keep_operator_row(self.ledger, record, change)
        return await self.ledger.keep_guest(record)

    async def _check_sponsor(self, named: str, partner: Partner) -> str:
        """As for a row of a file. Raises Refused."""
        address = named or partner.sponsor
        if address:
            await self.sponsoring.require(address, of_partner="" if named else partner.name)
        elif partner.sponsor_required:
            raise Refused(refusal.sponsor_missing(partner))
        return address

    async def bring_back(
        self, known: Guest | DeletedGuest, record: GuestRecord, until: date | None
    ) -> bool:
        """For a newer request: at once, and kept in the journal. False when it is not our doing,
        or when the request does not ask for a later end than the one we know.

        By an address that promised this account nothing yet, every end is a later one.
        """
        custody = await self.journal.custody(known.id)
        ours = custody.block or custody.removal
        later = until is None or (record.expires_on is not None and until > record.expires_on)
        new = record.guest != known.id
        if ours is None or not (new or later):
            return False
        today = self.clock().date()
        run = RunId(f"renewals-{today}")
        action = self._action(run, record, known.id, Rule.RENEWED, record.policy_version)
        await self.journal.keep_actions([action])
        await self._returning().reinstate(known.id)
        done = Outcome(Ending.DONE, self.clock())
        await self.journal.close_action(run, action.id, done)
        return True

    async def _reinstate(self, record: GuestRecord, guest: GuestId) -> Run:
        run = RunId(f"operator-{self.clock():%Y-%m-%dT%H%M%S}")
        policy = await self._policy_version()
        return await self._order(run, [self._action(run, record, guest, Rule.OPERATOR, policy)])

    async def _order(self, name: RunId, actions: Sequence[Action], undoes: str = "") -> Run:
        run = await self._ordered(name, undoes)
        await self.journal.keep_actions(actions)
        await self.journal.keep_run(run)
        open_ones = [one for one in await self.journal.actions(name) if one.outcome is None]
        await self.dispatch.depart(open_ones)
        run = replace(run, state=State.ACTING)
        await self.journal.keep_run(run)
        return run

    async def _ordered(self, name: RunId, undoes: str) -> Run:
        return Run(
            id=name,
            state=State.PLANNED,
            mode=Mode.ENFORCE,
            started=self.clock(),
            policy_version=await self._policy_version(),
            undoes=undoes,
        )

    def _reverse(self, run: RunId, action: Action) -> Action:
        kind = TAKES_BACK[action.kind]
        return replace(
            action,
            id=action_id(run, action.guest, kind),
            run=run,
            kind=kind,
            evidence=Evidence(Rule.OPERATOR, self.clock().date(), 0),
            detail=action.id,
            outcome=None,
            approval="",
        )

    def _action(
        self, run: RunId, record: GuestRecord, guest: GuestId, rule: Rule, policy: str
    ) -> Action:
        return Action(
            id=action_id(run, guest, Kind.REINSTATE),
            run=run,
            guest=guest,
            address=record.address,
            kind=Kind.REINSTATE,
            evidence=Evidence(rule, self.clock().date(), 0),
            policy_version=policy,
        )

    async def _record(self, address: Address) -> tuple[GuestRecord, GuestId]:
        record = await self.ledger.guest(address)
        if record is None or record.guest is None:
            raise Refused(reasons.NOT_MANAGED)
        return record, record.guest

    async def _check(self, record: GuestRecord, until: date, *, away: bool) -> None:
        today, policy = self.clock().date(), await self.policy()
        # The same day again is fine while the guest is away: whoever asked may have died midway.
        later = record.expires_on is None or until > record.expires_on
        if until < today or not (later or (away and until == record.expires_on)):
            words = f"The stay ends on {record.expires_on}; give a later day, from today on."
            raise Refused(Reason("not_later", words))
        partner = policy.partner(record.partner)
        longest = partner.longest_stay_days if partner else None
        if longest is not None and (until - today).days > longest:
            words = f"The policy lets guests of {record.partner} stay for {longest} days at most."
            raise Refused(Reason("stay_too_long", words))

    async def _policy_version(self) -> str:
        """To take something back must be possible with a faulty policy as well."""
        try:
            policy: Policy = await self.policy()
        except Refused:
            return ""
        return policy.version

    def _returning(self) -> Returning:
        return Returning(
            accounts=self.accounts, journal=self.journal, clock=self.clock, tell=self.tell_return
        )
