"""A page that fails, a process that dies, a licence that is missing: whole or not at all."""

import json
from datetime import datetime, timedelta

import pytest

from b2b.adapters.graph.census import GraphRegister
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.pacing import Pacing
from b2b.domain.activity import Coverage, Gap, Kind
from b2b.domain.activity import findings as activity_findings
from b2b.domain.reason import Reason
from tests.adapters.standin import SCOPE, Token
from tests.census.tenant import PAGE, ROLES, Scene, fill, scene
from tests.fakes.footing import Died

REPORT = {"census.json", "guests.csv", "report.html"}


def reports(now: Scene) -> set[str]:
    return {name.rpartition("/")[2] for name in now.left() if name.startswith("census/")}


@pytest.mark.parametrize(
    "path",
    [
        r"^/users\?.*skiptoken",  # a later page of guests
        r"^/users\?.*signInActivity",
        r"^/users/\$count",
        r"^/directory/deletedItems",
        r"^/roleManagement/directory/roleAssignments",
        r"^/\$batch|mail in",  # the sponsors
    ],
)
async def test_what_cannot_be_read_leaves_no_report_but_the_reason(now: Scene, path: str) -> None:
    now.fails(path, status=500, count=None)
    if "batch" in path:
        now.graph.world.faults.rules[-1].method = "POST"

    assert not await now.run()

    assert reports(now) == {"stopped.json"}
    assert "latest.html" not in now.left()
    assert json.loads(now.text("stopped.json"))["code"] == "directory_error"


async def test_the_next_turn_after_a_failure_makes_the_whole_census(now: Scene) -> None:
    now.fails(r"^/users\?.*signInActivity", status=500, count=4, skip=2)
    assert not await now.run()

    assert await now.run()

    assert reports(now) == REPORT | {"stopped.json"}
    assert now.told()["counts"]["guests"] == 17


async def test_a_fault_that_passes_is_no_failure(now: Scene) -> None:
    now.fails(r"^/users\?.*skiptoken", status=503, count=2, headers={"Retry-After": "1"})

    assert await now.run()

    assert reports(now) == REPORT


async def test_a_list_without_its_value_is_no_empty_list(now: Scene) -> None:
    now.fails(
        r"^/users\?.*accountEnabled", status=200, body='{"@odata.nextLink": null}', count=None
    )

    assert not await now.run()

    assert reports(now) == {"stopped.json"}


async def test_guests_that_the_directory_counts_and_does_not_list_are_an_error(now: Scene) -> None:
    now.fails(r"^/users\?.*accountEnabled", status=200, body='{"value": []}', count=1)

    assert not await now.run()

    assert json.loads(now.text("stopped.json"))["code"] == "count_differs"


async def test_who_comes_and_goes_while_dates_are_read_spoils_nothing(now: Scene) -> None:
    """Counted, one comes and is listed; two go in the turns that reading the dates takes."""
    pause = {"status": 429, "headers": {"Retry-After": "900"}}
    now.fails(r"^/users\?.*skiptoken", **pause)
    now.fails(r"^/users\?.*signInActivity", skip=1, **pause)
    assert not await now.run()
    now.guest("comes@fabrikam.example")
    now.clock.advance(timedelta(minutes=20))
    assert not await now.run()
    now.goes("unmanaged@contoso.example")
    now.goes("never.seen@contoso.example")
    now.clock.advance(timedelta(minutes=20))

    assert await now.run()

    assert now.told()["counts"]["guests"] == 18


async def test_a_deleted_guest_needs_no_word_on_having_been_enabled(now: Scene) -> None:
    gone = {"id": "1", "userType": "Guest", "accountEnabled": None}
    told = {"value": [gone | {"deletedDateTime": now.ago(2)}]}
    now.fails("^/directory/deletedItems", status=200, body=json.dumps(told))

    assert await now.run()

    assert now.told()["counts"]["soft_deleted"] == 1
    assert now.told()["counts"]["guests"] == 17


async def test_who_is_in_the_bin_is_never_counted_among_those_who_are_there(now: Scene) -> None:
    gone = {"id": "1", "userType": "Guest", "accountEnabled": True}
    now.fails("^/directory/deletedItems", status=200, body=json.dumps({"value": [gone]}))

    assert not await now.run()

    assert json.loads(now.text("stopped.json"))["code"] == "answer_malformed"


