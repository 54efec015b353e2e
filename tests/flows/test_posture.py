"""The nightly audit: what it leaves, and when it leaves nothing."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from b2b.domain.activity import SignIn
from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import InvitationsFrom
from b2b.domain.posture import Cause, NotReadable, Status
from b2b.domain.posture.tenant import Authorization
from b2b.domain.reason import Reason
from b2b.flows.posture import PostureAudit
from b2b.flows.posture_report import PostureReport
from tests.domain.posture.tenants import GUEST, LISTED, POLICY, SOUND
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing
from tests.fakes.policy import FakePolicy
from tests.fakes.posture import FakeExport, FakeInspector

DAY = timedelta(days=1)
AWAY = TryLater(Reason("storage_away", "Storage is out of reach."), timedelta(seconds=9))


class Night:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.files = FakeFiles(Footing())
        self.export = FakeExport()
        self.export.covers(self.clock() - 90 * DAY, self.clock())
        self.inspector = FakeInspector(replace(SOUND, requests={"reads": 21}), {LISTED})
        self.policy = FakePolicy(POLICY)
        self.audit = PostureAudit(
            inspector=self.inspector,
            sign_ins=self.export.sign_ins,
            reach=self.export.reach,
            policy=self.policy,
            report=PostureReport(self.files),
            clock=self.clock,
        )

    async def report(self) -> dict[str, Any]:
        await self.audit.audit()
        name = f"posture/{self.clock():%Y-%m-%d}/posture.json"
        told: dict[str, Any] = json.loads(self.files.blobs["reports", name][0])
        return told

    def failed(self, error: int, count: int) -> None:
        for number in range(count):
            at = self.clock() - timedelta(hours=number + 1)
            self.export.lines.append(
                SignIn(
                    id=str(number),
                    at=at,
                    guest=GUEST,
                    error=error,
                    country="",
                    application="",
                    conditional_access="",
                )
            )


@pytest.fixture
def night() -> Night:
    return Night()


async def test_the_report_tells_every_check(night: Night) -> None:
    told = await night.report()

    assert told["date"] == f"{night.clock():%Y-%m-%d}"
    assert told["policyVersion"] == "v1"
    assert told["requests"] == {"reads": 21}
    assert {one["status"] for one in told["checks"]} == {"passed"}
    words = {"id", "status", "severity", "title", "found", "why", "remedy", "link"}
    assert all(one.keys() == words for one in told["checks"])


async def test_what_was_not_checked_says_what_is_missing(night: Night) -> None:
    unread = NotReadable(cause=Cause.LICENCE, needs="P2", sentence="No P2.")
    night.inspector.tenant = replace(night.inspector.tenant, risky_guests=unread)
    told = {one["id"]: one for one in (await night.report())["checks"]}

    assert told["risk.guests"]["status"] == "not_checked"
    assert told["risk.guests"]["missing"] == "P2"
    assert "missing" not in told["licences"]


async def test_a_second_run_over_the_same_tenant_leaves_the_same(night: Night) -> None:
    first = await night.report()

    assert await night.report() == first
    night.clock.reach(night.clock() + timedelta(hours=20))
    assert (await night.report())["checks"] == first["checks"]


async def test_a_fault_is_told_with_its_gravity(night: Night) -> None:
    anybody = Authorization(invitations_from=InvitationsFrom.EVERYONE, guest_access=None)
    night.inspector.tenant = replace(night.inspector.tenant, authorization=anybody)
    told = {one["id"]: one for one in (await night.report())["checks"]}

    assert (told["invitations.who"]["status"], told["invitations.who"]["severity"]) == (
        "failed",
        "high",
    )


async def test_a_tenant_that_tells_nothing_leaves_no_report(night: Night) -> None:
    night.inspector.go_dark(NotReadable(cause=Cause.ERROR, sentence="No answer."))
    with pytest.raises(TryLater) as wait:
        await night.audit.audit()

    assert wait.value.reason.code == "tenant_unreadable"
    assert not night.files.blobs


async def test_without_a_policy_nothing_is_judged(night: Night) -> None:
    night.policy.now = Reason("policy_missing", "There is no policy.")
    with pytest.raises(Refused):
        await night.audit.audit()

    assert not night.files.blobs


async def odd(night: Night) -> dict[str, Any]:
    checks: list[dict[str, Any]] = (await night.report())["checks"]
    return next(one for one in checks if one["id"] == "signins.odd")


async def test_sign_ins_of_the_export_are_looked_at(night: Night) -> None:
    night.failed(500121, 3)

    assert (await odd(night))["status"] == "failed"


async def test_sign_ins_before_the_fourth_week_are_left(night: Night) -> None:
    night.failed(500121, 3)
    night.clock.reach(night.clock() + 8 * DAY)
    night.export.covers(night.clock() - 90 * DAY, night.clock())

    assert (await odd(night))["status"] == "passed"


@pytest.mark.parametrize(("hours", "status"), [(23, "passed"), (25, "not_checked")])
async def test_an_export_that_stands_still_is_no_calm(
    night: Night, hours: int, status: str
) -> None:
    now = night.clock()
    night.export.covers(now - 90 * DAY, now - timedelta(hours=hours))

    assert (await odd(night))["status"] == status


async def test_no_export_is_told(night: Night) -> None:
    night.export.refuse("permission_missing")

    assert (await odd(night))["missing"] == "activity export"


async def test_a_tenant_without_the_log_needs_a_licence(night: Night) -> None:
    night.export.refuse("premium_missing")

    assert (await odd(night))["missing"] == "P1"


async def test_half_of_the_lines_are_no_calm_either(night: Night) -> None:
    night.failed(0, 2)
    night.export.trouble = AWAY

    assert (await odd(night))["missing"] == "error"


async def test_who_is_a_guest_has_to_be_known(night: Night) -> None:
    unread = NotReadable(cause=Cause.PERMISSION, needs="User.Read.All", sentence="")
    night.inspector.tenant = replace(night.inspector.tenant, guests=unread)

    assert (await odd(night))["missing"] == "permission User.Read.All"


async def test_a_check_touches_nothing(night: Night) -> None:
    judgement = await night.audit.check()

    assert {one.status for one in judgement.results} == {Status.PASSED}
    assert not night.files.blobs
