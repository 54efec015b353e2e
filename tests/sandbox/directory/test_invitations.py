"""POST /invitations: who becomes a guest, who is one already, and who may not."""

from typing import Any

import pytest

from tests.sandbox.directory.scene import INVITATION, Scene, refusal, words

EXISTS = "already exists in the directory as object ID"


async def test_an_invitation_makes_a_guest(here: Scene) -> None:
    answer = await here.invite("Zoe.Q@New.example", invitedUserDisplayName="Zoe Q")
    told = answer.json()
    select = (
        "userType,creationType,externalUserState,externalUserStateChangeDateTime,createdDateTime,"
        "userPrincipalName,mail,otherMails,proxyAddresses,displayName,accountEnabled"
    )
    guest = (await here.get(f"/users/{told['invitedUser']['id']}", select=select)).json()

    assert answer.status_code == 201
    assert told["status"] == "PendingAcceptance"
    assert told["inviteRedeemUrl"].startswith("https://")
    assert guest["userType"] == "Guest"
    assert guest["creationType"] == "Invitation"
    assert guest["externalUserState"] == "PendingAcceptance"
    assert guest["createdDateTime"] == guest["externalUserStateChangeDateTime"]
    assert guest["userPrincipalName"] == "Zoe.Q_New.example#EXT#@home.onmicrosoft.com"
    assert guest["proxyAddresses"] == ["SMTP:Zoe.Q@New.example"]
    assert guest["otherMails"] == [guest["mail"]] == ["Zoe.Q@New.example"]
    assert guest["displayName"] == "Zoe Q"
    assert guest["accountEnabled"] is True


@pytest.mark.parametrize(("asked", "mails"), [(True, 1), (False, 0), (None, 0)])
async def test_a_mail_goes_out_only_when_asked_for(
    here: Scene, asked: bool | None, mails: int
) -> None:
    text = {"customizedMessageBody": "Welcome"}
    await here.invite("zoe@new.example", sendInvitationMessage=asked, invitedUserMessageInfo=text)
    sent = await here.panel("GET", "mails")

    assert len(sent) == mails == (await here.panel("GET", "counters"))["mails"]
    for mail in sent:
        assert (mail["to"], mail["kind"]) == ("zoe@new.example", "invitation")
        assert mail["customTextDropped"] is True


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "@new.example",
        "a b@new.example",
        "a,b@new.example",
        "a(b)@new.example",
        "a@b@new.example",
        "a#b@new.example",
        "o'hara;@new.example",
        ".ann@new.example",
        "ann.@new.example",
        "-ann@new.example",
        "ann-@new.example",
        "ann@new",
        "ann@-new.example",
        "ann@new..example",
        "ann@",
    ],
)
async def test_a_malformed_address_is_refused(here: Scene, address: str) -> None:
    assert refusal(await here.invite(address)) == (400, "BadRequest")


@pytest.mark.parametrize("address", ["o'hara@new.example", "_a_@new.example", "a-b.c@n-w.example"])
async def test_an_unusual_address_is_fine(here: Scene, address: str) -> None:
    assert (await here.invite(address)).status_code == 201


@pytest.mark.parametrize(("refused", "status"), [(False, 201), (True, 400)])
async def test_a_plus_is_refused_only_where_the_tenant_says_so(
    here: Scene, refused: bool, status: int
) -> None:
    await here.settings(refusePlus=refused)

    assert (await here.invite("ann+news@new.example")).status_code == status


@pytest.mark.parametrize(
    ("settings", "status", "marker"),
    [
        ({"allowInvitesFrom": "none"}, 403, "Guest invitations not allowed for your company"),
        ({"allowInvitesFrom": "adminsAndGuestInviters"}, 403, "not allowed for your company"),
        ({"verifiedDomains": ["new.example"]}, 400, "is a verified domain of this directory"),
        ({"crossTenantBlocked": ["New.example"]}, 400, "blocked by cross-tenant access settings"),
        ({"blockedDomains": ["new.example"]}, 400, "blocked"),
        ({"allowedDomains": ["partner.example"]}, 400, "blocked"),
        ({"objectQuota": 7}, 403, "object quota limit for the Tenant has been exceeded"),
    ],
)
async def test_what_the_tenant_rules_out_is_refused(
    here: Scene, settings: dict[str, Any], status: int, marker: str
) -> None:
    await here.settings(**settings)
    answer = await here.invite("zoe@new.example")

    assert answer.status_code == status
    assert marker in words(answer)
    assert (await here.panel("GET", "state"))["guests"][-1]["displayName"] == "Cid"


@pytest.mark.parametrize(
    "settings",
    [
        {"allowInvitesFrom": "adminsGuestInvitersAndAllMembers"},
        {"allowedDomains": ["NEW.example"]},
        {"blockedDomains": ["other.example"]},
        {"objectQuota": 8},
    ],
)
async def test_what_the_tenant_allows_goes_through(here: Scene, settings: dict[str, Any]) -> None:
    await here.settings(**settings)

    assert (await here.invite("zoe@new.example")).status_code == 201


async def test_a_full_directory_says_so_by_code(here: Scene) -> None:
    await here.settings(objectQuota=1)

    assert refusal(await here.invite("zoe@new.example")) == (403, "Directory_QuotaExceeded")


