"""How a user looks on the first day: a guest just invited, a member just made."""

from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from sandbox.directory.addresses import guest_name
from sandbox.directory.tenant import Tenant
from sandbox.directory.things import AS_MAIL, User


def new_guest(address: str, tenant: Tenant, at: str, /, **known: Any) -> User:
    local, _, _ = address.partition("@")
    properties: dict[str, Any] = {
        "userPrincipalName": guest_name(address, tenant),
        "mail": address,
        "otherMails": AS_MAIL,
        "proxyAddresses": AS_MAIL,
        "userType": "Guest",
        "accountEnabled": True,
        "creationType": "Invitation",
        "externalUserState": "PendingAcceptance",
        "externalUserStateChangeDateTime": at,
        "createdDateTime": at,
    }
    identity = known.pop("id", None) or str(uuid4())
    return User(identity, **{"displayName": local} | properties | known)


def new_member(mail: str, at: str, /, **known: Any) -> User:
    properties: dict[str, Any] = {
        "userPrincipalName": mail,
        "displayName": mail.partition("@")[0],
        "mail": mail,
        "proxyAddresses": AS_MAIL,
        "userType": "Member",
        "accountEnabled": True,
        "createdDateTime": at,
    }
    identity = known.pop("id", None) or identity_of(mail)
    return User(identity, **properties | known)


def identity_of(name: str) -> str:
    """The id of somebody made up: the same every time."""
    return str(uuid5(NAMESPACE_URL, f"sandbox:{name.lower()}"))
