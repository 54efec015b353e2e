"""A CSV whose guests get our own mail: each exactly one, whatever is delivered twice or lost."""

import asyncio
import os
import sys
from collections import Counter
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from azure.data.tables.aio import TableServiceClient
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from sandbox.town import Town
from tests.e2e import logs, scene
from tests.e2e_mail.conftest import MAILBOX

pytestmark = pytest.mark.asyncio(loop_scope="session")

HEADER = "email,displayName,groups,message\n"
LOCKS_RUN_OUT = 301.0  # seconds; the longest lock of infra/servicebus.json is five minutes
HOSTILE = "Hallo <b>Lena</b> & alle; siehe https://evil.example/x oder www.evil.example"


async def test_each_guest_gets_one_mail_with_a_link_that_redeems(town: Town) -> None:
    people = [f"lena{n}@fabrikam.com" for n in range(2)]
    rows = "".join(f'{one},"Lena Muster",Partner-Aurora,"{HOSTILE}"\n' for one in people)
    await scene.drop(town, "mailed.csv", HEADER + rows)
    ended = await scene.outcomes(town, "mailed.csv")
    await scene.wait_until_quiet(town)

    assert set(ended.values()) == {("assigned", "")}
    mails = await mails_of(town, people)
    assert Counter(mail["to"] for mail in mails) == Counter(people)
    guests = await scene.guests(town)
    for mail in mails:
        link = f"https://login.microsoftonline.com/redeem?rd={guests[mail['to']]}"
        assert mail["kind"] == "message"
        assert mail["sender"] == MAILBOX
        assert mail["subject"] == "Willkommen bei Contoso, Lena Muster!"
        assert f'href="{link}"' in mail["body"]
        assert link in mail["text"]
        assert "&lt;b&gt;Lena&lt;/b&gt; &amp; alle" in mail["body"]
        assert "<b>Lena</b>" not in mail["body"]
        assert "<b>Lena</b> & alle" in mail["text"]
        assert "evil.example" not in mail["body"] + mail["text"]
        assert mail["headers"]["Reply-To"] == "guests@contoso.com"


async def test_messages_delivered_twice_mail_once(town: Town) -> None:
    """Under ids that hide from the bus that it is the same message, before and afterwards."""
    people = [f"twin{n}@fabrikam.com" for n in range(1)]
    rows = "".join(f"{one},Twin,,\n" for one in people)
    await scene.drop(town, "twins.csv", HEADER + rows)
    await scene.outcomes(town, "twins.csv")
    letters = await _letters(town)
    assert len(letters) >= 3
    for _ in range(2):
        await _send_again(town, letters)
    await scene.wait_until_quiet(town)
    await _send_again(town, letters)
    await scene.wait_until_quiet(town)

    mails = await mails_of(town, people)
    assert Counter(mail["to"] for mail in mails) == Counter(people)


@pytest.mark.parametrize(
    ("case", "faults"),
    [
        ("draft-lost", [{"method": "POST", "path": "/messages$", "after_effect": True}]),
        ("send-lost", [{"method": "POST", "path": "/send$", "after_effect": True}]),
        ("send-failed", [{"method": "POST", "path": "/send$", "status": 503}]),
        (
            "throttled",
            [
                {"method": "POST", "path": path, "status": 429, "headers": {"Retry-After": "1"}}
                for path in ("/messages$", "/send$")
            ],
        ),
    ],
)
async def test_a_lost_answer_or_a_429_neither_doubles_nor_loses_a_mail(
    town: Town, case: str, faults: list[dict[str, Any]]
) -> None:
    person = f"{case}@fabrikam.com"
    for fault in faults:
        await scene.order(town, **{"drop": "status" not in fault, **fault})
    await scene.drop(town, f"{case}.csv", HEADER + f"{person},Pat,,\n")
    await scene.outcomes(town, f"{case}.csv")
    await scene.until(lambda: scene.quiet(town, hurry=True), within=120)
    struck = [fault["done"] for fault in await town.get(f"{town.control}/faults")]
    await scene.fair_weather(town)

    assert struck == [1] * len(faults)
    assert [mail["to"] for mail in await mails_of(town, [person])] == [person]


