"""What Graph's errors mean: the table, and how long to wait."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.errors import error_of, no_answer, retry_after, translate
from b2b.domain.errors import Refused, TryLater


def answer(status: int, code: str = "", message: str = "", **headers: str) -> Answer:
    body = json.dumps({"error": {"code": code, "message": message}}).encode()
    return Answer(status, httpx.Headers({n.replace("_", "-"): v for n, v in headers.items()}), body)


@pytest.mark.parametrize(
    ("status", "reason", "seconds", "unclear"),
    [
        (429, "throttled", 10, False),
        (503, "directory_busy", 10, False),
        (500, "directory_error", 10, True),
        (502, "directory_error", 10, True),
        (504, "directory_slow", 10, True),
        (401, "not_signed_in", 60, False),
        (409, "directory_conflict", 5, False),
    ],
)
def test_what_passes_is_tried_later(status: int, reason: str, seconds: int, unclear: bool) -> None:
    error = translate(answer(status, "whatever", "whatever"))

    assert isinstance(error, TryLater)
    assert (error.reason.code, error.unclear) == (reason, unclear)
    assert error.after == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "code", "message", "reason"),
    [
        (
            403,
            "Unauthorized",
            "Guest invitations not allowed for your company. Contact your company administrator.",
            "invitations_not_allowed",
        ),
        (
            400,
            "BadRequest",
            "This invitation is blocked by cross-tenant access settings. Admins in both your "
            "organization and the invited user's organization must configure them.",
            "blocked_by_cross_tenant_access",
        ),
        (
            400,
            "BadRequest",
            "This user cannot be invited because the domain of the user's email address is a "
            "verified domain of this directory.",
            "own_tenant_domain",
        ),
        (400, "BadRequest", "The address is of a blocked domain.", "domain_blocked_by_tenant"),
        (403, "Directory_QuotaExceeded", "Quota exceeded.", "directory_full"),
        (403, "Authorization_RequestDenied", "Insufficient privileges.", "permission_missing"),
        (404, "Request_ResourceNotFound", "Resource does not exist.", "not_found"),
        (400, "Request_BadRequest", "Something new.", "directory_refused"),
        (418, "", "", "directory_refused"),
    ],
)
def test_what_does_not_pass_is_refused(status: int, code: str, message: str, reason: str) -> None:
    error = translate(answer(status, code, message))

    assert isinstance(error, Refused)
    assert error.reason.code == reason
    assert error.reason.sentence


def test_a_guest_too_fresh_for_a_reference_is_tried_later() -> None:
    error = translate(answer(400, "Request_BadRequest", "Not a valid reference update."))

    assert isinstance(error, TryLater)
    assert (error.reason.code, error.after) == ("not_replicated", timedelta(seconds=15))


def test_the_answer_to_a_part_of_a_batch_is_read_alike() -> None:
    body = {"error": {"code": "Directory_QuotaExceeded", "message": "..."}}
    error = translate(Answer(403, httpx.Headers(), body))

    assert error.reason.code == "directory_full"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error":"x"}', b"\xff", None, "x", 3])
def test_a_body_that_is_no_odata_error_has_neither_code_nor_message(body: object) -> None:
    assert error_of(Answer(502, {}, body)) == ("", "")


@pytest.mark.parametrize("body", [{"error": {}}, {"error": {"code": None, "message": None}}])
def test_an_empty_error_has_neither_code_nor_message(body: object) -> None:
    assert error_of(Answer(400, {}, body)) == ("", "")


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7), ("2.128", 2.128), ("0", 0), ("-3", 0), (" 5 ", 5)]
)
def test_retry_after_may_be_seconds_or_a_fraction(text: str, seconds: float) -> None:
    assert retry_after({"Retry-After": text}) == timedelta(seconds=seconds)


def test_retry_after_may_be_a_date() -> None:
    soon = datetime.now(UTC) + timedelta(seconds=90)
    wait = retry_after({"Retry-After": format_datetime(soon, usegmt=True)})

    assert wait is not None
    assert timedelta(seconds=80) < wait <= timedelta(seconds=90)
    assert retry_after({"Retry-After": "Mon, 23 Nov 2020 09:00:00 GMT"}) == timedelta(0)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "1e999", "Mon, 99 Nov 2026"])
def test_an_unreadable_retry_after_is_none(text: str) -> None:
    assert retry_after({"Retry-After": text}) is None
    assert retry_after({}) is None


def test_the_wait_that_graph_asks_for_comes_before_ours() -> None:
    error = translate(answer(503, Retry_After="2.5"))

    assert isinstance(error, TryLater)
    assert error.after == timedelta(seconds=2.5)


@pytest.mark.parametrize(
    ("failure", "writes", "unclear"),
    [
        (httpx.ConnectError(""), True, False),
        (httpx.ConnectTimeout(""), True, False),
        (httpx.ReadTimeout(""), True, True),
        (httpx.RemoteProtocolError(""), True, True),
        (httpx.WriteError(""), True, True),
        (httpx.ReadTimeout(""), False, False),
    ],
)
def test_only_a_write_that_may_have_arrived_is_unclear(
    failure: httpx.TransportError, writes: bool, unclear: bool
) -> None:
    wait = no_answer(failure, writes=writes)

    assert wait.unclear is unclear
    assert wait.reason.code == "directory_unreachable"
