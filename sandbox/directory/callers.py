"""Who is asking: the claims of the token, and what its roles or scopes allow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.directory.refusals import denied, unauthenticated
from sandbox.directory.tenant import Tenant
from sandbox.identity.tokens import GRAPH, GRAPH_APP, BadToken, read

AUDIENCES: Final = (GRAPH, f"{GRAPH}/", GRAPH_APP)
USER_READERS: Final = frozenset(
    {"User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"}
)
USER_DELETERS: Final = ("User.DeleteRestore.All", "User.ReadWrite.All")
GLOBAL_ADMINISTRATOR: Final = "62e90394-69f5-4237-9190-012177145e10"


@dataclass(frozen=True, slots=True)
class Caller:
    app: str
    roles: frozenset[str]
    wids: frozenset[str]
    delegated: bool = False  # a person signed in; then `roles` are the scopes of the token

    def may(self, permits: Iterable[str]) -> bool:
        """Any one of them; `A+B` asks for both."""
        return any(self.roles.issuperset(permit.split("+")) for permit in permits)

    def needs(self, *permits: str) -> None:
        if not self.may(permits):
            raise denied()

    def administers(self, roles: Iterable[str]) -> bool:
        """A person needs a directory role beside the scope; an app does not."""
        return not self.delegated or bool(self.wids & {GLOBAL_ADMINISTRATOR, *roles})

    @property
    def reads_users(self) -> bool:
        return bool(self.roles & USER_READERS)

    @property
    def reads_only_basics(self) -> bool:
        return "User.ReadBasic.All" in self.roles and not self.reads_users


def caller_of(headers: Mapping[str, str], tenant: Tenant, secret: str) -> Caller:
    """Raises Refused (401) unless the token is signed, in time and meant for us."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise unauthenticated("Access token is empty.")
    try:
        claims = read(secret, token.strip())
    except BadToken as bad:
        raise unauthenticated(str(bad)) from bad
    if claims.get("aud") not in AUDIENCES:
        raise unauthenticated("Access token validation failure. Invalid audience.")
    if claims.get("tid") != tenant.id:
        raise unauthenticated("Access token validation failure. Invalid tenant.")
    app = claims.get("appid") or claims.get("azp") or ""
    wids = frozenset(claims.get("wids", ()))
    if "scp" in claims:
        return Caller(app, frozenset(claims["scp"].split()), wids, delegated=True)
    return Caller(app, frozenset(claims.get("roles", ())), wids)
