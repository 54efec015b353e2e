"""Finding whoever holds an address: four keys and the recycle bin, in one round trip.

No single key is enough: mail and proxyAddresses can be empty on a guest that collides with a
contact, and the user principal name is not renamed with the mail.
https://learn.microsoft.com/entra/external-id/troubleshoot (read 2026-11)
"""

from collections.abc import Sequence

from kiota_abstractions.method import Method
from msgraph import GraphServiceClient

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.errors import translate
from b2b.adapters.graph.models import USER_FIELDS, GraphUser, GraphUsers
from b2b.domain.errors import Refused
from b2b.domain.guest import (
    DeletedExternalMember,
    DeletedGuest,
    DeletedOwn,
    ExternalMember,
    Guest,
    GuestId,
    InternalGuest,
    Known,
    Member,
    Redemption,
)
from b2b.domain.odata import quoted
from b2b.domain.reason import Reason
from b2b.domain.request import Address


async def find(
    graph: Graph, api: GraphServiceClient, address: Address, initial_domain: str
) -> Known | None:
    """Raises Refused `several_accounts` when more than one account holds the address."""
    *live, by_name, deleted = await graph.send_all(_asks(api, address, initial_domain))
    users = {user.id: user for answer in live for user in _read_list(answer)}
    if by_name.status != 404:
        user = _checked(by_name).read(GraphUser)
        users[user.id] = user
    if users:
        return _the_one(list(users.values()))
    in_bin = [_as_deleted(user) for user in _read_list(deleted)]
    guests = [known for known in in_bin if isinstance(known, DeletedGuest)]
    return guests[0] if guests else (in_bin[0] if in_bin else None)


def as_known(user: GraphUser) -> Known:
    """Guest or Member, and from outside or not, are two questions. Raises Refused for who is
    neither Guest nor Member, or neither enabled nor blocked: unknown is left alone."""
    guest, pending = GuestId(user.id), user.external_user_state == "PendingAcceptance"
    redemption = Redemption.PENDING if pending else Redemption.ACCEPTED
    if user.user_type not in ("Guest", "Member"):
        raise Refused(_no_user_type(guest))
    if not user.external:
        return Member(guest) if user.user_type == "Member" else InternalGuest(guest)
    if user.account_enabled is None:
        raise Refused(_unknown_state(guest))
    kind = Guest if user.user_type == "Guest" else ExternalMember
    return kind(guest, redemption, user.account_enabled)


def _as_deleted(user: GraphUser) -> DeletedGuest | DeletedExternalMember | DeletedOwn:
    """Of which kind nobody knows: an account of your own, which nobody restores unasked."""
    guest = GuestId(user.id)
    if not user.external or user.user_type not in ("Guest", "Member"):
        return DeletedOwn(guest)
    return DeletedGuest(guest) if user.user_type == "Guest" else DeletedExternalMember(guest)


def _no_user_type(guest: GuestId) -> Reason:
    return Reason(
        "user_type_unknown",
        f"The account {guest} holds this address and has no user type, so nobody knows whether it "
        "is a guest; nothing was done. Set its user type (Member or Guest) in the directory, then "
        "ask again.",
    )


def _unknown_state(guest: GuestId) -> Reason:
    return Reason(
        "account_unreadable",
        f"The directory does not say whether the account {guest}, which holds this address, is "
        "enabled; nothing was done. Look at the account, then ask again.",
    )


def _asks(api: GraphServiceClient, address: Address, initial_domain: str) -> list[Ask]:
    filters = (
        f"mail eq {quoted(address)}",
        f"otherMails/any(x:x eq {quoted(address)})",
        f"proxyAddresses/any(x:x eq {quoted('smtp:' + address)})",
    )
    bin_ = api.directory.deleted_items.graph_user
    # The SDK shortens the name of the type; the documentation does not.
    bin_.url_template = bin_.url_template.replace("/graph.user", "/microsoft.graph.user")
    return [
        *(
            Ask(Method.GET, api.users, {"$filter": text, "$select": USER_FIELDS})
            for text in filters
        ),
        Ask(
            Method.GET,
            api.users.by_user_id(_guest_name(address, initial_domain)),
            {"$select": USER_FIELDS},
        ),
        Ask(Method.GET, bin_, {"$filter": f"mail eq {quoted(address)}", "$select": USER_FIELDS}),
    ]


def _guest_name(address: Address, initial_domain: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}_{domain}#EXT#@{initial_domain}"


def _read_list(answer: Answer) -> Sequence[GraphUser]:
    return _checked(answer).read(GraphUsers).value


def _checked(answer: Answer) -> Answer:
    if not answer.ok:
        raise translate(answer)
    return answer


def _the_one(users: list[GraphUser]) -> Known:
    if len(users) > 1:
        raise Refused(
            Reason(
                "several_accounts",
                "More than one account holds this address; clear that up in the directory first.",
            )
        )
    return as_known(users[0])
