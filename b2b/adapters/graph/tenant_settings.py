"""The TenantSettings of the flows, kept by Microsoft Graph, with an administrator's sign-in."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar
from urllib.parse import quote

from kiota_abstractions.method import Method
from kiota_abstractions.request_adapter import RequestAdapter
from pydantic import BaseModel

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.client import Ask, Graph
from b2b.adapters.graph.pacing import Budget, Pacing
from b2b.adapters.graph.pages import GraphPage, decoded
from b2b.adapters.graph.place import at
from b2b.adapters.graph.tenant_models import (
    ROLE_OF,
    GraphAuthorization,
    GraphDefault,
    GraphDomainPolicy,
    GraphHome,
    GraphPartner,
    GraphPerson,
    GraphReview,
    GraphRule,
    definition_of,
    review_of,
    rule_of,
    trust_of,
    trusts_of,
)
from b2b.adapters.graph.tenant_rights import held_to
from b2b.domain.errors import Refused
from b2b.domain.odata import quoted
from b2b.domain.reason import Reason
from b2b.domain.tenant import (
    AddReview,
    AddRule,
    Area,
    AssignRole,
    Change,
    Collaboration,
    CrossTenant,
    DomainPolicy,
    Review,
    Rule,
    SetDefaultTrust,
    SetDomains,
    SetGuestAccess,
    SetInvitations,
    SetPartnerTrust,
)

M = TypeVar("M", bound=BaseModel)
AUTHORIZATION: Final = "/policies/authorizationPolicy"
DOMAINS: Final = "/policies/b2bManagementPolicies"
CROSS: Final = "/policies/crossTenantAccessPolicy"
HOME: Final = "/tenantRelationships/findTenantInformationByDomainName(domainName='{}')"
RULES: Final = "/identity/conditionalAccess/policies"
REVIEWS: Final = "/identityGovernance/accessReviews/definitions"
POST, PATCH, GET = Method.POST, Method.PATCH, Method.GET


class GraphTenant:
    """`beta` leads to the one list that v1.0 does not know."""

    def __init__(
        self, adapter: RequestAdapter, beta: RequestAdapter, pacing: Pacing | None = None
    ) -> None:
        self._graph, self._beta = Graph(adapter, pacing), Graph(beta, pacing)

    # Reading

    async def collaboration(self) -> Collaboration:
        answer = await self._read(AUTHORIZATION, Area.COLLABORATION)
        return decoded(answer, GraphAuthorization).value()

    async def domain_policy(self) -> DomainPolicy:
        rows = await self._all(DOMAINS, Area.DOMAINS, GraphDomainPolicy, self._beta)
        default = next((row for row in rows if row.is_organization_default), None)
        return default.value() if default else DomainPolicy()

    async def cross_tenant(self) -> CrossTenant:
        default = await self._read(f"{CROSS}/default", Area.TRUST)
        rows = await self._all(f"{CROSS}/partners", Area.TRUST, GraphPartner)
        partners = {
            row.tenant_id.lower(): trusts_of(row.inbound_trust) if row.inbound_trust else None
            for row in rows
        }
        return CrossTenant(trusts_of(decoded(default, GraphDefault).inbound_trust), partners)

    async def tenant_of(self, domain: str) -> str | None:
        answer = await self._send(GET, HOME.format(quote(domain, safe="")), Area.TRUST)
        if answer.status == 404:
            return None
        return decoded(held_to(answer, Area.TRUST), GraphHome).tenant_id.lower()

    async def rules(self) -> Sequence[Rule]:
        rows = await self._all(RULES, Area.CONDITIONAL_ACCESS, GraphRule)
        return [row.value() for row in rows]

    async def reviews(self) -> Sequence[Review]:
        return [row.value() for row in await self._all(REVIEWS, Area.REVIEWS, GraphReview)]

    async def person(self, address: str) -> str | None:
        wanted = quote(
            f"mail eq {quoted(address)} or userPrincipalName eq {quoted(address)}", safe=""
        )
        path = f"/users?$filter={wanted}&$select=id"
        found = await self._all(path, Area.REVIEWS, GraphPerson)
        return found[0].id if len(found) == 1 else None

    # Writing

    async def write(self, change: Change) -> None:
        match change:
            case SetInvitations():
                body: dict[str, Any] = {"allowInvitesFrom": str(change.after)}
                await self._write(PATCH, AUTHORIZATION, Area.COLLABORATION, body)
            case SetGuestAccess():
                body = {"guestUserRoleId": ROLE_OF[change.after]}
                await self._write(PATCH, AUTHORIZATION, Area.COLLABORATION, body)
            case SetDomains():
                await self._write_domains(change)
            case SetDefaultTrust():
                path = f"{CROSS}/default"
                await self._write(PATCH, path, Area.TRUST, trust_of(change.after))
            case SetPartnerTrust():
                await self._write_partner(change)
            case AddRule():
                await self._write(POST, RULES, Area.CONDITIONAL_ACCESS, rule_of(change))
            case AddReview():
                await self._write(POST, REVIEWS, Area.REVIEWS, review_of(change))
            case AssignRole():
                raise Refused(Reason("not_of_graph", "Roles in Azure are not Graph's to assign."))

    async def _write_domains(self, change: SetDomains) -> None:
        definition = {"definition": [definition_of(change)]}
        if change.before.id:
            path = f"{DOMAINS}/{change.before.id}"
            await self._write(PATCH, path, Area.DOMAINS, definition, self._beta)
            return
        new = {"displayName": "B2BManagementPolicy", "isOrganizationDefault": True, **definition}
        await self._write(POST, DOMAINS, Area.DOMAINS, new, self._beta)

    async def _write_partner(self, change: SetPartnerTrust) -> None:
        trust, path = trust_of(change.after), f"{CROSS}/partners"
        if change.known:
            await self._write(PATCH, f"{path}/{change.tenant}", Area.TRUST, trust)
        else:
            await self._write(POST, path, Area.TRUST, {"tenantId": change.tenant, **trust})

    # How

    async def _read(self, path: str, area: Area) -> Answer:
        return held_to(await self._send(GET, path, area), area)

    async def _all(
        self, path: str, area: Area, model: type[M], graph: Graph | None = None
    ) -> list[M]:
        """Every page, or an error."""
        service = graph or self._graph
        found: list[M] = []
        while path:
            answer = held_to(await self._send(GET, path, area, graph=service), area)
            page = decoded(answer, GraphPage[model])  # type: ignore[valid-type]
            found += page.value
            if page.next_link and not page.next_link.startswith(service.base_url + "/"):
                raise Refused(Reason("strange_link", "The directory's next page lies elsewhere."))
            path = page.next_link.removeprefix(service.base_url)
        return found

    async def _write(
        self,
        method: Method,
        path: str,
        area: Area,
        body: dict[str, Any],
        graph: Graph | None = None,
    ) -> None:
        held_to(await self._send(method, path, area, body, graph), area, writes=True)

    async def _send(
        self,
        method: Method,
        path: str,
        area: Area,
        body: dict[str, Any] | None = None,
        graph: Graph | None = None,
    ) -> Answer:
        service = graph or self._graph
        scarce = area is Area.CONDITIONAL_ACCESS
        budget = Budget.PROTECTION if scarce else None
        return await service.send(Ask(method, at(service, path), body=body, budget=budget))
