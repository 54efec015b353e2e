"""POST /invitations: one address becomes one guest, or Graph's reason why not."""

from typing import Any, Final
from uuid import uuid4

from sandbox.directory.addresses import CLOSED, admit, guest_name
from sandbox.directory.bodies import Body, Field
from sandbox.directory.newcomers import new_guest
from sandbox.directory.refusals import Refused, bad, over_quota
from sandbox.directory.sponsors import sponsor
from sandbox.directory.things import User
from sandbox.directory.world import Answer, Call

RECIPIENT: Final[Body] = {
    "emailAddress": Field("object", inner={"name": Field(), "address": Field()})
}
MESSAGE: Final[Body] = {
    "ccRecipients": Field("things", most=1, inner=RECIPIENT),
    "customizedMessageBody": Field(),
    "messageLanguage": Field(),
}
BLOCKED: Final = (
    ", but the account is blocked from signing in. If the account is unblocked, they can use "
    "that account"
)
INVITATION: Final[Body] = {
    "invitedUserEmailAddress": Field(required=True),
    "inviteRedirectUrl": Field(required=True),
    "invitedUserDisplayName": Field(most=256),
    "invitedUserType": Field(),
    "sendInvitationMessage": Field("bool"),
    "invitedUserMessageInfo": Field("object", inner=MESSAGE),
    "invitedUserSponsors": Field("things", most=5, inner={"id": Field(required=True)}),
    "resetRedemption": Field("bool"),
    "invitedUser": Field("object", inner={"id": Field(required=True)}),
}


def invite(call: Call) -> Answer:
    address = call.body["invitedUserEmailAddress"].strip()
    admit(address, call.world.tenant)
    _sensible(call.body)
    sponsors = [sponsor(call, given["id"]) for given in call.body.get("invitedUserSponsors") or ()]
    if call.body.get("resetRedemption"):
        guest = _reset(address, call)
    else:
        guest = _known(address, call) or _create(address, call)
    if sponsors:
        guest.put("sponsors", [thing.id for thing in sponsors])
        call.audit("Add user sponsor", guest, operation="Assign")
    _log(guest, call)
    call.world.counters.add("invitations")
    _post(address, guest, call)
    return Answer(201, _invitation(address, guest, call))


def _log(guest: User, call: Call) -> None:
    """https://learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities"""
    reset = " with reset invitation status" if call.body.get("resetRedemption") else ""
    call.audit(f"Invite external user{reset}", guest, service="Invited Users", operation="Add")


def _sensible(body: dict[str, Any]) -> None:
    if body.get("invitedUserType") not in (None, "Guest", "Member"):
        raise bad("Invalid value specified for property 'invitedUserType'.")
    if not body["inviteRedirectUrl"].startswith(("https://", "http://")):
        raise bad("Invalid value specified for property 'inviteRedirectUrl'.", "BadRequest")


def _post(address: str, guest: User, call: Call) -> None:
    if call.body.get("sendInvitationMessage"):
        # https://learn.microsoft.com/entra/external-id/troubleshoot: the custom text is left out
        # when a service principal invites.
        info = call.body.get("invitedUserMessageInfo") or {}
        dropped = bool(info.get("customizedMessageBody"))
        call.world.post_mail(address, "invitation", user=guest.id, customTextDropped=dropped)


def _reset(address: str, call: Call) -> User:
    """https://learn.microsoft.com/entra/external-id/reset-redemption-status"""
    identity = (call.body.get("invitedUser") or {}).get("id")
    if identity is None:
        raise bad("A value is required for property 'invitedUser'.", "BadRequest")
    guest = call.world.user(identity)
    mails = [guest.mail or "", *guest.read("otherMails")]
    if address.lower() not in map(str.lower, mails):
        raise bad("The address is neither the mail nor among the otherMails of the user.")
    if any(row.read("principalId") == guest.id for row in call.store.assignments):
        raise Refused(403, "Forbidden", CLOSED)
    pending = {"externalUserState": "PendingAcceptance", "mail": address}
    at = {"externalUserStateChangeDateTime": call.world.stamp()}
    call.store.change(guest, pending | at)
    return guest


def _known(address: str, call: Call) -> User | None:
    """The guest who has the address already. Raises Refused for anyone else who has it."""
    store = call.store
    found = (
        store.with_proxy(f"smtp:{address}")
        + store.with_mail(address)
        + store.with_other_mail(address)
        + store.with_upn(guest_name(address, call.world.tenant))
        + store.with_upn(address)
    )
    if not found:
        _not_elsewhere(address, call)
        return None
    known = found[0]
    if known.accountEnabled is False:
        raise _exists(known, BLOCKED)
    if known.userType != "Guest":
        raise _exists(known)
    return known


def _not_elsewhere(address: str, call: Call) -> None:
    # Nothing documents an address that waits in the recycle bin; reports say "already exists".
    binned = call.store.in_bin_with(address)
    if binned is not None:
        raise _exists(binned)
    # Groups collide by address too: https://learn.microsoft.com/entra/external-id/troubleshoot.
    groups = call.store.groups.values()
    if any(address.lower() == str(group.read("mail") or "").lower() for group in groups):
        raise bad("Group email address is not supported.", "BadRequest")


def _exists(user: User, remark: str = ". They can use that account") -> Refused:
    return bad(
        f"The invited user already exists in the directory as object ID: {user.id}{remark} "
        "to sign in to shared apps and resources.",
        "BadRequest",
    )


def _create(address: str, call: Call) -> User:
    store, tenant = call.store, call.world.tenant
    if len(store.users) + len(store.groups) + len(store.bin) >= tenant.object_quota:
        raise over_quota()
    guest = store.enter(
        new_guest(
            address,
            tenant,
            call.world.stamp(),
            displayName=call.body.get("invitedUserDisplayName") or address.partition("@")[0],
            userType=call.body.get("invitedUserType") or "Guest",
        )
    )
    call.audit("Add user", guest, operation="Add")
    call.world.begin_replication(guest)
    return guest


def _invitation(address: str, guest: User, call: Call) -> dict[str, Any]:
    info = call.body.get("invitedUserMessageInfo") or {}
    pending = guest.externalUserState == "PendingAcceptance"
    return call.context("invitations/$entity") | {
        "id": str(uuid4()),
        "inviteRedeemUrl": f"https://login.microsoftonline.com/redeem?rd={guest.id}",
        "invitedUserDisplayName": guest.displayName,
        "invitedUserType": guest.userType,
        "invitedUserEmailAddress": address,
        "sendInvitationMessage": bool(call.body.get("sendInvitationMessage")),
        "resetRedemption": bool(call.body.get("resetRedemption")),
        "inviteRedirectUrl": call.body["inviteRedirectUrl"],
        "status": "PendingAcceptance" if pending else "Completed",
        "invitedUserMessageInfo": {
            "messageLanguage": info.get("messageLanguage"),
            "customizedMessageBody": info.get("customizedMessageBody"),
            "ccRecipients": info.get("ccRecipients") or [{"emailAddress": None}],
        },
        "invitedUser": {"id": guest.id},
    }
