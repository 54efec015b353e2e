"""Sponsors, and mails on behalf of somebody."""

from typing import Any

import pytest

from tests.sandbox.directory.scene import Scene, names, refusal, words


async def _ids(here: Scene) -> tuple[str, str]:
    return await here.id_of("ann@partner.example"), await here.id_of("mia@home.example")


async def _add(here: Scene, guest: str, sponsor: str) -> Any:
    return await here.ask("POST", f"/users/{guest}/sponsors/$ref", here.reference(sponsor))


async def test_a_sponsor_is_added_read_and_taken_away(here: Scene) -> None:
    ann, mia = await _ids(here)
    added = await _add(here, ann, mia)
    listed = await here.get(f"/users/{ann}/sponsors")
    expanded = await here.get(f"/users/{ann}", select="id", expand="sponsors")
    removed = await here.ask("DELETE", f"/users/{ann}/sponsors/{mia}/$ref")

    assert (added.status_code, removed.status_code) == (204, 204)
    assert names(listed) == ["Mia"]
    assert [one["id"] for one in expanded.json()["sponsors"]] == [mia]
    assert names(await here.get(f"/users/{ann}/sponsors")) == []
    assert (await here.get(f"/users/{mia}")).status_code == 200


async def test_sponsors_come_with_a_list(here: Scene) -> None:
    ann, mia = await _ids(here)
    await _add(here, ann, mia)
    listed = await here.get("/users", filter=f"id eq '{ann}'", expand="sponsors")
    advanced = await here.advanced("/users", expand="sponsors")

    assert [one["id"] for one in listed.json()["value"][0]["sponsors"]] == [mia]
    assert listed.headers["x-ms-resource-unit"] == "3"
    assert refusal(advanced) == (400, "Request_UnsupportedQuery")


async def test_five_sponsors_are_the_most(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    await here.seed(members=6)
    found = await here.get("/users", filter="startsWith(mail,'member-')", select="id")
    ids = [user["id"] for user in found.json()["value"]]
    answers = [await _add(here, ann, sponsor) for sponsor in ids]

    assert [answer.status_code for answer in answers] == [204] * 5 + [403]
    assert refusal(answers[-1])[1] == "Directory_QuotaExceeded"


async def test_a_sponsor_cannot_be_added_twice(here: Scene) -> None:
    ann, mia = await _ids(here)
    await _add(here, ann, mia)

    assert "already exist for the following modified properties: 'sponsors'" in words(
        await _add(here, ann, mia)
    )


async def test_a_sponsor_who_left_is_no_sponsor_any_more(here: Scene) -> None:
    ann, mia = await _ids(here)
    await _add(here, ann, mia)
    await here.ask("DELETE", f"/users/{mia}")

    assert names(await here.get(f"/users/{ann}/sponsors")) == []


async def test_without_ref_the_sponsor_is_deleted(here: Scene) -> None:
    ann, mia = await _ids(here)
    await _add(here, ann, mia)
    path = f"/users/{ann}/sponsors/{mia}"
    denied = await here.as_app("User.Read.All").ask("DELETE", path)
    done = await here.ask("DELETE", path)

    assert (denied.status_code, done.status_code) == (403, 204)
    assert (await here.get(f"/users/{mia}")).status_code == 404


class TestMail:
    """POST /users/{id}/sendMail."""

    def _mail(self, *to: str, **more: Any) -> dict[str, Any]:
        recipients = [{"emailAddress": {"address": address}} for address in to]
        body = {"contentType": "Text", "content": "Dear guest"}
        return {"message": {"subject": "Soon", "body": body, "toRecipients": recipients} | more}

    async def test_mails_are_kept(self, here: Scene) -> None:
        body = self._mail("ann@partner.example", "cid@other.example")
        answer = await here.ask("POST", "/users/mia@home.example/sendMail", body)
        kept = await here.panel("GET", "mails")

        assert answer.status_code == 202
        assert [(mail["to"], mail["kind"], mail["subject"]) for mail in kept] == [
            ("ann@partner.example", "message", "Soon"),
            ("cid@other.example", "message", "Soon"),
        ]

    @pytest.mark.parametrize(
        ("more", "status"),
        [
            ({"toRecipients": []}, 400),
            ({"subjekt": "x"}, 400),
            ({"toRecipients": [{"emailAddress": {"address": "nobody"}}]}, 400),
        ],
    )
    async def test_a_bad_mail_is_refused(
        self, here: Scene, more: dict[str, Any], status: int
    ) -> None:
        body = self._mail("ann@partner.example", **more)

        assert (
            await here.ask("POST", "/users/mia@home.example/sendMail", body)
        ).status_code == status

    async def test_a_guest_has_no_mailbox(self, here: Scene) -> None:
        ann, _ = await _ids(here)
        body = self._mail("mia@home.example")
        answer = await here.ask("POST", f"/users/{ann}/sendMail", body)

        assert refusal(answer) == (404, "MailboxNotEnabledForRESTAPI")
