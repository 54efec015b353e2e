"""The keys that the host's web addresses ask for, as in Azure; `func start` asks for none.

learn.microsoft.com/azure/azure-functions/function-keys-how-to: every call below /admin needs the
master key, an extension's webhook its system key or the master key, in the header `x-functions-key`
or as `code` in the address.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

MASTER_KEY = "SANDBOX_MASTER_KEY"
BLOBS_KEY = "SANDBOX_BLOBS_KEY"
"""The environment variables that say them; of what is not said nobody knows the key."""


@dataclass(frozen=True)
class Keys:
    master: str
    blobs: str
    """`systemKeys.blobs_extension`."""

    def is_master(self, request: web.Request) -> bool:
        return _is_given(request, self.master)

    def is_blobs(self, request: web.Request) -> bool:
        return _is_given(request, self.blobs) or self.is_master(request)


def read_keys(environment: Mapping[str, str]) -> Keys:
    master, blobs = (environment.get(name) or new_key() for name in (MASTER_KEY, BLOBS_KEY))
    return Keys(master, blobs)


def new_key() -> str:
    return secrets.token_urlsafe(32)


def _is_given(request: web.Request, key: str) -> bool:
    given = (request.headers.get("x-functions-key", ""), request.query.get("code", ""))
    return any(secrets.compare_digest(each.encode(), key.encode()) for each in given)