async def test_a_kill_in_the_middle_neither_doubles_nor_loses_a_mail(town: Town) -> None:
    people = [f"killed{n}@fabrikam.com" for n in range(7)]
    rows = "".join(f"{one},Kim,,\n" for one in people)
    await scene.drop(town, "killed.csv", HEADER + rows)
    kills = []
    for many in (1, 3):
        await scene.until(partial(_so_many, town, people, many))
        assert town.host is not None
        await town.host.kill()
        kills.append(len(await mails_of(town, people)))
        await scene.leap(town, LOCKS_RUN_OUT)
        await town.start_host()
    await scene.until(lambda: scene.quiet(town, hurry=True), within=120)

    mails = await mails_of(town, people)
    assert kills[0] < len(people)
    assert Counter(mail["to"] for mail in mails) == Counter(people)


async def test_a_faulty_template_of_the_operators_is_told(town: Town) -> None:
    told = [line for line in logs.written(town.plan.logs) if "mail.template_faulty" in line]

    assert told
    assert all("UndefinedError" in line and "de/invitation.html" in line for line in told)


async def test_a_mail_that_was_dropped_is_sent_when_a_person_asks_for_it_again(town: Town) -> None:
    person = "dropped@fabrikam.com"
    await scene.order(town, method="POST", path="/messages$", status=400)
    await scene.drop(town, "dropped.csv", HEADER + f"{person},Dora,,Willkommen\n")
    await scene.outcomes(town, "dropped.csv")
    await scene.wait_until_quiet(town)
    await scene.fair_weather(town)
    before = await mails_of(town, [person])
    listed = await _b2b(town, "mails")
    asked = await _b2b(town, "resend", person)
    await scene.wait_until_quiet(town)
    (mail,) = await mails_of(town, [person])

    assert before == []
    assert person in listed
    assert "dropped" in listed
    assert "on its way" in asked
    assert "Willkommen" in mail["text"]
    assert "No mail to them" in await _b2b(town, "resend", person, ends=2)


async def test_a_person_can_see_which_mails_were_not_sent(town: Town) -> None:
    assert "Every mail that was decided has been sent." in await _b2b(town, "mails")
    assert "Nothing to send." in await _b2b(town, "resend", "--all")


async def test_nothing_of_it_is_in_a_log(town: Town) -> None:
    told = {mail["to"] for mail in await town.get(f"{town.control}/mails")}
    assert len(told) >= 3

    assert logs.leaks(town, [*told, "Lena Muster", "redeem?rd="]) == []


async def test_the_outbox_keeps_no_link(town: Town) -> None:
    held = [str(one) for one in await _entities(town)]

    assert len(held) >= 3
    assert not any("redeem" in one or "Lena Muster" in one for one in held)


async def mails_of(town: Town, people: list[str]) -> list[dict[str, Any]]:
    mails = await town.get(f"{town.control}/mails")
    return [mail for mail in mails if mail["to"] in people]


async def _b2b(town: Town, *words: str, ends: int = 0) -> str:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "b2b", *words),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **town.settings, "COLUMNS": "160"},
    )
    shown, _ = await child.communicate()
    assert child.returncode == ends
    return shown.decode()


async def _so_many(town: Town, people: list[str], many: int) -> bool:
    return len(await mails_of(town, people)) >= many


async def _entities(town: Town) -> list[dict[str, Any]]:
    async with TableServiceClient.from_connection_string(town.storage.connection) as tables:
        table = tables.get_table_client("letters")
        return [dict(one) async for one in table.list_entities()]


async def _letters(town: Town) -> list[str]:
    return [one["RowKey"] for one in await _entities(town)]


async def _send_again(town: Town, letters: list[str]) -> None:
    bodies = [f'{{"schema": "guest-mail/1", "letter": "{one}"}}' for one in letters]
    client = ServiceBusClient.from_connection_string(town.settings["SERVICEBUS"])
    async with client, client.get_queue_sender("guest-mails") as sender:
        await sender.send_messages(
            [ServiceBusMessage(body, message_id=uuid4().hex) for body in bodies]
        )
