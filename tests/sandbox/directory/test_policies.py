"""The tenant's policies: read, changed, and refused, whoever asks."""

import json
from typing import Any

import pytest

from sandbox.directory import permits
from sandbox.directory.callers import GLOBAL_ADMINISTRATOR
from tests.sandbox.directory.scene import Scene, refusal, words

RESTRICTED = "2af84b1e-32c8-42b7-82bc-daa82404023b"
OTHER = "11111111-2222-4333-8444-555555555555"
AUTHORIZATION = "/policies/authorizationPolicy"
CROSS = "/policies/crossTenantAccessPolicy"
TRUST = {
    "isMfaAccepted": True,
    "isCompliantDeviceAccepted": False,
    "isHybridAzureADJoinedDeviceAccepted": False,
}


def _definition(**lists: list[str]) -> str:
    inner = {"InvitationsAllowedAndBlockedDomainsPolicy": lists}
    return json.dumps({"B2BManagementPolicy": inner | {"AutoRedeemPolicy": {"Any": []}}})


class TestAuthorization:
    async def test_a_change_is_read_back_and_holds(self, here: Scene) -> None:
        change = {
            "allowInvitesFrom": "none",
            "guestUserRoleId": RESTRICTED,
            "defaultUserRolePermissions": {"allowedToCreateApps": False},
        }
        changed = await here.ask("PATCH", AUTHORIZATION, change)
        policy = (await here.get(AUTHORIZATION)).json()

        assert changed.status_code == 204
        assert (policy["allowInvitesFrom"], policy["guestUserRoleId"]) == ("none", RESTRICTED)
        assert policy["defaultUserRolePermissions"]["allowedToCreateApps"] is False
        assert policy["defaultUserRolePermissions"]["allowedToReadOtherUsers"] is True
        assert (await here.invite("zoe@new.example")).status_code == 403

    @pytest.mark.parametrize(
        "change",
        [
            {"allowInvitesFrom": "nobody"},
            {"allowInviteFrom": "none"},
            {"guestUserRoleId": OTHER},
            {"defaultUserRolePermissions": {"allowedToDoAll": True}},
            {"allowedToUseSSPR": "yes"},
            {},
        ],
    )
    async def test_what_graph_does_not_know_is_refused(
        self, here: Scene, change: dict[str, Any]
    ) -> None:
        before = await here.panel("GET", "tenant")
        answer = await here.ask("PATCH", AUTHORIZATION, change)

        assert answer.status_code == 400
        assert await here.panel("GET", "tenant") == before


class TestDomainList:
    @property
    def path(self) -> str:
        return "/policies/b2bManagementPolicies"

    async def _all(self, here: Scene) -> list[dict[str, Any]]:
        answer = await here.ask("GET", here.beta + self.path)
        found: list[dict[str, Any]] = answer.json()["value"]
        return found

    async def _add(self, here: Scene, definition: str, **more: Any) -> Any:
        body = {"displayName": "Domains", "definition": [definition], "isOrganizationDefault": True}
        return await here.ask("POST", here.beta + self.path, body | more)

    async def test_without_a_list_there_is_no_policy(self, here: Scene) -> None:
        assert await self._all(here) == []

    async def test_the_settings_are_the_policy(self, here: Scene) -> None:
        await here.settings(allowedDomains=["partner.example"])
        (policy,) = await self._all(here)

        inner = json.loads(policy["definition"][0])["B2BManagementPolicy"]
        lists = inner["InvitationsAllowedAndBlockedDomainsPolicy"]
        assert lists == {"AllowedDomains": ["partner.example"]}
        assert policy["isOrganizationDefault"] is True

    async def test_a_policy_written_rules_invitations(self, here: Scene) -> None:
        made = await self._add(here, _definition(AllowedDomains=["partner.example"]))
        refused = await here.invite("zoe@new.example")
        path = f"{here.beta}{self.path}/{made.json()['id']}"
        change = {"definition": [_definition(BlockedDomains=["bad.example"])]}
        changed = await here.ask("PATCH", path, change)

        assert (made.status_code, refused.status_code, changed.status_code) == (201, 400, 204)
        assert (await here.invite("zoe@new.example")).status_code == 201
        assert (await here.invite("zoe@bad.example")).status_code == 400
        assert (await here.ask("GET", path)).json()["definition"] == change["definition"]
        assert (await here.ask("DELETE", path)).status_code == 204
        assert (await here.invite("zoe@bad.example")).status_code == 201

    @pytest.mark.parametrize(
        "definition",
        [
            "not json",
            "{'B2BManagementPolicy': {}}",
            '{"B2BPolicy": {}}',
            _definition(AllowedDomains=["a.example"], BlockedDomains=["b.example"]),
            _definition(Domains=["a.example"]),
            _definition(AllowedDomains=["not a domain"]),
            _definition(AllowedDomains=[f"d{n:05d}.partner.example" for n in range(1000)]),
        ],
        ids=("text", "single quotes", "root", "both", "key", "domain", "too long"),
    )
    async def test_an_unsound_definition_is_refused(self, here: Scene, definition: str) -> None:
        answer = await self._add(here, definition)

        assert answer.status_code == 400
        assert await self._all(here) == []

    async def test_one_policy_is_the_default(self, here: Scene) -> None:
        await self._add(here, _definition())

        assert (await self._add(here, _definition())).status_code == 400
        assert (
            await self._add(here, _definition(), isOrganizationDefault=False)
        ).status_code == 201

    async def test_it_is_known_to_beta_only(self, here: Scene) -> None:
        assert (await here.get(self.path)).status_code == 404

    async def test_a_setting_may_hold_what_nobody_could_write_today(self, here: Scene) -> None:
        old = {"displayName": "Old", "definition": ["{'B2BManagementPolicy':{}}"]}
        await here.settings(domainPolicies=[old])

        assert [row["definition"] for row in await self._all(here)] == [old["definition"]]


