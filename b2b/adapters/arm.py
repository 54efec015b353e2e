"""The AzureRoles of the flows, kept by Azure Resource Manager, with an administrator's sign-in.

https://learn.microsoft.com/azure/role-based-access-control/role-assignments-rest (read 2026-11-23)
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from pydantic import BaseModel, ConfigDict, Field

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.errors import error_of, translate
from b2b.adapters.graph.pages import decoded
from b2b.adapters.graph.place import at
from b2b.domain.errors import Refused, TryLater
from b2b.domain.odata import quoted
from b2b.domain.policy import AzureRole
from b2b.domain.reason import Reason
from b2b.domain.tenant import AssignRole, Grant, Held, Remark, Tone, grant_of

VERSION: Final = "api-version=2022-04-01"
ASSIGNMENTS: Final = "providers/Microsoft.Authorization/roleAssignments"
DEFINITIONS: Final = "providers/Microsoft.Authorization/roleDefinitions"
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_THERE_ALREADY: Final = "RoleAssignmentExists"


class _Wire(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True, frozen=True)


class _Definition(_Wire):
    name: str


class _Properties(_Wire):
    scope: str
    role: str = Field(alias="roleDefinitionId")
    principal: str = Field(alias="principalId")


class _Assignment(_Wire):
    properties: _Properties


class _Definitions(_Wire):
    value: list[_Definition]


class _Assignments(_Wire):
    value: list[_Assignment]
    next_link: str | None = Field(None, alias="nextLink")


class ArmRoles:
    """ARM answers in the shape of Graph's errors, so Graph's client carries it as well."""

    def __init__(self, adapter: RequestAdapter) -> None:
        self._arm = Graph(adapter)

    async def held(self, wanted: Sequence[AzureRole]) -> Held:
        roles: dict[tuple[str, str], str] = {}
        grants: set[Grant] = set()
        remarks: dict[Remark, None] = {}
        for one in wanted:
            try:
                role = await self._role(one)
                grants |= await self._grants(one)
                roles[one.scope, one.role] = role
            except Refused as refusal:
                remarks[Remark(Tone.UNREAD, refusal.reason.sentence)] = None
        return Held(roles, frozenset(grants), tuple(remarks))

    async def assign(self, change: AssignRole) -> None:
        path = f"{_quoted(change.scope)}/{ASSIGNMENTS}/{change.id}?{VERSION}"
        properties = {
            "roleDefinitionId": f"{change.scope}/{DEFINITIONS}/{change.role}",
            "principalId": change.group,
            "principalType": "Group",  # spares ARM a look for a group that is not replicated yet
        }
        ask = Ask(Method.PUT, at(self._arm, path), body={"properties": properties})
        answer = await self._arm.send(ask)
        if answer.status == 409 and error_of(answer)[0] == _THERE_ALREADY:
            return
        _held_to(answer, change.scope, "assign roles")

    async def _role(self, one: AzureRole) -> str:
        """Raises Refused when there is no role of that name at the scope."""
        if _GUID.match(one.role):
            return one.role.lower()
        wanted = quote(f"roleName eq {quoted(one.role)}", safe="")
        path = f"{_quoted(one.scope)}/{DEFINITIONS}?{VERSION}&$filter={wanted}"
        found = decoded(await self._read(path, one.scope), _Definitions).value
        if len(found) != 1:
            words = f"No role is called {one.role} at {one.scope}."
            raise Refused(Reason("role_unknown", words))
        return found[0].name.lower()

    async def _grants(self, one: AzureRole) -> set[Grant]:
        wanted = quote(f"principalId eq {quoted(one.group)}", safe="")
        path = f"{_quoted(one.scope)}/{ASSIGNMENTS}?{VERSION}&$filter={wanted}"
        grants: set[Grant] = set()
        while path:
            page = decoded(await self._read(path, one.scope), _Assignments)
            for held in (row.properties for row in page.value):
                role = held.role.rpartition("/")[2]
                grants.add(grant_of(held.scope, role, held.principal))
            following = page.next_link or ""
            if following and not following.startswith(self._arm.base_url + "/"):
                raise Refused(Reason("strange_link", "Azure's next page lies elsewhere."))
            path = following.removeprefix(self._arm.base_url)
        return grants

    async def _read(self, path: str, scope: str) -> Answer:
        answer = await self._arm.send(Ask(Method.GET, at(self._arm, path)))
        return _held_to(answer, scope, "read roles")


def _quoted(scope: str) -> str:
    return quote(scope, safe="/()")


def _held_to(answer: Answer, scope: str, what: str) -> Answer:
    if answer.ok:
        return answer
    raise _meaning(answer, scope, what)


def _meaning(answer: Answer, scope: str, what: str) -> Refused | TryLater:
    code, message = error_of(answer)
    if answer.status == 403:
        words = (
            f"Your sign-in may not {what} at {scope}: it takes Role Based Access Control "
            "Administrator or User Access Administrator there."
        )
        return Refused(Reason("administrator_may_not", words))
    if answer.status == 401:
        return Refused(
            Reason("sign_in_again", "Azure does not accept your sign-in. Sign in again.")
        )
    if answer.status == 404:
        return Refused(Reason("scope_unknown", f"Azure does not know {scope}."))
    if answer.status == 429 or answer.status >= 500:
        return translate(answer)
    return Refused(Reason("azure_refused", f"Azure answered {answer.status} {code}: {message}"))
