"""A token endpoint, and the environment App Service would give to the app."""

from collections.abc import AsyncIterator

import pytest

from sandbox.identity.endpoint import Identity, IdentityEndpoint

READER = Identity(client_id="00000000-aaaa-4000-8000-000000000001", roles=["User.Read.All"])
INVITER = Identity(client_id="00000000-bbbb-4000-8000-000000000002", roles=["User.Invite.All"])


@pytest.fixture
async def endpoint(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[IdentityEndpoint]:
    async with IdentityEndpoint.running(identities=[READER, INVITER]) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running
