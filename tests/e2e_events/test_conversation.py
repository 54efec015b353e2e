"""A service asks by message and hears by event, over the wire and with nothing of the app."""

import asyncio
import csv
import io
import json
import os
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from sandbox.town import Town
from tests.e2e import scene
from tests.e2e_events.post import DEPARTURES, INVITATIONS, Service
from tests.repository.schemas import DOCS, schema_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

TODAY = datetime.now(UTC).date()


def wish(correlation: str, email: str, **more: Any) -> dict[str, Any]:
    """An invitation; `more` may make it something else."""
    return {
        "schema": "guest-invitation/1",
        "sender": "supplier-portal",
        "correlationId": correlation,
        "email": email,
    } | more


def in_days(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


async def lines(town: Town) -> list[dict[str, str]]:
    name = f"messages/{TODAY}.csv"
    if name not in await town.storage.names("results"):
        return []
    content = await town.storage.read("results", name)
    return list(csv.DictReader(io.StringIO(content.decode())))


async def line(town: Town, **cells: str) -> dict[str, str]:
    async def look() -> list[dict[str, str]]:
        return [one for one in await lines(town) if cells.items() <= one.items()]

    (found,) = await scene.until(look)
    return found


async def test_a_request_by_message_is_answered_in_order_with_its_own_correlation_id(
    town: Town, portal: Service
) -> None:
    await portal.send(INVITATIONS, wish("c-1", "mia@fabrikam.com", groups=["Partner-Aurora"]))
    invited, assigned = await portal.hears("c-1", "invited", "assigned")

    guest = (await scene.guests(town))["mia@fabrikam.com"]
    assert "mia@fabrikam.com" in (await scene.members(town))["Partner-Aurora"]
    assert {invited["subject"], assigned["subject"], assigned["data"]["guestId"]} == {guest}
    assert [invited["sequence"], assigned["sequence"]] == ["0000000001", "0000000002"]
    assert assigned["data"]["status"] == "assigned"
    assert assigned["data"]["sender"] == "supplier-portal"
    assert set(portal.types) == {"application/cloudevents+json"}


async def test_the_same_message_twice_is_one_guest_and_one_mail(
    town: Town, portal: Service
) -> None:
    message = wish("c-2", "ben@fabrikam.com", groups=["Partner-Aurora"])
    await portal.send(INVITATIONS, message, message)
    await portal.hears("c-2", "invited", "assigned")
    await portal.send(INVITATIONS, message)
    await scene.wait_until_quiet(town)

    assert (await scene.mails_to(town))["ben@fabrikam.com"] == 1
    assert portal.story("c-2") == ["invited", "assigned"]


async def test_a_sender_is_refused_for_a_partner_it_may_not_serve(
    town: Town, portal: Service
) -> None:
    await portal.send(INVITATIONS, wish("c-3", "=cmd@example.com"))
    await portal.send(INVITATIONS, wish("c-4", "eva@example.com"))
    (refused,) = await portal.hears("c-4", "refused")

    assert refused["data"]["reason"]["code"] == "sender_not_allowed"
    assert refused["data"]["guestId"] is None
    assert "eva@example.com" not in await scene.guests(town)
    row = await line(town, correlationId="c-4")
    assert (row["reason"], row["sender"]) == ("sender_not_allowed", "supplier-portal")
    assert (await line(town, correlationId="c-3"))["email"] == "'=cmd@example.com"


async def test_a_storm_of_wrong_messages_is_answered_and_over(town: Town, portal: Service) -> None:
    deep = b'{"groups":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
    wrong = {
        "w-unknown": wish("w-unknown", "a@fabrikam.com", salary=5, nick="x"),
        "w-version": wish("w-version", "a@fabrikam.com", schema="guest-invitation/9"),
        "w-type": wish("w-type", "a@fabrikam.com", groups=7),
        "w-address": wish("w-address", "no address"),
        "w-uploads": wish("w-uploads", "a@fabrikam.com", sender="uploads"),
        "w-large": wish("w-large", "a@fabrikam.com", message="x" * 70_000),
    }
    unsigned = [b"", b"no json", b"[]", b"null", b"\xff\xfe\x00", deep, b'{"schema":"\\ud800"}']
    before = len([one for one in portal.heard if not one.get("correlationid")])
    for _ in range(3):
        await portal.send(INVITATIONS, *wrong.values(), *unsigned)
        await portal.send(DEPARTURES, wish("w-leave", "a@fabrikam.com", schema="guest-leave/0"))

    async def answered() -> bool:
        nameless = {one["id"] for one in portal.heard if not one.get("correlationid")}
        return len(nameless) - before >= len(unsigned) + 1  # the large one is not read

    await scene.until(answered)
    codes = {}
    for name in wrong.keys() - {"w-large"}:
        (event,) = await portal.hears(name, "refused")
        codes[name] = event["data"]["reason"]["code"]
    assert codes["w-unknown"] == codes["w-version"] == codes["w-type"] == "malformed_message"
    await portal.hears("w-leave", "refused")
    assert codes["w-uploads"] == "sender_reserved"
    await scene.wait_until_quiet(town)
    row = await line(town, correlationId="w-unknown")
    assert "salary" in row["sentence"]
    assert "nick" in row["sentence"]
    wanted = len(wrong) + len(unsigned) + 1
    malformed = [one for one in await lines(town) if one["email"] == ""]
    assert len(malformed) == wanted
    counted = await scene.queues(town)
    assert counted[INVITATIONS]["deadLetteredTotal"] == 0
    assert counted[INVITATIONS]["highestDeliveryCount"] <= 1


async def test_a_message_cannot_pass_for_a_row_of_a_file(town: Town, portal: Service) -> None:
    await scene.drop(town, "rows.csv", scene.HEADER + "row@fabrikam.com,Row,Partner-Finance-Read\n")
    summary = await scene.settled(town, "rows.csv")
    lying = {
        "schema": "guest-invitation/1",
        "email": "row@fabrikam.com",
        "groups": ["Partner-Aurora"],
        "source": {"batch": summary["batch"], "line": 2},
    }
    await portal.send(INVITATIONS, lying)
    row = await line(town, reason="row_of_another_request")

    assert row["email"] == ""
    assert "row@fabrikam.com" not in (await scene.members(town))["Partner-Aurora"]


async def test_by_an_entrance_only_its_own_sender_is_believed(town: Town, portal: Service) -> None:
    entrance = "guests-from-supplier-portal"
    await portal.send(entrance, wish("c-5", "kim@fabrikam.com", sender="hr"), sender="hr")
    await portal.send(entrance, wish("c-7", "kim@fabrikam.com"))
    (refused,) = await portal.hears("c-5", "refused")
    await portal.hears("c-7", "invited")

    assert refused["data"]["reason"]["code"] == "sender_mismatch"
    assert refused["data"]["sender"] == "supplier-portal"  # and the real one does not hear of it


async def test_a_correlation_id_stands_for_one_wish(town: Town, portal: Service) -> None:
    await portal.send(INVITATIONS, wish("c-6", "joe@fabrikam.com"))
    await portal.hears("c-6", "invited")
    await portal.send(INVITATIONS, wish("c-6", "joe@fabrikam.com", groups=["Partner-Aurora"]))
    row = await line(town, correlationId="c-6")

    assert row["reason"] == "correlation_id_reused"
    assert "joe@fabrikam.com" not in (await scene.members(town))["Partner-Aurora"]


async def test_a_stay_is_renewed_ended_and_taken_up_again(town: Town, portal: Service) -> None:
    mail = "ida@fabrikam.com"
    await portal.send(INVITATIONS, wish("l-1", mail, expiresOn=in_days(30)))
    await portal.hears("l-1", "invited")
    renewal = wish("l-2", mail, schema="guest-renewal/1", expiresOn=in_days(60))
    await portal.send(INVITATIONS, renewal, renewal)
    await portal.hears("l-2", "renewed")
    leave = wish("l-3", mail, schema="guest-leave/1")
    await portal.send(DEPARTURES, leave, leave)
    (blocked,) = await portal.hears("l-3", "blocked")

    state = await town.get(f"{town.control}/state")
    (ida,) = [one for one in state["guests"] if one["mail"] == mail]
    assert ida["accountEnabled"] is False
    assert blocked["data"]["status"] == "left"
    assert mail not in {one["mail"] for one in state["deleted"]}

    again = wish("l-4", mail, schema="guest-renewal/1", expiresOn=in_days(90))
    await portal.send(INVITATIONS, again)
    await portal.hears("l-4", "renewed")
    (ida,) = [
        one for one in (await town.get(f"{town.control}/state"))["guests"] if one["mail"] == mail
    ]
    assert ida["accountEnabled"] is True
    every = [one for one in portal.heard if one["subject"] == ida["id"]]
    assert [int(one["sequence"]) for one in every] == list(range(1, len(every) + 1))
    assert [one["type"].rpartition(".")[2] for one in every] == [
        *("invited", "renewed", "blocked", "restored", "renewed")
    ]


async def test_an_acceptance_is_noticed_within_the_hour_and_told_once(
    town: Town, portal: Service
) -> None:
    await portal.send(INVITATIONS, wish("r-1", "pia@fabrikam.com"))
    await portal.hears("r-1", "invited")
    await _notice(town)
    assert portal.story("r-1") == ["invited"]
    await scene.post(f"{town.control}/redeem", {"mail": "pia@fabrikam.com"})
    await _notice(town)
    await portal.hears("r-1", "invited", "redeemed")
    await _notice(town)

    assert portal.story("r-1") == ["invited", "redeemed"]
    assert len([one for one in portal.heard if one["type"].endswith("redeemed")]) == 1


async def test_every_event_fits_the_schema_and_names_no_address(portal: Service) -> None:
    valid = Draft202012Validator(schema_of("guest-event"), format_checker=FormatChecker())

    assert len(portal.heard) > 20
    for one in portal.heard:
        valid.validate(one)
        assert not re.search(r"\w@\w", str(one))


async def test_the_examples_in_python_do_what_the_document_says(
    town: Town, portal: Service, tmp_path: Path
) -> None:
    await portal.stop()
    listening = await _run(town, "listen.py", str(scene.PATIENCE))
    for queue, name, told in CALLS:
        body = json.loads((EXAMPLES / "messages" / name).read_text())
        body |= {"expiresOn": in_days(told)} if "expiresOn" in body else {}  # dates grow old
        (tmp_path / name).write_text(json.dumps(body))
        sending = await _run(town, "send.py", queue, str(tmp_path / name))
        out, err = await sending.communicate()
        assert (sending.returncode, out, err) == (0, b"", b"")
        await scene.wait_until_quiet(town)
    assert listening.stdout is not None
    heard = [await asyncio.wait_for(listening.stdout.readline(), scene.PATIENCE) for _ in range(4)]
    listening.kill()
    await listening.communicate()

    assert [line.decode().split()[0::2][:2] for line in heard] == [
        ["guestkeeper.guest.invited", "onboarding-2026-1142"],
        ["guestkeeper.guest.assigned", "onboarding-2026-1142"],
        ["guestkeeper.guest.renewed", "renewal-2026-0311"],
        ["guestkeeper.guest.blocked", "leave-2026-0087"],
    ]


EXAMPLES = DOCS / "examples"
CALLS = [
    (INVITATIONS, "invitation.json", 30),
    (INVITATIONS, "renewal.json", 60),
    (DEPARTURES, "leave.json", 0),
]


async def _run(town: Town, script: str, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / "python" / script),
        *arguments,
        env=os.environ | {"SERVICEBUS": town.settings["SERVICEBUS"]},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _notice(town: Town) -> None:
    async with httpx.AsyncClient(timeout=scene.PATIENCE) as client:
        url = town.admin("functions/notice_redemptions?wait=1")
        (await client.post(url, json={})).raise_for_status()
