"""What Graph's errors mean for a request: one table, read from the top."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from b2b.adapters.graph.answer import Answer
from b2b.domain.errors import Refused, TryLater
from b2b.domain.reason import Reason


@dataclass(frozen=True, slots=True)
class _Rule:
    """Fits when status, code and marker do; None and empty fit everything.

    `wait` in seconds makes it TryLater. `unclear`: the work may have been done all the same.
    Microsoft does not promise its texts, so a marker is the shortest telling part of one.
    """

    status: int | None
    code: str
    marker: str
    reason: Reason
    wait: float | None = None
    unclear: bool = False


_FAULT = Reason("directory_error", "The directory had a fault.")
_DOMAIN_LIST = Reason(
    "domain_blocked_by_tenant",
    "The tenant's list of collaboration domains does not admit this domain.",
)
_RULES = (
    _Rule(429, "", "", Reason("throttled", "The directory asks for a pause."), wait=10),
    _Rule(503, "", "", Reason("directory_busy", "The directory is busy."), wait=10),
    _Rule(504, "", "", Reason("directory_slow", "No answer in time."), 10, unclear=True),
    _Rule(401, "", "", Reason("not_signed_in", "The app's token was not accepted."), wait=60),
    _Rule(409, "", "", Reason("directory_conflict", "Somebody changed the same object."), wait=5),
    # https://learn.microsoft.com/graph/api/invitation-post: tenant settings beat permissions
    _Rule(
        None, "", "not allowed for your company",
        Reason("invitations_not_allowed",
               "The tenant does not let this app invite guests. Look at External collaboration "
               "settings, Guest invite settings; a change takes up to an hour."),
    ),
    _Rule(
        None, "", "cross-tenant access",
        Reason("blocked_by_cross_tenant_access",
               "Cross-tenant access settings block this partner. Administrators of both "
               "organizations have to allow it."),
    ),
    _Rule(
        None, "", "verified domain",
        Reason("own_tenant_domain",
               "The domain belongs to your own tenant; look for a member with this address."),
    ),
    # https://learn.microsoft.com/entra/external-id/allow-deny-list gives no text; what is blocked
    # by something other than cross-tenant access is blocked by the list of domains.
    _Rule(400, "", "blocked by", _DOMAIN_LIST),
    _Rule(400, "", "blocked domain", _DOMAIN_LIST),
    _Rule(
        403, "Directory_QuotaExceeded", "",
        Reason("directory_full",
               "The directory has reached its quota of objects. Remove some, or ask Microsoft "
               "for more."),
    ),
    # A restore whose sign-in name was taken meanwhile; a user is kept in the bin for 30 days:
    # https://learn.microsoft.com/graph/api/directory-deleteditems-restore
    _Rule(
        400, "", "same value for property userprincipalname already exists",
        Reason("sign_in_name_taken",
               "Another account has taken this one's sign-in name. Rename or delete that account, "
               "then restore again: the directory keeps a deleted guest for 30 days. Or invite "
               "the guest anew."),
    ),
    # https://learn.microsoft.com/graph/api/resources/signin (read 2026-11-23): needs P1 or P2; the
    # words are "Neither tenant is B2C or tenant doesn't have premium license".
    _Rule(
        403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "",
        Reason("premium_missing", "The directory tells this to tenants with Entra ID P1 or P2."),
    ),
    _Rule(
        403, "", "",
        Reason("permission_missing",
               "The app lacks a Graph permission, or the object is protected by an "
               "administrative role."),
    ),
    _Rule(
        400, "", "not a valid reference update",
        Reason("not_replicated", "The guest is too fresh to be given access."), wait=15,
    ),
    _Rule(
        404, "", "",
        Reason("not_found", "The directory does not know this object."),
    ),
)  # fmt: skip


UNFORESEEN = "directory_refused"
NO_TOKEN = Reason("no_token", "The app could not sign in; look at its managed identity.")


def translate(answer: Answer) -> Refused | TryLater:
    """The error to raise for an answer that is none of the expected ones."""
    code, message = error_of(answer)
    for rule in _RULES:
        if (
            rule.status in (None, answer.status)
            and rule.code in ("", code)
            and rule.marker in message.lower()
        ):
            return _error(rule, answer)
    if answer.status >= 500 or answer.status == 408:
        return TryLater(_FAULT, timedelta(seconds=10), unclear=True)
    return Refused(Reason(UNFORESEEN, f"The directory answered {answer.status} {code}: {message}"))


def error_of(answer: Answer) -> tuple[str, str]:
    """Code and message of an OData error; empty when the body holds none."""
    try:
        body = json.loads(answer.body) if isinstance(answer.body, bytes) else answer.body
        error = body["error"]
        return str(error.get("code") or ""), str(error.get("message") or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", ""


def no_answer(failure: httpx.TransportError, *, writes: bool) -> TryLater:
    """A connection that never stood carried nothing; one that broke may have carried a write."""
    unclear = writes and not isinstance(failure, _NOT_SENT)
    reason = Reason("directory_unreachable", "No answer from the directory.")
    return TryLater(reason, timedelta(seconds=10), unclear=unclear)


_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds, whole or fractional, or a date. None when absent or unreadable."""
    text = headers.get("Retry-After", "")
    try:
        return timedelta(seconds=max(float(text), 0))
    except (ValueError, OverflowError):
        pass
    try:
        return max(parsedate_to_datetime(text) - datetime.now(UTC), timedelta(0))
    except (ValueError, TypeError):
        return None


def _error(rule: _Rule, answer: Answer) -> Refused | TryLater:
    if rule.wait is None:
        return Refused(rule.reason)
    asked = retry_after(answer.headers)
    wait = asked if asked is not None else timedelta(seconds=rule.wait)
    return TryLater(rule.reason, wait, unclear=rule.unclear)