class TestCrossTenant:
    async def test_the_default_is_microsofts_until_it_is_changed(self, here: Scene) -> None:
        before = (await here.get(f"{CROSS}/default")).json()
        changed = await here.ask("PATCH", f"{CROSS}/default", {"inboundTrust": TRUST})
        after = (await here.get(f"{CROSS}/default")).json()

        assert changed.status_code == 204
        assert (before["isServiceDefault"], after["isServiceDefault"]) == (True, False)
        assert after["inboundTrust"] == TRUST
        assert after["b2bCollaborationInbound"] == before["b2bCollaborationInbound"]

    async def test_partners_come_and_go(self, here: Scene) -> None:
        made = await here.ask("POST", f"{CROSS}/partners", {"tenantId": OTHER})
        again = await here.ask("POST", f"{CROSS}/partners", {"tenantId": OTHER})
        path = f"{CROSS}/partners/{OTHER}"
        changed = await here.ask("PATCH", path, {"inboundTrust": TRUST})
        one = (await here.get(path)).json()
        listed = (await here.get(f"{CROSS}/partners")).json()["value"]

        statuses = [answer.status_code for answer in (made, again, changed)]
        assert statuses == [201, 409, 204]
        assert made.json()["inboundTrust"] is None  # inherited
        assert one["inboundTrust"] == listed[0]["inboundTrust"] == TRUST
        assert (await here.ask("DELETE", path)).status_code == 204
        assert refusal(await here.get(path)) == (404, "Request_ResourceNotFound")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"tenantId": "partner.example"},
            {"tenantId": OTHER, "inboundTrust": {"isMfaTrusted": True}},
            {"tenantId": OTHER, "b2bCollaborationInbound": {"users": {}}},
        ],
    )
    async def test_what_graph_does_not_know_is_refused(
        self, here: Scene, body: dict[str, Any]
    ) -> None:
        assert (await here.ask("POST", f"{CROSS}/partners", body)).status_code == 400

    async def test_the_policy_may_be_25_kb_long(self, here: Scene) -> None:
        targets = [{"target": OTHER, "targetType": "user"}] * 400
        blocked = {"usersAndGroups": {"accessType": "blocked", "targets": targets}}
        body = {"tenantId": OTHER, "b2bCollaborationInbound": blocked}
        answer = await here.ask("POST", f"{CROSS}/partners", body)

        assert answer.status_code == 400
        assert "object limit" in words(answer)

    async def test_pages_are_followed(self, here: Scene) -> None:
        await here.settings(
            crossTenantPartners=[{"tenantId": f"{OTHER[:-1]}{n}"} for n in range(5)]
        )
        first = (await here.get(f"{CROSS}/partners", top=3)).json()
        second = (await here.ask("GET", first["@odata.nextLink"])).json()

        assert [len(page["value"]) for page in (first, second)] == [3, 2]
        assert "@odata.nextLink" not in second

    async def test_a_domain_leads_to_its_tenant(self, here: Scene) -> None:
        await here.settings(knownTenants={"partner.example": {"tenantId": OTHER}})
        path = "/tenantRelationships/findTenantInformationByDomainName(domainName='{}')"
        found = await here.get(path.format("Partner.example"))

        assert found.json()["tenantId"] == OTHER
        assert (await here.get(path.format("nobody.example"))).status_code == 404


