"""POST /users/{id}/messages and what follows: strict where a sender would notice."""

from base64 import b64encode
from email.message import EmailMessage

import httpx
import pytest

from tests.sandbox.directory.scene import Scene, refusal

BOX = "/users/mia@home.example/messages"
SAME_ID = {"Prefer": 'IdType="ImmutableId"'}


def a_mail(to: str = "ann@partner.example", sender: str = "mia@home.example") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, "Soon"
    mail["Message-ID"] = "<one@home.example>"
    mail.set_content("Dear guest")
    mail.add_alternative("<p>Dear guest</p>", subtype="html")
    return b64encode(mail.as_bytes())


async def post(here: Scene, body: bytes, *roles: str, **headers: str) -> httpx.Response:
    token = here.directory.token(*roles or ("Mail.ReadWrite", "Mail.Send"))
    sent = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain", **headers}
    return await here.http.post(here.directory.url + BOX, content=body, headers=sent)


@pytest.fixture
def box(here: Scene) -> Scene:
    return here.as_app("Mail.ReadWrite", "Mail.Send")


async def test_a_draft_is_not_a_mail_until_it_is_sent(here: Scene, box: Scene) -> None:
    draft = (await post(here, a_mail())).json()
    before = await here.panel("GET", "mails")
    sent = await box.ask("POST", f"{BOX}/{draft['id']}/send")
    (mail,) = await here.panel("GET", "mails")

    assert draft["isDraft"] is True
    assert draft["internetMessageId"] == "<one@home.example>"
    assert before == []
    assert sent.status_code == 202
    assert (mail["to"], mail["text"]) == ("ann@partner.example", "Dear guest\n")
    assert mail["body"] == "<p>Dear guest</p>\n"


async def test_a_draft_is_sent_once(here: Scene, box: Scene) -> None:
    draft = (await post(here, a_mail())).json()["id"]
    answers = [await box.ask("POST", f"{BOX}/{draft}/send") for _ in range(2)]

    assert answers[0].status_code == 202
    assert refusal(answers[1]) == (404, "ErrorItemNotFound")
    assert len(await here.panel("GET", "mails")) == 1


@pytest.mark.parametrize(
    ("kept", "headers", "status"), [(True, SAME_ID, 200), (False, SAME_ID, 404), (True, {}, 404)]
)
async def test_a_sent_message_keeps_an_immutable_id_if_the_tenant_says_so(
    here: Scene, box: Scene, kept: bool, headers: dict[str, str], status: int
) -> None:
    here.directory.tenant.sent_items_keep_ids = kept
    draft = (await post(here, a_mail(), **headers)).json()["id"]
    await box.ask("POST", f"{BOX}/{draft}/send")
    answer = await box.get(f"{BOX}/{draft}?$select=id,isDraft")

    assert answer.status_code == status
    assert status == 404 or answer.json()["isDraft"] is False


async def test_messages_are_found_by_the_name_that_their_sender_gave_them(
    here: Scene, box: Scene
) -> None:
    draft = (await post(here, a_mail())).json()["id"]
    found = await box.get(f"{BOX}?$filter=internetMessageId eq '<one@home.example>'&$select=id")
    none = await box.get(f"{BOX}?$filter=internetMessageId eq '<two@home.example>'")
    other = await box.get(f"{BOX}?$filter=subject eq 'Soon'")

    assert found.json()["value"] == [{"id": draft}]
    assert none.json()["value"] == []
    assert refusal(other) == (400, "ErrorInvalidUrlQueryFilter")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"no base64!", 400, "ErrorMimeContentInvalidBase64String"),
        (b64encode(b"no mail"), 400, "ErrorMimeContentInvalid"),
        (b64encode(b"Subject: x\r\n\r\n" + b"x" * 4 * 1024 * 1024), 413, None),
    ],
)
async def test_what_is_no_mail_is_refused(
    here: Scene, body: bytes, status: int, code: str | None
) -> None:
    answer = await post(here, body)

    assert answer.status_code == status
    assert code is None or refusal(answer) == (status, code)


async def test_only_its_owner_can_be_the_sender(here: Scene, box: Scene) -> None:
    draft = (await post(here, a_mail(sender="boss@home.example"))).json()["id"]

    assert refusal(await box.ask("POST", f"{BOX}/{draft}/send")) == (403, "ErrorSendAsDenied")


async def test_drafts_and_sending_are_two_permissions(here: Scene) -> None:
    draft = (await post(here, a_mail())).json()["id"]
    denied = await post(here, a_mail(), "Mail.Send")
    unsent = await here.as_app("Mail.ReadWrite").ask("POST", f"{BOX}/{draft}/send")

    assert (denied.status_code, unsent.status_code) == (403, 403)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nobody@home.example", "ErrorInvalidUser"),
        ("ann_partner.example%23EXT%23@home.onmicrosoft.com", "MailboxNotEnabledForRESTAPI"),
    ],
)
async def test_who_has_no_mailbox_has_no_messages(box: Scene, name: str, code: str) -> None:
    answer = await box.get(f"/users/{name}/messages/x")

    assert refusal(answer) == (404, code)


async def test_a_mailbox_takes_so_many_requests_and_no_more(here: Scene, box: Scene) -> None:
    here.directory.tenant.budgets = {"mailbox": 2}
    answers = [(await box.get(f"{BOX}/x")).status_code for _ in range(3)]

    assert answers == [404, 404, 429]
