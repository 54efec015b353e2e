"""Who may use the broker: shared keys, the tokens that are signed with them, and their claims."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from sandbox.servicebus.refused import UNAUTHORIZED, Refused

SANDBOX_KEYS: Mapping[str, str] = {"sandbox": "sandbox"}
_SAS = "SharedAccessSignature "


@dataclass(frozen=True, slots=True)
class Access:
    """`anonymous`: links need no token, and no token is looked at."""

    keys: Mapping[str, str] = field(default_factory=lambda: SANDBOX_KEYS)
    anonymous: bool = False

    def allows_plain(self, response: bytes) -> bool:
        """RFC 4616: authorization id, name of the key and the key, divided by NUL."""
        parts = response.split(b"\0")
        if len(parts) != 3:
            return False
        key = self.keys.get(parts[1].decode(errors="replace"))
        return key is not None and hmac.compare_digest(key.encode(), parts[2])

    def claim(self, audience: str, token: object) -> tuple[str, float]:
        """The path that the token opens, and when it ends in seconds since 1970. Raises Refused.

        A token of Microsoft Entra ID is taken by its shape: nobody here can check its signature.
        """
        if not isinstance(token, str):
            raise Refused(UNAUTHORIZED, "The token has to be a string.")
        path = path_of(audience)
        if self.anonymous:
            return path, float("inf")
        if not token.startswith(_SAS):
            if token.count(".") != 2:
                raise Refused(UNAUTHORIZED, "The token is neither a SAS nor a JSON Web Token.")
            return path, float("inf")
        return path, self._checked_sas(token.removeprefix(_SAS), path)

    def _checked_sas(self, token: str, path: str) -> float:
        """learn.microsoft.com/azure/service-bus-messaging/service-bus-sas"""
        raw = dict(part.partition("=")[::2] for part in token.split("&"))
        said = dict(parse_qsl(token))
        key = self.keys.get(said.get("skn", ""), "")
        text = f"{raw.get('sr', '')}\n{raw.get('se', '')}".encode()
        right = base64.b64encode(hmac.digest(key.encode(), text, hashlib.sha256)).decode()
        given = unquote_plus(raw.get("sig", ""))
        if not key or not hmac.compare_digest(right.encode(), given.encode()):
            raise Refused(UNAUTHORIZED, "InvalidSignature: The token has an invalid signature.")
        if not said.get("se", "").isdigit() or int(said["se"]) <= time.time():
            raise Refused(UNAUTHORIZED, "ExpiredToken: The token is expired.")
        if not within(path, path_of(said.get("sr", ""))):
            raise Refused(UNAUTHORIZED, "InvalidAudience: The token is for another resource.")
        return float(said["se"])


def path_of(address: str) -> str:
    """`amqps://host:port/queue` and `queue` are the same."""
    rest = address.partition("://")[2]
    return rest.partition("/")[2] if rest else address


def within(path: str, claimed: str) -> bool:
    path, claimed = path.strip("/").lower(), claimed.strip("/").lower()
    return not claimed or path == claimed or path.startswith(f"{claimed}/")