async def test_external_identities_may_leave_unless_told_otherwise(here: Scene) -> None:
    path = f"{here.beta}/policies/externalIdentitiesPolicy"
    before = (await here.ask("GET", path)).json()
    changed = await here.ask("PATCH", path, {"allowExternalIdentitiesToLeave": False})
    after = (await here.ask("GET", path)).json()

    assert changed.status_code == 204
    assert before["allowExternalIdentitiesToLeave"] is True
    assert after["allowExternalIdentitiesToLeave"] is False


# method, path, body, the scope it needs, directory roles that are enough for a person
WRITES: list[tuple[str, str, Any, str, tuple[str, ...]]] = [
    (
        "PATCH",
        AUTHORIZATION,
        {"allowInvitesFrom": "none"},
        "Policy.ReadWrite.Authorization",
        permits.AUTHORIZATION_ADMINS,
    ),
    (
        "PATCH",
        f"{CROSS}/default",
        {"inboundTrust": TRUST},
        "Policy.ReadWrite.CrossTenantAccess",
        permits.CROSS_TENANT_ADMINS,
    ),
    (
        "POST",
        f"{CROSS}/partners",
        {"tenantId": OTHER},
        "Policy.ReadWrite.CrossTenantAccess",
        permits.CROSS_TENANT_ADMINS,
    ),
    (
        "POST",
        "beta/policies/b2bManagementPolicies",
        {"displayName": "Domains", "definition": [_definition()]},
        "Policy.ReadWrite.B2BManagementPolicy",
        (),
    ),
    (
        "PATCH",
        "beta/policies/externalIdentitiesPolicy",
        {"allowExternalIdentitiesToLeave": True},
        "Policy.ReadWrite.ExternalIdentities",
        (),
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "scope", "roles"), WRITES)
async def test_a_write_needs_its_scope_and_a_person_a_role_too(
    here: Scene, method: str, path: str, body: Any, scope: str, roles: tuple[str, ...]
) -> None:
    url = path if path.startswith("/") else f"{here.directory.origin}/{path}"
    callers = {
        "an app without": here.as_app("Policy.Read.All"),
        "a person without the scope": here.as_person("User.Read", wids=(GLOBAL_ADMINISTRATOR,)),
        "a person without a role": here.as_person(scope),
        "a person with another role": here.as_person(scope, wids=(permits.GLOBAL_READER,)),
    }
    for who, caller in callers.items():
        assert refusal(await caller.ask(method, url, body))[0] == 403, who
    enough = [here.as_person(scope, wids=(role,)) for role in (*roles, GLOBAL_ADMINISTRATOR)]

    assert (await enough[0].ask(method, url, body)).status_code < 300


@pytest.mark.parametrize("path", [AUTHORIZATION, CROSS, f"{CROSS}/default", f"{CROSS}/partners"])
async def test_reading_needs_one_permission(here: Scene, path: str) -> None:
    assert (await here.as_app("Policy.Read.All").get(path)).status_code == 200
    assert (await here.as_app("Directory.Read.All").get(path)).status_code == 403


@pytest.mark.parametrize(
    "settings",
    [
        {"authorization": {"allowedToFly": True}},
        {"crossTenantPartners": [{"tenant": OTHER}]},
        {"conditionalAccess": [{"displayName": "No state"}]},
        {"accessReviews": [{"displayName": "No scope"}]},
        {"namedLocations": [{"name": "Home"}]},
    ],
)
async def test_a_setting_that_graph_could_not_hold_is_refused(
    here: Scene, settings: dict[str, Any]
) -> None:
    answer = await here.http.put(f"{here.directory.origin}/sandbox/tenant", json=settings)

    assert answer.status_code == 400
