"""Report touches nothing; enforce does what the plan said; undo brings the directory back."""

import asyncio
import csv
import io
import json
import os
import re
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from b2b.wiring import House
from sandbox.desk import AZ
from sandbox.identity.people import PERSON
from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_sweep.tenant import (
    BLOCKED,
    HANDED_OVER,
    NOW,
    PEOPLE,
    REMINDED,
    REMOVED,
    TOLD,
    address,
    identity,
    policy,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
TODAY = f"{NOW:%Y-%m-%d}"
ONE_WAY = ("signInSessionsValidFromDateTime",)  # ended sessions stay ended
Rows = list[dict[str, str]]


async def test_report_mode_tells_everything_and_touches_nothing(
    town: Town, yesterday: House
) -> None:
    before = await _state(town)

    run = await yesterday.stays.sweep.go_on()

    counters = await town.get(f"{town.control}/counters")
    assert counters["writes"] == 0
    assert counters["mails"] == 0
    assert await _state(town) == before
    assert run.state == "done"
    plan = await _report(town, run.id, "plan.csv")
    assert _decided(plan, "block") == BLOCKED
    assert _decided(plan, "remove") == REMOVED
    assert _decided(plan, "entitled") == {"entitled"}
    findings = await _report(town, run.id, "findings.csv")
    assert [one["guestId"] for one in findings if one["code"] == "entitled"] == [
        identity("entitled")
    ]
    assert {"not_a_guest"}.isdisjoint(row["decision"] for row in plan)
    assert len(plan) == sum(end is not None for _, end in PEOPLE.values()) - 1  # the member


async def test_the_plan_command_shows_the_same_decisions_with_reasons(town: Town) -> None:
    shown = await _command(town, "plan", "--format", "json")

    foreseen = json.loads(shown)
    by_decision = {row["email"]: row["decision"] for row in foreseen["plan"]}
    assert {mail for mail, word in by_decision.items() if word == "block"} == {
        address(name) for name in BLOCKED
    }
    assert all(row["rule"] and row["date"] and row["due"] for row in foreseen["plan"])
    assert "exemption_ends" in {one["code"] for one in foreseen["found"]}


async def test_enforce_does_exactly_what_the_plan_said_and_undo_takes_it_back(
    town: Town,
) -> None:
    await town.storage.put("config", "policy.toml", policy("enforce"))
    before = await _state(town)
    await town.start_host()

    await _sweep(town)
    outcome = await scene.until(lambda: _finished(town, TODAY))
    after = await _state(town)

    assert {row["done"] for row in outcome} == {"done"}, outcome
    plan = await _report(town, TODAY, "plan.csv")
    planned = {(row["email"], row["decision"]) for row in plan if row["fate"] == "due"}
    assert {(row["email"], row["decided"]) for row in outcome} == planned
    assert _decided(outcome, "block", "decided") == BLOCKED
    assert _decided(outcome, "remind", "decided") == REMINDED
    assert _decided(outcome, "hand_over", "decided") == HANDED_OVER
    assert _changed(before, after) == BLOCKED | REMOVED
    assert [one["mail"] for one in after["deleted"]] == [address(name) for name in REMOVED]
    assert after["members"] == before["members"]
    kept = await town.storage.names("departures")
    assert len(kept) == len(REMOVED)
    belongings = json.loads(await town.storage.read("departures", kept[0]))
    assert [name for _, name in belongings["groups"]] == ["Project"]

    await scene.wait_until_quiet(town)
    assert await _mails(town) == TOLD

    again = await _command(town, "undo", TODAY)

    assert await _state(town) == before
    assert again.count("done") == len(BLOCKED | REMOVED)
    assert all(address(name) in again for name in BLOCKED | REMOVED)
    twice = await _command(town, "undo", TODAY)
    assert twice.split("\n")[0] == f"There is nothing left to undo in run {TODAY}."
    assert "done" not in twice


async def test_a_history_tells_the_whole_story(town: Town) -> None:
    story = await _command(town, "history", address("expired"), width="200")

    for word in (
        "invited",
        "block done",
        "enable done",
        "expired",
        "mail blocked by us sent",
        TODAY,
    ):
        assert word in story


async def test_a_sponsor_gets_one_digest_a_week(town: Town) -> None:
    for _ in range(2):
        await _invoke(town, "send_digests")
    await scene.wait_until_quiet(town)

    told = (await _mails(town))["boss@contoso.com"]
    assert told.count("Your guests at contoso.com: weekly overview") == 1
    mails = await town.get(f"{town.control}/mails")
    (text,) = [one["text"] for one in mails if "weekly" in str(one.get("subject"))]
    assert address("ends-soon") in text
    assert address("blocked-by-admin") in text
    assert address("stranger") not in text


async def _mails(town: Town) -> dict[str, list[str]]:
    """What each person got, without the dates that the subjects end with."""
    told: dict[str, list[str]] = {}
    for mail in await town.get(f"{town.control}/mails"):
        ours = mail["kind"] == "message"
        subject = str(mail["subject"]).partition(" ends on ") if ours else ("(Microsoft)", "", "")
        told.setdefault(mail["to"], []).append("".join(subject[:2]).strip())
    return told


async def test_renew_brings_a_blocked_guest_back_for_longer(town: Town) -> None:
    until = f"{NOW + timedelta(days=100):%Y-%m-%d}"

    said = await _command(town, "renew", address("blocked-by-us"), "--until", until)

    assert f"stays until {until}" in said
    assert "reinstate  done" in said
    assert "blocked-by-us" in await _enabled(town)


async def test_restore_brings_one_back_whom_we_blocked_and_nobody_else(town: Town) -> None:
    said = await _command(town, "restore", address("blocked-lately"))
    refused = await _command(town, "restore", address("blocked-by-admin"), code=2)

    assert "reinstate  done" in said
    assert "not block or remove" in refused
    assert "blocked-lately" in await _enabled(town)
    assert "blocked-by-admin" not in await _enabled(town)


async def test_adopt_takes_a_guest_of_others_under_the_sweeps_care(town: Town) -> None:
    before = await _managed(town)

    shouted = address("stranger").replace("@partner", "@PARTNER")
    said = await _command(town, "adopt", address("nobody"), shouted, code=2)

    assert f"{address('nobody')}: There is no guest" in said
    assert re.search(r"managed now, until \d{4}-\d\d-\d\d, sponsor boss@contoso.com", said)
    assert await _managed(town) - before == {address("stranger")}


async def test_a_run_that_has_acted_is_not_begun_again(town: Town) -> None:
    refused = await _command(town, "sweep", "run", code=2)

    assert f"Run {TODAY} has acted already" in refused


async def test_an_operator_approves_what_a_night_proposed(town: Town, tomorrow: House) -> None:
    run = (await tomorrow.stays.sweep.go_on()).id
    words = ("approve", run, "--only", address("in-order"))
    by_app = await _command(town, *words, "--yes", "1", code=2)
    operator = await _sign_in(town)

    wrong = await _command(town, *words, "--yes", "2", code=2, more=operator)
    assert "in-order" in await _enabled(town)
    said = await _command(town, *words, "--yes", "1", more=operator)

    assert "the sign-in of an application" in by_app
    assert "2 is not the number of guests in this plan, 1" in wrong
    assert f"1 guests of run {run} approved by {PERSON}" in said
    await scene.until(lambda: _gone(town, "in-order"))


async def test_who_wrote_the_policy_does_not_approve(
    town: Town, tomorrow: House, tmp_path: Path
) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(policy("approve", second_person="true"))
    operator = await _sign_in(town)
    run = (await tomorrow.stays.sweep.go_on()).id

    await town.storage.put("config", "policy.toml", file.read_bytes())
    by_other_means = await _command(town, "approve", run, "--yes", "0", code=2, more=operator)
    uploaded = await _command(town, "policy", "upload", str(file), more=operator)
    by_the_writer = await _command(town, "approve", run, "--yes", "0", code=2, more=operator)

    assert "policy upload policy.toml" in by_other_means
    assert f"Written by {PERSON}" in uploaded
    assert "You wrote the present version of the policy" in by_the_writer


async def _sign_in(town: Town) -> dict[str, str]:
    """The environment of a person who ran `az login`."""
    base = town.settings["IDENTITY_ENDPOINT"].removesuffix("/msi/token")
    async with httpx.AsyncClient() as client:
        answer = await client.put(f"{base}/sandbox/person", json={"id": PERSON})
        assert answer.status_code < 300, answer.text
    return {
        "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential",
        "SANDBOX_AZ": f"{base}/sandbox/az",
        "PATH": f"{AZ}{os.pathsep}{os.environ['PATH']}",
    }


async def _gone(town: Town, name: str) -> bool:
    return name not in await _enabled(town)


async def _managed(town: Town) -> set[str]:
    plan = json.loads(await _command(town, "plan", "--format", "json", "--all"))["plan"]
    return {row["email"] for row in plan}


async def _enabled(town: Town) -> set[str]:
    state = await town.get(f"{town.control}/state")
    return {one["mail"].partition("@")[0] for one in state["guests"] if one["accountEnabled"]}


async def _sweep(town: Town) -> None:
    await _invoke(town, "sweep_guests")


async def _invoke(town: Town, function: str) -> None:
    async with httpx.AsyncClient(timeout=120) as client:
        url = town.admin(f"functions/{function}?wait=1")
        answer = await client.post(url, json={})
        assert answer.status_code == 200, answer.text


async def _finished(town: Town, run: str) -> Rows:
    """The outcome, once the sweep's next turn has found every action closed."""
    await _sweep(town)
    summary = json.loads(await town.storage.read("reports", f"sweeps/{run}/outcome.json"))
    return await _report(town, run, "outcome.csv") if summary["state"] == "done" else []


async def _report(town: Town, run: str, name: str) -> Rows:
    content = await town.storage.read("reports", f"sweeps/{run}/{name}")
    return list(csv.DictReader(io.StringIO(content.decode())))


async def _state(town: Town) -> dict[str, Any]:
    """The whole directory, in an order of its own."""
    state: dict[str, Any] = await town.get(f"{town.control}/state")
    for part in ("guests", "deleted"):
        people = [_lasting(one) for one in state[part]]
        state[part] = sorted(people, key=lambda one: str(one["id"]))
    for group in state["groups"]:
        group["members"] = sorted(group["members"])
    return state


def _lasting(person: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name not in ONE_WAY}


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    now = {one["id"]: one for one in after["guests"]}
    changed = [one for one in before["guests"] if now.get(one["id"]) != one]
    return {one["mail"].partition("@")[0] for one in changed}


def _decided(rows: Rows, word: str, column: str = "decision") -> set[str]:
    return {row["email"].partition("@")[0] for row in rows if row[column] == word}


async def _command(
    town: Town,
    *words: str,
    width: str = "120",
    code: int = 0,
    more: Mapping[str, str] | None = None,
) -> str:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "b2b", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **town.settings, "COLUMNS": width, **(more or {})},
    )
    out, errors = await child.communicate()
    assert child.returncode == code, errors.decode() + out.decode()
    return (out if code == 0 else out + errors).decode()
