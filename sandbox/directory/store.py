"""The directory itself: users, groups, memberships and the recycle bin, with their indexes."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from sandbox.directory.lines import Index, Line
from sandbox.directory.things import AS_MAIL, Group, Thing, User

INDEXED = frozenset({"mail", "otherMails", "proxyAddresses", "userPrincipalName", "userType"})


class Store:
    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.everyone: Line[User] = Line()
        self.every_group: Line[Group] = Line()
        self.bin: dict[str, User] = {}
        self.binned: Line[User] = Line()
        self.groups_of: dict[str, dict[str, None]] = {}
        self.assignments: list[Thing] = []  # directory roles held
        self.eligibilities: list[Thing] = []  # directory roles that can be taken up
        self._by_type: dict[str | None, Line[User]] = {}
        self._upns, self._mails, self._others, self._proxies = Index(), Index(), Index(), Index()
        self._bin_mails = Index()
        self._seqs = count(1)

    # Users

    def enter(self, user: User) -> User:
        user.seq = user.seq or next(self._seqs)
        self.users[user.id] = user
        self.everyone.add(user)
        self._index(user)
        return user

    def change(self, user: User, changes: dict[str, Any]) -> None:
        touched = INDEXED & changes.keys()
        if touched:
            self._unindex(user)
            self._spell_out(user, changes)
        for name, value in changes.items():
            user.put(name, value)
        if touched:
            self._index(user)

    def of_type(self, kind: str | None) -> Line[User]:
        return self._by_type.setdefault(kind, Line())

    def named(self, name: str) -> User | None:
        """By id or user principal name."""
        found = self.users.get(name) or self.users.get(name.lower())
        return found or next(iter(self._upns.find(name)), None)

    def with_upn(self, upn: str) -> tuple[User, ...]:
        return self._upns.find(upn)

    def with_mail(self, mail: str) -> tuple[User, ...]:
        return self._mails.find(mail)

    def with_other_mail(self, mail: str) -> tuple[User, ...]:
        repeated = (u for u in self._mails.find(mail) if u.otherMails == AS_MAIL)
        return (*self._others.find(mail), *repeated)

    def with_proxy(self, proxy: str) -> tuple[User, ...]:
        mail = proxy.partition(":")[2] if proxy.lower().startswith("smtp:") else None
        repeated = (u for u in self._mails.find(mail) if u.proxyAddresses == AS_MAIL)
        return (*self._proxies.find(proxy), *repeated)

    def _index(self, user: User) -> None:
        self.of_type(user.userType).add(user)
        for index, key in self._keys(user):
            index.add(key, user)

    def _unindex(self, user: User) -> None:
        self.of_type(user.userType).drop(user)
        for index, key in self._keys(user):
            index.drop(key, user)

    def _keys(self, user: User) -> Iterator[tuple[Index, str | None]]:
        yield self._upns, user.userPrincipalName
        yield self._mails, user.mail
        if user.otherMails != AS_MAIL:
            yield from ((self._others, mail) for mail in user.otherMails or ())
        if user.proxyAddresses != AS_MAIL:
            yield from ((self._proxies, proxy) for proxy in user.proxyAddresses or ())

    @staticmethod
    def _spell_out(user: User, changes: dict[str, Any]) -> None:
        """A new mail must not silently change addresses that only repeated the old one."""
        if "mail" in changes:
            user.otherMails = user.read("otherMails")
            user.proxyAddresses = user.read("proxyAddresses")

    # The recycle bin

    def discard(self, user: User, at: str) -> None:
        del self.users[user.id]
        self.everyone.drop(user)
        self._unindex(user)
        for group in self.groups_of.get(user.id, {}):
            self.groups[group].members.pop(user.id)
        user.put("deletedDateTime", at)
        user.put("formerPlace", user.seq)
        user.userPrincipalName = _mark_of(user) + user.userPrincipalName
        user.seq = next(self._seqs)
        self.bin[user.id] = user
        self.binned.add(user)
        self._bin_mails.add(user.mail, user)

    def bring_back(self, user: User) -> None:
        self.purge(user, keep_groups=True)
        user.seq = user.read("formerPlace")
        user.put("deletedDateTime", None)
        user.userPrincipalName = user.userPrincipalName.removeprefix(_mark_of(user))
        self.enter(user)
        for group in self.groups_of.get(user.id, {}):
            self.groups[group].members[user.id] = next(self._seqs)

    def purge(self, user: User, *, keep_groups: bool = False) -> None:
        del self.bin[user.id]
        self.binned.drop(user)
        self._bin_mails.drop(user.mail, user)
        if not keep_groups:
            self.groups_of.pop(user.id, None)

    def in_bin_with(self, mail: str) -> User | None:
        return next(iter(self._bin_mails.find(mail)), None)

    # Groups

    def enter_group(self, group: Group) -> Group:
        group.seq = next(self._seqs)
        self.groups[group.id] = group
        self.every_group.add(group)
        return group

    def join(self, group: Group, member: str) -> None:
        group.members[member] = next(self._seqs)
        self.groups_of.setdefault(member, {})[group.id] = None

    def part(self, group: Group, member: str) -> None:
        del group.members[member]
        self.groups_of[member].pop(group.id)

    def object(self, identity: str) -> Thing | None:
        return self.users.get(identity) or self.groups.get(identity)

    def all_groups_of(self, member: str) -> list[Group]:
        """Directly or through other groups, nearest first."""
        found: dict[str, None] = {}
        ahead = list(self.groups_of.get(member, ()))
        while ahead:
            group = ahead.pop(0)
            if group not in found:
                found[group] = None
                ahead.extend(self.groups_of.get(group, ()))
        return [self.groups[group] for group in found]

    def all_members_of(self, group: Group) -> list[Thing]:
        """Directly or through other groups; a circle of groups is walked once."""
        found: dict[str, Thing] = {}
        ahead = [group]
        while ahead:
            for member in map(self.object, ahead.pop(0).members):
                if member is not None and member.id not in found:
                    found[member.id] = member
                    if isinstance(member, Group):
                        ahead.append(member)
        return list(found.values())


def _mark_of(user: User) -> str:
    """In the bin it stands before the name, which somebody else may take meanwhile.

    https://pnp.github.io/cli-microsoft365/cmd/entra/user/user-recyclebinitem-list (read 2026-11-23)
    """
    return user.id.replace("-", "")
