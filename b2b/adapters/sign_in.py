"""An administrator's own sign-in: the token of a person, never that of an app or of ours.

The Azure CLI asks for a fixed set of permissions, which leaves out most policies
(https://github.com/Azure/azure-cli/issues/33062, read 2026-11-23), unless the tenant granted its
application more; a sign-in by browser or by device code asks for just those that are needed.
"""

import asyncio
import base64
import json
import time
from collections.abc import Sequence
from typing import Any, Final

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError
from azure.identity import AzureCliCredential, DeviceCodeCredential, InteractiveBrowserCredential

from b2b.domain.errors import Refused
from b2b.domain.reason import Reason
from b2b.domain.tenant import SignIn

# Microsoft Graph Command Line Tools: Microsoft's own public client for delegated permissions.
GRAPH_TOOLS: Final = "14d82eec-204b-4c2f-b7e8-296a70dab67e"
STORAGE: Final = "https://storage.azure.com/.default"
SLACK: Final = 120  # seconds before its end in which a token is not used any more


def credential(how: SignIn, tenant: str, client: str = "") -> TokenCredential:
    """`client`: the application that a browser or a device code signs in to; else Azure's own."""
    known: dict[str, Any] = {"client_id": client} if client else {}
    match how:
        case SignIn.AZ:
            return AzureCliCredential(tenant_id=tenant, process_timeout=60)
        case SignIn.BROWSER:
            return InteractiveBrowserCredential(tenant_id=tenant, **known)
        case SignIn.DEVICE:
            return DeviceCodeCredential(tenant_id=tenant, **known)


class Person:
    """An async credential for one service. Raises Refused for a token that is no person's."""

    def __init__(self, signed_in: TokenCredential, scopes: Sequence[str], tenant: str) -> None:
        self._signed_in, self._scopes, self._tenant = signed_in, tuple(scopes), tenant
        self._token: AccessToken | None = None

    async def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        if self._token is None or self._token.expires_on - time.time() < SLACK:
            self._token = await asyncio.to_thread(self._ask)
        return self._token

    def _ask(self) -> AccessToken:
        try:
            token = self._signed_in.get_token(*self._scopes)
        except AzureError as failure:
            raise Refused(Reason("not_signed_in", _how(str(failure)))) from None
        self._check(claims_of(token.token))
        return token

    def _check(self, claims: dict[str, Any]) -> None:
        """Only to keep an app out by mistake; whether the token is good is for the service."""
        if not _is_person(claims):
            words = (
                "This is the sign-in of an application. The tenant is changed by an administrator "
                "in person: run az login as yourself, or take --sign-in browser."
            )
            raise Refused(Reason("not_a_person", words))
        if self._tenant and claims.get("tid") != self._tenant:
            words = f"You are signed in to another tenant than {self._tenant} (TENANT_ID)."
            raise Refused(Reason("another_tenant", words))

    async def close(self) -> None:
        """There is nothing to let go of."""

    async def __aenter__(self) -> "Person":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def operator_of(signed_in: AsyncTokenCredential) -> str:
    """Returns the object id of the person who is signed in. Raises Refused.

    The token is one for storage, because storage decides who is an operator.
    """
    try:
        token = await signed_in.get_token(STORAGE)
    except AzureError as failure:
        raise Refused(Reason("not_signed_in", _how(str(failure)))) from None
    claims = claims_of(token.token)
    if not (_is_person(claims) and claims.get("oid")):
        words = "This is the sign-in of an application. A person has to do this: run az login."
        raise Refused(Reason("not_a_person", words))
    return str(claims["oid"])


def _is_person(claims: dict[str, Any]) -> bool:
    return claims.get("idtyp") != "app" and "scp" in claims


def claims_of(token: str) -> dict[str, Any]:
    """What a token says of itself; {} for one that cannot be read."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _how(message: str) -> str:
    first = message.strip().splitlines()[0] if message.strip() else "no answer"
    return f"You are not signed in ({first}). Run az login, or take --sign-in browser or device."
