"""Mints and reads the tokens of the sandbox: JWTs with the claims of an app or of a person."""

import hashlib
import time
from collections.abc import Iterable
from typing import Any

import jwt

GRAPH = "https://graph.microsoft.com"
GRAPH_APP = "00000003-0000-0000-c000-000000000000"
SANDBOX_TENANT = "5a4d0c1e-0000-4000-8000-00000000da7a"
SANDBOX_APP = "5a4d0c1e-0000-4000-8000-0000000000a9"


class BadToken(Exception):
    """The token is none of ours, or no longer good."""


def mint(
    secret: str,
    *,
    roles: Iterable[str] = (),
    wids: Iterable[str] = (),
    audience: str = GRAPH,
    tenant: str = SANDBOX_TENANT,
    app: str = SANDBOX_APP,
    lifetime: float = 3600,
    person: str | None = None,
    scopes: Iterable[str] = (),
) -> str:
    """Of the app itself; or, with the id of a person, of the app on behalf of that person."""
    now = int(time.time())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now - 300,
        "exp": int(now + lifetime),
        "tid": tenant,
        "appid": app,
        "azp": app,
        "wids": sorted(wids),
    }
    claims |= (
        {"idtyp": "app", "roles": sorted(roles)}
        if person is None
        else {"idtyp": "user", "scp": " ".join(sorted(scopes)), "oid": person}
    )
    return jwt.encode(claims, _key(secret), algorithm="HS256")


def read(secret: str, token: str) -> dict[str, Any]:
    """The claims; the audience is for the caller to judge. Raises BadToken."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token, _key(secret), algorithms=["HS256"], options={"verify_aud": False}
        )
    except jwt.ExpiredSignatureError as expired:
        raise BadToken("Lifetime validation failed, the token is expired.") from expired
    except jwt.InvalidSignatureError as forged:
        raise BadToken("Access token validation failure. Invalid signature.") from forged
    except jwt.PyJWTError as wrong:
        raise BadToken("IDX14100: JWT is not well formed.") from wrong
    return claims


def _key(secret: str) -> bytes:
    # HS256 wants 32 bytes or more; whoever shares a short word still gets a whole key.
    return hashlib.sha256(secret.encode()).digest()