async def test_a_policy_with_a_fault_stops_the_census(now: Scene) -> None:
    now.policy.now = Reason("policy_faulty", "The policy has faults.")

    assert not await now.run()

    assert json.loads(now.text("stopped.json"))["code"] == "policy_faulty"


async def test_a_turn_that_ends_is_gone_on_with_by_the_next(now: Scene) -> None:
    """The directory asks for a pause that is longer than the turn."""
    now.fails(r"^/users\?.*signInActivity", status=429, headers={"Retry-After": "900"}, skip=2)
    assert not await now.run()
    read = now.requests()["GET /users"]
    assert reports(now) == set()
    now.clock.advance(timedelta(minutes=20))

    assert await now.run()

    assert now.requests()["GET /users"] - read < read  # the pages read before are not read again
    assert now.told()["counts"]["guests"] == 17


async def test_a_process_that_dies_anywhere_leaves_a_whole_census_in_the_end() -> None:
    async with scene(page=50) as now:
        fill(now)
        await now.run()
        steps = now.files._footing.steps
        whole = {name: now.text(name) for name in REPORT}

        for step in range(1, steps + 1, 3):
            now.files.blobs.clear()
            now.files._footing.steps, now.files._footing.dies_at = 0, step
            with pytest.raises(Died):
                await now.run()
            now.files._footing.dies_at = None
            done = "census.json" in reports(now)

            assert await now.run()

            assert {name: now.text(name) for name in REPORT} == whole
            assert now.files.text("reports", "latest.html") == whole["report.html"]
            assert not done or step > steps - 3


async def test_without_a_licence_for_dates_they_are_told_as_not_known() -> None:
    async with scene() as now:
        fill(now)
        now.graph.world.tenant = now.graph.world.tenant.changed({"licences": []})

        assert await now.run()

        told = now.told()
        assert told["lastSeen"] is None
        assert "P1" in told["lastSeenNote"]
        assert told["funnel"]["active"] is None
        assert "no_sign_in_dates" in {one["id"] for one in told["findings"]}
        assert "not known" in now.text("report.html")


async def test_without_the_permission_for_dates_they_are_told_as_not_known() -> None:
    async with scene(roles=[role for role in ROLES if not role.startswith("Audit")]) as now:
        fill(now)

        assert await now.run()

        assert now.told()["lastSeen"] is None
        assert "AuditLog.Read.All" in now.told()["lastSeenNote"]


async def test_a_quota_that_cannot_be_read_is_told_and_nothing_else_changes(now: Scene) -> None:
    now.fails("^/organization", status=403, count=None)

    assert await now.run()

    quota = next(one for one in now.told()["limits"] if one["id"] == "directory_quota")
    assert quota["used"] is None
    assert "does not tell" in quota["note"]


async def test_the_quota_is_the_directorys(now: Scene) -> None:
    await now.run()

    world = now.graph.world
    used = len(world.store.users) + len(world.store.groups) + len(world.store.bin)
    quota = next(one for one in now.told()["limits"] if one["id"] == "directory_quota")
    assert (quota["used"], quota["most"]) == (used, world.tenant.object_quota)


async def test_monthly_active_guests_come_from_the_export_or_are_told_missing(now: Scene) -> None:
    await now.run()
    before = next(one for one in now.told()["limits"] if one["id"] == "monthly_active")
    now.files.blobs.clear()
    now.active_guests(41_000)

    await now.run()

    after = next(one for one in now.told()["limits"] if one["id"] == "monthly_active")
    assert before["used"] is None
    assert "No export" in before["note"]
    assert (after["used"], after["most"]) == (41_000, 50_000)
    assert after["note"] == ""
    assert "monthly_active_near" in {one["id"] for one in now.told()["findings"]}


async def test_active_guests_of_a_month_that_was_not_all_read_are_told_as_that(now: Scene) -> None:
    now.active_guests(12, partial=True)

    await now.run()

    told = next(one for one in now.told()["limits"] if one["id"] == "monthly_active")
    assert (told["used"], told["note"]) == (
        12,
        "Part of this month was never read: there may be more.",
    )
    assert told["note"] in now.text("report.html")