async def test_an_enabled_guest_keeps_its_id_and_may_get_another_mail(here: Scene) -> None:
    first = await here.invited("ann@partner.example", sendInvitationMessage=True)

    assert first == await here.id_of("ann@partner.example")
    assert len(await here.panel("GET", "mails")) == 1
    assert len((await here.panel("GET", "state"))["guests"]) == 3


async def test_a_pending_guest_is_invited_again_under_the_same_id(here: Scene) -> None:
    assert await here.invited("CID@other.example") == await here.id_of("cid@other.example")


async def test_a_disabled_guest_is_refused_with_its_id(here: Scene) -> None:
    ben = await here.id_of("ben@partner.example")
    answer = await here.invite("ben@partner.example")

    assert answer.status_code == 400
    assert f"{EXISTS}: {ben}, but the account is blocked from signing in." in words(answer)


async def test_a_member_is_refused_with_its_id(here: Scene) -> None:
    await here.seed(users=[{"mail": "ada@moved.example", "userType": "Member"}])
    ada = await here.id_of("ada@moved.example")
    answer = await here.invite("ada@moved.example")

    assert answer.status_code == 400
    assert f"{EXISTS}: {ada}. They can use that account" in words(answer)


async def test_an_address_in_the_recycle_bin_exists_already(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    await here.ask("DELETE", f"/users/{ann}")
    answer = await here.invite("ann@partner.example")

    assert answer.status_code == 400
    assert f"{EXISTS}: {ann}" in words(answer)


async def test_an_address_of_a_group_is_refused(here: Scene) -> None:
    await here.seed(groups=[{"displayName": "List", "mail": "list@new.example"}])

    assert "Group email address" in words(await here.invite("list@new.example"))


@pytest.mark.parametrize(
    "body",
    [
        {"inviteRedirectUrl": "https://x.example"},
        {"invitedUserEmailAddress": "zoe@new.example"},
        INVITATION | {"invitedUserEmailAddress": "zoe@new.example", "companyName": "New"},
        INVITATION | {"invitedUserEmailAddress": "zoe@new.example", "sendInvitationMessage": "no"},
        INVITATION | {"invitedUserEmailAddress": "zoe@new.example", "invitedUserType": "Visitor"},
        INVITATION
        | {
            "invitedUserEmailAddress": "zoe@new.example",
            "invitedUserMessageInfo": {"ccRecipients": [{}, {}]},
        },
        INVITATION
        | {"invitedUserEmailAddress": "zoe@new.example", "invitedUserMessageInfo": {"text": "x"}},
        {"invitedUserEmailAddress": "zoe@new.example", "inviteRedirectUrl": "apps"},
    ],
)
async def test_a_body_that_graph_refuses_is_refused(here: Scene, body: dict[str, Any]) -> None:
    assert (await here.ask("POST", "/invitations", body)).status_code == 400


async def test_a_redeemed_guest_has_accepted(here: Scene) -> None:
    await here.advance(60)
    await here.panel("POST", "redeem", {"mail": "cid@other.example"})
    cid = await here.id_of("cid@other.example")
    select = "externalUserState,externalUserStateChangeDateTime,createdDateTime"
    guest = (await here.get(f"/users/{cid}", select=select)).json()

    assert guest["externalUserState"] == "Accepted"
    assert guest["externalUserStateChangeDateTime"] > guest["createdDateTime"]


async def test_sponsors_come_with_the_invitation(here: Scene) -> None:
    mia = await here.id_of("mia@home.example")
    guest = await here.invited("zoe@new.example", invitedUserSponsors=[{"id": mia}])
    found = await here.get(f"/users/{guest}/sponsors", select="id")

    assert [sponsor["id"] for sponsor in found.json()["value"]] == [mia]


class TestReset:
    """https://learn.microsoft.com/entra/external-id/reset-redemption-status"""

    async def test_a_reset_keeps_the_person_and_makes_them_redeem_again(self, here: Scene) -> None:
        ann = await here.id_of("ann@partner.example")
        await here.ask("PATCH", f"/users/{ann}", {"otherMails": ["ann@new.example"]})
        again = await self._reset(here, ann, "ann@new.example")
        guest = (await here.get(f"/users/{ann}", select="externalUserState,mail")).json()

        assert again.status_code == 201
        assert again.json()["invitedUser"]["id"] == ann
        assert guest["externalUserState"] == "PendingAcceptance"
        assert guest["mail"] == "ann@new.example"

    async def test_a_strange_address_is_refused(self, here: Scene) -> None:
        ann = await here.id_of("ann@partner.example")

        assert (await self._reset(here, ann, "x@new.example")).status_code == 400

    async def test_an_app_may_not_reset_someone_with_a_directory_role(self, here: Scene) -> None:
        role = {"principalId": "ann@partner.example", "roleDefinitionId": "r"}
        await here.seed(roleAssignments=[role])
        ann = await here.id_of("ann@partner.example")

        assert (await self._reset(here, ann, "ann@partner.example")).status_code == 403

    async def _reset(self, here: Scene, identity: str, address: str) -> Any:
        return await here.invite(address, resetRedemption=True, invitedUser={"id": identity})
