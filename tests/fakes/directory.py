"""A tenant in memory: accounts, groups, mails sent, and the delay until a fresh guest is seen."""

from asyncio import sleep
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from b2b.domain.access import AccountKind, Membership
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import (
    DeletedExternalMember,
    DeletedGuest,
    DeletedOwn,
    ExternalMember,
    Guest,
    GuestId,
    InternalGuest,
    Invitation,
    Known,
    Member,
    Redemption,
)
from b2b.domain.policy import Admission, UserType
from b2b.domain.reason import Reason
from b2b.domain.request import Address, GroupId, address_key
from b2b.domain.sponsor import SponsorId
from b2b.ports import Clock
from tests.fakes.footing import Footing

UNSEEN = TryLater(Reason("not_replicated", "Too fresh."), timedelta(seconds=15))
A_MEMBER = Reason("member_of_tenant", "A member by now.")
BY_ANOTHER = Reason("member_through_another_group", "A member by another group.")
EXISTS = Reason("directory_refused", "The address is taken by an account in the recycle bin.")


@dataclass(slots=True)
class Account:
    id: GuestId
    address: str
    seen_from: datetime
    member: bool = False
    internal: bool | None = None  # None: a member is internal, a guest is not
    redemption: Redemption = Redemption.ACCEPTED
    enabled: bool = True
    deleted: bool = False
    sponsors: set[SponsorId] = field(default_factory=set)

    def kind(self) -> AccountKind:
        if not self.member:
            return AccountKind.GUEST
        return AccountKind.COLLEAGUE if self._own else AccountKind.EXTERNAL_MEMBER

    def known(self) -> Known:
        if self.deleted:
            return self._deleted()
        if self._own:
            return Member(self.id) if self.member else InternalGuest(self.id)
        kind = ExternalMember if self.member else Guest
        return kind(self.id, self.redemption, self.enabled)

    @property
    def _own(self) -> bool:
        return self.member if self.internal is None else self.internal

    def _deleted(self) -> Known:
        if self._own:
            return DeletedOwn(self.id)
        return DeletedExternalMember(self.id) if self.member else DeletedGuest(self.id)


@dataclass(slots=True)
class Group:
    """`takes_nobody` is why, when it takes nobody; `refuses` says so of single guests."""

    members: set[GuestId] = field(default_factory=set)
    takes_nobody: Reason | None = None
    refuses: dict[GuestId, Reason] = field(default_factory=dict)
    lets_nobody_go: Reason | None = None
    by_another: set[GuestId] = field(default_factory=set)


@dataclass(slots=True)
class Answer:
    """What the directory says next in place of what it would say. `done`: the work is done."""

    error: Refused | TryLater
    done: bool = False


