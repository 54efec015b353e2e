"""A person's token is told from an app's, and asked for once."""

import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    AzureCliCredential,
    DeviceCodeCredential,
    InteractiveBrowserCredential,
)

from b2b.adapters.graph.tenant_rights import scopes_for
from b2b.adapters.sign_in import Person, claims_of, credential
from b2b.domain.errors import Refused
from b2b.domain.tenant import Area, SignIn
from sandbox.identity.tokens import SANDBOX_TENANT, mint


class Keyboard:
    """Hands out what it was given, and counts."""

    def __init__(self, token: str, lifetime: float = 3600) -> None:
        self.token, self.lifetime, self.asked = token, lifetime, 0

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        self.asked += 1
        return AccessToken(self.token, int(time.time() + self.lifetime))


def _person(keyboard: Keyboard, tenant: str = SANDBOX_TENANT) -> Person:
    return Person(keyboard, ["https://graph.microsoft.com/.default"], tenant)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (mint("s"), "not_a_person"),
        (mint("s", roles=["Policy.ReadWrite.Authorization"]), "not_a_person"),
        (mint("s", person="p", tenant="another"), "another_tenant"),
        ("opaque", "not_a_person"),
        ("a.%%%.c", "not_a_person"),
    ],
)
async def test_whoever_is_no_person_of_this_tenant_is_refused(token: str, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        await _person(Keyboard(token)).get_token()

    assert refusal.value.reason.code == code
    assert token not in refusal.value.reason.sentence


async def test_a_person_is_asked_once() -> None:
    keyboard = Keyboard(mint("s", person="p", scopes=["User.Read"]))
    person = _person(keyboard)
    tokens = {(await person.get_token("other")).token for _ in range(3)}

    assert tokens == {keyboard.token}
    assert keyboard.asked == 1


async def test_a_token_near_its_end_is_not_used_any_more() -> None:
    keyboard = Keyboard(mint("s", person="p", scopes=["User.Read"]), lifetime=60)
    person = _person(keyboard)
    await person.get_token()
    await person.get_token()

    assert keyboard.asked == 2


async def test_why_there_is_no_token_is_told() -> None:
    class Nobody(Keyboard):
        def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
            raise ClientAuthenticationError("AADSTS50034: no such account\nTrace ID: 1")

    with pytest.raises(Refused) as refusal:
        await _person(Nobody("")).get_token()

    assert "AADSTS50034: no such account" in refusal.value.reason.sentence
    assert "Trace" not in refusal.value.reason.sentence


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        (SignIn.AZ, AzureCliCredential),
        (SignIn.BROWSER, InteractiveBrowserCredential),
        (SignIn.DEVICE, DeviceCodeCredential),
    ],
)
def test_every_way_to_sign_in_is_one_of_a_person(how: SignIn, kind: type) -> None:
    assert type(credential(how, SANDBOX_TENANT, "client")) is kind


def test_what_a_token_says_of_itself_is_read() -> None:
    assert claims_of(mint("s", person="p", scopes=["A", "B"]))["scp"] == "A B"
    assert claims_of("W10.W10.W10") == {}


def test_a_plan_asks_for_no_right_to_write() -> None:
    everything = scopes_for(Area, writes=False)

    assert not [name for name in everything if "Write" in name]
    assert set(everything) < set(scopes_for(Area, writes=True))
    assert scopes_for([Area.COLLABORATION], writes=True) == [
        "Policy.Read.All",
        "Policy.ReadWrite.Authorization",
    ]
