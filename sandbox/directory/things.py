"""What the directory holds: lean objects that answer to Graph's property names."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, Final

AS_MAIL: Final = "as mail"  # otherMails or proxyAddresses that just repeat `mail`, kept unwritten


class Thing:
    """Any object; the properties named in `hot` are slots, all others live in `more`."""

    __slots__ = ("id", "more", "seq")
    type: ClassVar[str] = "directoryObject"
    hot: ClassVar[frozenset[str]] = frozenset({"id"})

    def __init__(self, id: str, **properties: Any) -> None:
        self.id, self.seq = id, 0
        self.more: dict[str, Any] | None = None
        for name, value in properties.items():
            self.put(name, value)

    def read(self, name: str) -> Any:
        if name in self.hot:
            return getattr(self, name, None)
        return self.more.get(name) if self.more else None

    def put(self, name: str, value: Any) -> None:
        if name in self.hot:
            setattr(self, name, value)
        else:
            self.more = (self.more or {}) | {name: value}


class User(Thing):
    __slots__ = (
        "accountEnabled",
        "createdDateTime",
        "creationType",
        "displayName",
        "externalUserState",
        "externalUserStateChangeDateTime",
        "mail",
        "otherMails",
        "proxyAddresses",
        "userPrincipalName",
        "userType",
    )
    type = "user"
    accountEnabled: bool | None
    createdDateTime: str | None
    creationType: str | None
    displayName: str | None
    externalUserState: str | None
    externalUserStateChangeDateTime: str | None
    mail: str | None
    otherMails: list[str] | str | None
    proxyAddresses: list[str] | str | None
    userPrincipalName: str
    userType: str | None
    hot = frozenset({"id", *__slots__})

    def __init__(self, id: str, **properties: Any) -> None:
        for name in User.__slots__:
            setattr(self, name, None)
        super().__init__(id, **properties)

    def read(self, name: str) -> Any:
        value = super().read(name)
        if name == "otherMails":
            return _repeated(value, [self.mail or ""])
        if name == "proxyAddresses":
            return _repeated(value, [f"SMTP:{self.mail}"])
        if name == "businessPhones":
            return value or []
        return self._identities() if name == "identities" and value is None else value

    def _identities(self) -> list[dict[str, Any]]:
        name, domain = self.userPrincipalName, self.userPrincipalName.rpartition("@")[2]
        kind = {"signInType": "userPrincipalName", "issuer": domain, "issuerAssignedId": name}
        home = {"signInType": "federated", "issuer": "ExternalAzureAD", "issuerAssignedId": None}
        return [kind] if self.externalUserState != "Accepted" else [home, kind]


class Group(Thing):
    __slots__ = ("displayName", "members")
    type = "group"
    hot = frozenset({"id", "displayName"})

    def __init__(self, id: str, **properties: Any) -> None:
        self.displayName: str | None = None
        self.members: dict[str, int] = {}  # id of a member -> its place in the list
        super().__init__(id, **properties)


def reader(kind: type[Thing], name: str) -> Callable[[Any], Any]:
    """The quickest way to read one property of many objects of a kind."""
    if name in kind.hot and name not in ("otherMails", "proxyAddresses"):
        return attrgetter(name)
    return lambda thing: thing.read(name)


def _repeated(value: Any, as_mail: list[str]) -> Any:
    return as_mail if value == AS_MAIL else list(value or [])
