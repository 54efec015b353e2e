"""How a check can end, and what people are told about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from b2b.domain.finding import Finding, Severity
from b2b.domain.policy import Policy
from b2b.domain.posture.readable import NotReadable
from b2b.domain.posture.tenant import Tenant


class Status(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNCLEAR = "unclear"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Passed:
    found: str


@dataclass(frozen=True, slots=True)
class Failed:
    """`severity` and `remedy` stand in for those of the check where the case differs."""

    found: str
    severity: Severity | None = None
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Unclear:
    """Read, but it cannot be told whether it is in order."""

    found: str


Verdict = Passed | Failed | Unclear | NotReadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question about the tenant. `severity` is how grave a failure is."""

    id: str
    severity: Severity
    title: str
    why: str
    remedy: str
    link: str
    judge: Callable[[Tenant, Policy], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One check of one tenant; `missing` says what it takes to check what was not checked."""

    finding: Finding
    status: Status
    missing: str = ""


def look_at(check: Check, tenant: Tenant, policy: Policy) -> Result:
    verdict = check.judge(tenant, policy)
    match verdict:
        case Passed(found):
            return _told(check, Status.PASSED, found, Severity.INFO)
        case Failed(found, severity, remedy):
            return _told(check, Status.FAILED, found, severity or check.severity, remedy)
        case Unclear(found):
            return _told(check, Status.UNCLEAR, found, Severity.LOW)
        case NotReadable():
            found = f"Not checked: {verdict.sentence}"
            return _told(check, Status.NOT_CHECKED, found, Severity.INFO, missing=verdict.missing)
        case _:
            assert_never(verdict)


def _printable(text: str) -> str:
    """Names are whatever somebody typed, and a terminal obeys what it prints."""
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def _told(
    check: Check,
    status: Status,
    found: str,
    severity: Severity,
    remedy: str = "",
    missing: str = "",
) -> Result:
    finding = Finding(
        id=check.id,
        severity=severity,
        title=check.title,
        found=_printable(found),
        why=check.why,
        remedy=remedy or check.remedy,
        link=check.link,
    )
    return Result(finding=finding, status=status, missing=missing)
