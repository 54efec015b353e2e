"""Towns with a mailbox, and a partner whose guests get our own mail."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.demo.run import SEED
from sandbox.town import ROOT, Town
from tests.e2e import scene

MAILBOX = "guests@contoso.com"
SUBJECT = "Willkommen bei {{ organisation }}, {{ name }}!"
SETTINGS = {
    "MAIL_FROM": MAILBOX,
    "MAIL_LEASE_SECONDS": "3",
    "MAIL_COLLECT_SECONDS": "2",
    "MAIL_PER_MINUTE": "90",
    "REPLICATION_SECONDS": "2",
}


def policy() -> bytes:
    """The example, with our own mail for the guests of Fabrikam."""
    example = (ROOT / "policy.example.toml").read_text("utf-8")
    ours = example.replace('language = "de-DE"', 'language = "de-DE"\ndelivery = "mail"', 1)
    assert ours != example
    return ours.encode()


@asynccontextmanager
async def mailing_town(folder: Path, **settings: str) -> AsyncIterator[Town]:
    seed = folder / "seed.json"
    planted = json.loads(SEED.read_text("utf-8"))
    planted["users"].append(
        {"userType": "Member", "displayName": "Guests", "mail": MAILBOX}
        | {"userPrincipalName": MAILBOX}
    )
    seed.write_text(json.dumps(planted), "utf-8")
    async with scene.street(folder / "logs", seed, **SETTINGS | settings) as town:
        await town.storage.put("config", "policy.toml", policy())
        yield town


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """With two templates of the operator's: one that is sound, and one that is not."""
    async with mailing_town(tmp_path_factory.mktemp("mail")) as running:
        await running.storage.put("config", "mail/de/invitation.subject", SUBJECT.encode())
        await running.storage.put("config", "mail/de/invitation.html", b"<p>{{ nobody }}</p>")
        await running.start_host()
        yield running