class FakeDirectory:
    """`lag`: how long a fresh guest stays unseen by look-ups and groups."""

    def __init__(self, clock: Clock, footing: Footing, lag: timedelta = timedelta(0)) -> None:
        self.lag = lag
        self.accounts: list[Account] = []
        self.groups: dict[GroupId, Group] = {}
        self.names: dict[Address, str] = {}
        self.mails: list[str] = []
        self._next: dict[str, deque[Answer]] = {}
        self._ids = count(1)
        self._clock = clock
        self._footing = footing

    # What the tests arrange and ask

    def holds(self, address: str, **traits: object) -> GuestId:
        """An account that was there before us, whatever it is."""
        account = self._enter(address)
        account.seen_from = datetime.min.replace(tzinfo=self._clock().tzinfo)
        account.redemption = Redemption.ACCEPTED
        for trait, value in traits.items():
            setattr(account, trait, value)
        return account.id

    def group(self, group: GroupId) -> Group:
        return self.groups.setdefault(group, Group())

    def says_next(self, method: str, *answers: Refused | TryLater, done: bool = False) -> None:
        coming = self._next.setdefault(method, deque())
        coming.extend(Answer(answer, done) for answer in answers)

    def guests(self) -> list[str]:
        return [a.address for a in self.accounts if not a.member and not a.deleted]

    def account(self, address: str) -> Account:
        (found,) = self._with(address)
        return found

    # The port

    async def find(self, address: Address) -> Known | None:
        await sleep(0)  # others may come in between, as they do on a wire
        with self._step("find"):
            seen = [one for one in self._with(address) if self._sees(one)]
            alive = [one for one in seen if not one.deleted]
            if len(alive) > 1:
                raise Refused(Reason("several_accounts", "Several accounts hold this address."))
            return next((one.known() for one in alive or seen), None)

    async def invite(
        self,
        address: Address,
        name: str,
        admission: Admission,
        *,
        mail: bool,
        sponsor: SponsorId | None = None,
    ) -> Invitation | Known:
        await sleep(0)  # others may come in between, as they do on a wire
        with self._step("invite"):
            taken = sorted(self._with(address), key=lambda one: one.deleted)
            account = taken[0] if taken else self._invited(address, admission)
            if account.deleted:
                raise Refused(EXISTS)
            if taken and (account.member or not account.enabled):
                return account.known()
            self.names[address] = name
            if mail:
                self.mails.append(address)
            if sponsor is not None:
                account.sponsors = {sponsor}
            return Invitation(account.id, f"https://redeem.example/{account.id}")

    async def kinds(self, accounts: Sequence[GuestId]) -> Mapping[GuestId, AccountKind]:
        await sleep(0)  # others may come in between, as they do on a wire
        with self._step("kinds"):
            seen = [one for one in self.accounts if self._sees(one) and not one.deleted]
            return {one.id: one.kind() for one in seen if one.id in accounts}

    async def add_members(self, group: GroupId, guests: Sequence[GuestId]) -> Membership:
        await sleep(0)  # others may come in between, as they do on a wire
        with self._step("add_members"):
            joined = self.groups.get(group)
            if joined is None:
                raise Refused(Reason("group_not_found", f"There is no group {group}."))
            if joined.takes_nobody is not None:
                raise Refused(joined.takes_nobody)
            refused = {one: joined.refuses[one] for one in guests if one in joined.refuses}
            seen = {one.id for one in self.accounts if self._sees(one) and not one.deleted}
            later = {one: UNSEEN for one in guests if one not in seen and one not in refused}
            joined.members |= set(guests) - refused.keys() - later.keys()
            return Membership(refused, later)

    async def members_among(self, group: GroupId, guests: Sequence[GuestId]) -> frozenset[GuestId]:
        await sleep(0)  # others may come in between, as they do on a wire
        with self._step("members_among"):
            known = self.groups.get(group, Group())
            return frozenset((known.members | known.by_another) & set(guests))

    async def remove_members(
        self,
        group: GroupId,
        guests: Sequence[GuestId],
        *,
        as_members: frozenset[GuestId] = frozenset(),
    ) -> Membership:
        await sleep(0)  # others may come in between, as they do on a wire
        with self._step("remove_members"):
            left = self.group(group)
            if left.lets_nobody_go is not None:
                raise Refused(left.lets_nobody_go)
            members = {
                one.id
                for one in self.accounts
                if one.internal or (one.member and one.id not in as_members)
            }
            refused = {one: A_MEMBER for one in guests if one in members}
            refused |= {one: BY_ANOTHER for one in guests if one in left.by_another}
            left.members -= set(guests) - refused.keys()
            return Membership(refused)

    @contextmanager
    def _step(self, method: str) -> Iterator[None]:
        self._footing.tread()
        coming = self._next.get(method)
        answer = coming.popleft() if coming else None
        if answer is None or answer.done:
            yield
            self._footing.tread()
        if answer is not None:
            raise answer.error

    def _invited(self, address: str, admission: Admission) -> Account:
        account = self._enter(address)
        account.member = admission.user_type is UserType.MEMBER
        account.internal = False
        return account

    def _enter(self, address: str) -> Account:
        identity = GuestId(f"00000000-0000-4000-9000-{next(self._ids):012d}")
        account = Account(identity, address, self._clock() + self.lag)
        account.redemption = Redemption.PENDING
        self.accounts.append(account)
        return account

    def _with(self, address: str) -> list[Account]:
        key = address_key(address)
        return [one for one in self.accounts if address_key(one.address) == key]

    def _sees(self, account: Account) -> bool:
        return self._clock() >= account.seen_from
