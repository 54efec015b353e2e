"""The exporter dies at any step, or runs beside another: each event is in the fold exactly once."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from b2b.domain.activity import Kind
from tests.fakes.event_log import FakeLogTable
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Died, Footing
from tests.flows_activity.scene import ANN, BEN, HOUR, MIA, Scene, at

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 31)


def crowd(scene: Scene) -> Scene:
    """Two months, several hours, failures, and somebody who is no guest."""
    scene.signs_in(ANN, at=at(1, 0) - timedelta(microseconds=1))
    scene.signs_in(ANN, at=at(1, 0))
    for minute in range(0, 240, 30):
        scene.signs_in(ANN, at=scene.theirs() - timedelta(minutes=minute))
        scene.signs_in(MIA, at=scene.theirs() - timedelta(minutes=minute))
        scene.signs_in(BEN, at=scene.theirs() - timedelta(minutes=minute), error=50126)
        scene.happens_to(BEN, at=scene.theirs() - timedelta(minutes=minute))
    return scene


async def the_fold(scene: Scene) -> None:
    """Raises when anything is missing or twice, in the files or among the active guests."""
    assert scene.held(Kind.SIGN_INS) == scene.said(Kind.SIGN_INS, ANN, BEN)
    assert scene.held(Kind.AUDITS) == scene.said(Kind.AUDITS, BEN)
    for month, active in (("2026-10", 1), ("2026-11", 1)):
        summary = json.loads(scene.files.text("activity", f"summary/{month}.json"))
        assert summary["activeGuests"] == active, month


async def test_whoever_dies_at_any_step_loses_and_doubles_nothing() -> None:
    """Every step outside the process, before and after it, until one run holds to its end."""
    died = 0
    for step in range(1, 10_000):
        scene = crowd(Scene(footing=Footing(dies_at=step)))
        try:
            await scene.run()
        except Died:
            died += 1
        if scene.footing.held:
            break
        await scene.hours()
        await the_fold(scene)

    assert scene.footing.held
    assert died == step - 1 > 80


async def test_whoever_dies_amid_a_later_hour_loses_and_doubles_nothing() -> None:
    for step in range(1, 10_000):
        scene = crowd(Scene())
        await scene.run()
        for _ in range(3):
            scene.signs_in(BEN, at=scene.theirs() + timedelta(minutes=20), error=50126)
        scene.pass_(HOUR)
        scene.footing.steps, scene.footing.dies_at = 0, step
        try:
            await scene.run()
        except Died:
            await scene.hours()
            await the_fold(scene)
            continue
        break

    assert scene.footing.held
    assert step > 20


async def test_log_analytics_misses_nothing_whoever_dies_and_gets_twice_one_parcel_at_most() -> (
    None
):
    most = 0
    for step in range(1, 10_000):
        footing = Footing(dies_at=step)
        table = FakeLogTable(footing)
        scene = crowd(Scene(footing=footing, table=table))
        try:
            await scene.run()
        except Died:
            await scene.hours(2)
        sent = [identity for _, identity in table.rows]
        wanted = scene.said(Kind.SIGN_INS, ANN, BEN) + scene.said(Kind.AUDITS, BEN)
        assert {*sent} == {json.loads(line)["id"] for line in wanted}
        most = max(most, len(sent) - len({*sent}))
        if footing.held:
            break

    assert 0 < most <= 8


@dataclass(frozen=True)
class Baton:
    """Two exporters take turns: before each blob that one touches, the other may go."""

    files: FakeFiles

    def open(self, container: str, name: str):  # type: ignore[no-untyped-def]
        return self.files.open(container, name)

    async def write(self, container: str, name: str, chunks: AsyncIterator[bytes]) -> None:
        await asyncio.sleep(0)
        await self.files.write(container, name, chunks)

    async def replace(
        self, container: str, name: str, known: str, chunks: AsyncIterator[bytes]
    ) -> None:
        await asyncio.sleep(0)
        await self.files.replace(container, name, known, chunks)

    async def remove(self, container: str, name: str) -> None:
        await asyncio.sleep(0)
        await self.files.remove(container, name)

    async def read(self, container: str, name: str, known: str = "") -> tuple[bytes | None, str]:
        await asyncio.sleep(0)
        return await self.files.read(container, name, known)

    async def names(self, container: str) -> list[tuple[str, str]]:
        await asyncio.sleep(0)
        return await self.files.names(container)


async def test_two_exporters_at_once_lose_and_double_nothing() -> None:
    scene = crowd(Scene())
    unequal = crowd(Scene(page=1))
    unequal.log.logged = scene.log.logged
    both = [scene.exporter(), unequal.exporter()]
    for one in both:
        object.__setattr__(one, "files", Baton(scene.files))
    await asyncio.gather(*(one.export() for one in both))
    await the_fold(scene)
    scene.signs_in(ANN)
    await asyncio.gather(*(one.export() for one in both))
    await scene.hours()

    await the_fold(scene)


async def test_two_exporters_who_see_different_events_keep_those_of_both() -> None:
    """As two replicas of a log would tell them; the files of the hours are there already."""
    scene = crowd(Scene())
    await scene.run()
    other = Scene()
    other.number, other.log.logged = 1000, scene.log.logged
    ours, theirs = dict(scene.log.logged), dict(scene.log.logged)
    for one, logged in ((scene, ours), (other, theirs)):
        one.log.logged = {kind: list(held) for kind, held in logged.items()}
        one.signs_in(ANN, at=scene.theirs() - timedelta(minutes=9))
        one.happens_to(BEN, at=scene.theirs() - timedelta(minutes=9))
    both = [scene.exporter(), other.exporter()]
    for exporter in both:
        object.__setattr__(exporter, "files", Baton(scene.files))
    await asyncio.gather(*(exporter.export() for exporter in both))
    for kind in Kind:
        scene.log.logged[kind] += other.log.logged[kind][-1:]

    await the_fold(scene)


async def test_an_exporter_that_is_behind_takes_nothing_back_from_one_that_is_ahead() -> None:
    scene = crowd(Scene())
    ahead = await scene.run()
    scene.theirs.now -= 2 * HOUR
    behind = await scene.run()

    assert behind.cursors == ahead.cursors
    await the_fold(scene)


@pytest.mark.parametrize("runs", [1, 2, 5])
async def test_a_guest_counts_once_in_each_month_and_only_for_a_success(runs: int) -> None:
    scene = crowd(Scene())
    for _ in range(runs):
        await scene.hours()
    active = scene.exporter_of_guests()
    october, november = await active(OCTOBER), await active(NOVEMBER)

    assert october is not None
    assert november is not None
    assert october.active_guests == november.active_guests == 1
    assert await active(date(2026, 9, 30)) is None