async def test_what_the_export_misses_is_a_finding_of_the_census(now: Scene) -> None:
    gap = Gap(kind=Kind.SIGN_INS, since=now.clock() - timedelta(days=2), until=now.clock())
    now.troubled += activity_findings(Coverage(gaps=frozenset({gap})), now.clock())

    await now.run()

    (told,) = [one for one in now.told()["findings"] if one["id"] == "activity_gap_signins"]
    assert told["severity"] == "high"
    assert "Nobody exported them" in told["found"]


async def test_earlier_censuses_make_trend_comparison_and_the_day_of_the_ceiling(
    now: Scene,
) -> None:
    for ago in range(1, 15):
        counts = {"counts": {"guests": 17 - ago}}
        earlier = now.today - timedelta(days=ago)
        now.files.put("reports", f"census/{earlier}/census.json", json.dumps(counts).encode())
    damaged = now.today - timedelta(days=20)
    now.files.put("reports", f"census/{damaged}/census.json", b"{")

    await now.run()

    told = now.told()
    assert told["guestsPerDay"] == 1
    changes = {one["with"]: one["differences"].get("guests") for one in told["compared"]}
    assert changes == {"last run": 1, "7 days ago": 7, "30 days ago": None, "90 days ago": None}
    ceiling = next(one for one in told["limits"] if one["id"] == "policy_ceiling")
    assert ceiling["reachedOn"] is None  # 50,000 guests at one a day: not in five years
    quota = next(one for one in told["limits"] if one["id"] == "directory_quota")
    assert quota["reachedOn"] is None


async def test_the_posture_of_the_tenant_is_shown_as_it_was_found(now: Scene) -> None:
    check = {
        "id": "mfa",
        "status": "failed",
        "severity": "high",
        "title": "MFA <b>for guests</b>",
        "found": "No policy asks for it.",
        "link": "javascript:alert(1)",
    }
    checks = {"checks": [check, {"status": "?"}, "nonsense"]}
    name = f"posture/{now.today - timedelta(days=2)}/posture.json"
    now.files.put("reports", name, json.dumps(checks).encode())

    await now.run()

    page = now.text("report.html")
    assert "MFA &lt;b&gt;for guests&lt;/b&gt;" in page
    assert "No policy asks for it." in page
    assert "javascript:" not in page


async def test_counts_alone_cost_a_handful_of_requests(now: Scene) -> None:
    quick, quota = await now.census.quick()

    assert sum(now.requests().values()) == 6
    assert (quick.guests, quick.pending, quick.disabled) == (18, 2, 2)  # the program is one
    assert (quick.new, quick.deleted) == (2, 1)
    assert not isinstance(quota, str)


async def test_after_a_failure_nothing_that_was_read_before_is_used(now: Scene) -> None:
    """A page's link that has expired would fail for ever."""
    words = "The specified page token value has expired or is invalid."
    expired = {"status": 400, "code": "Directory_ExpiredPageToken", "message": words}
    now.fails(r"^/users\?.*skiptoken", skip=3, count=1, **expired)
    assert not await now.run()
    before = now.requests()["GET /users"]

    assert await now.run()

    lists = 2 * (18 // PAGE)  # everybody, and everybody's dates
    sponsors = 1
    assert now.requests()["GET /users"] - before == lists + sponsors


async def test_dates_are_asked_for_at_the_pace_that_the_directory_allows() -> None:
    """10 a minute, with the paces that the app has when nobody sets others."""
    async with scene() as now:
        fill(now)
        asked: list[datetime] = []

        async def pause(seconds: float) -> None:
            now.clock.advance(timedelta(seconds=seconds))

        adapter = connect(Token(now.graph.token(*ROLES)), now.graph.url, SCOPE)
        pacing = Pacing(lambda: now.clock().timestamp(), pause)
        register, following = GraphRegister(adapter, pacing, page=1), ""
        while following or not asked:
            page = await register.sign_ins(following)
            following = page.following
            asked.append(now.clock())

    assert len(asked) == 18
    for first, eleventh in pairwise_by(10, asked):
        assert eleventh - first >= timedelta(minutes=1)


def pairwise_by(step: int, moments: list[datetime]) -> list[tuple[datetime, datetime]]:
    return list(zip(moments, moments[step:], strict=False))
