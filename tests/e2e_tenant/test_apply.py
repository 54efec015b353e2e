"""tenant apply: asks, does what the plan says, once, and never overwrites somebody."""

import asyncio
import json
from typing import Any

import pytest

from tests.e2e.scene import until
from tests.e2e_tenant.scene import (
    BREAK_GLASS,
    GROUP,
    HOME,
    OTHER_GROUP,
    POLICY,
    RESTRICTED,
    SCOPE,
    SPONSOR,
    WITH_RULE,
    Desk,
)

PROMPT = b"Make these 7 changes?"


class TestConsent:
    @pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("", 130)])
    async def test_without_it_nothing_is_changed(self, here: Desk, answer: str, code: int) -> None:
        before = await here.state()
        said = await here.asked(answer)

        assert said.code == code, said.errors
        assert PROMPT.decode() in said.out
        assert await here.state() == before
        assert await here.writes() == 0

    async def test_with_it_the_plan_is_carried_out(self, here: Desk) -> None:
        said = await here.asked("y\n")

        assert said.code == 0, said.errors
        assert said.out.count("done  ") == 7
        assert said.lines[-1] == "Nothing to change."
        assert await here.found("allowInvitesFrom") == "adminsGuestInvitersAndAllMembers"


async def test_everything_is_as_the_policy_has_it_and_a_second_time_nothing_happens(
    here: Desk,
) -> None:
    here.write(WITH_RULE)
    first = await here.applied()
    before, wrote = await here.state(), await here.writes()
    again = await here.applied()
    tenant = before["directory"]["tenant"]

    assert (first.code, again.code) == (0, 0), first.out + again.out
    assert again.lines[-1] == "Nothing to change."
    assert await here.state() == before
    assert await here.writes() == wrote
    assert tenant["allowInvitesFrom"] == "adminsGuestInvitersAndAllMembers"
    assert tenant["guestUserRoleId"] == RESTRICTED
    assert tenant["allowedDomains"] == ["fabrikam.example", "litware.example"]
    assert tenant["crossTenantDefault"] == {}
    assert tenant["crossTenantPartners"] == [
        {
            "tenantId": HOME,
            "inboundTrust": {
                "isMfaAccepted": True,
                "isCompliantDeviceAccepted": False,
                "isHybridAzureADJoinedDeviceAccepted": False,
            },
        }
    ]
    (assignment,) = before["assignments"]
    assert assignment["properties"]["scope"] == SCOPE
    assert assignment["properties"]["principalId"] == GROUP
    assert assignment["properties"]["principalType"] == "Group"
    assert len(tenant["conditionalAccess"]) == 1


class TestRule:
    async def _rule(self, here: Desk) -> dict[str, Any]:
        (rule,) = await here.found("conditionalAccess")
        return dict(rule)

    async def test_it_only_reports_and_leaves_out_the_emergency_accounts(self, here: Desk) -> None:
        here.write(WITH_RULE)
        await here.settings(budgets={})  # one request a second, as everybody has it
        said = await here.applied()
        rule = await self._rule(here)

        assert said.code == 0, said.out
        assert rule["state"] == "enabledForReportingButNotEnforced"
        assert rule["conditions"]["users"]["excludeUsers"] == [BREAK_GLASS]
        assert rule["grantControls"] == {"operator": "OR", "builtInControls": ["mfa"]}

    async def test_once_enabled_it_stays_enabled(self, here: Desk) -> None:
        here.write(WITH_RULE)
        await here.applied()
        enabled = await self._rule(here) | {"state": "enabled"}
        await here.settings(conditionalAccess=[enabled])
        said = await here.applied()

        assert said.lines[-1] == "Nothing to change."
        assert (await self._rule(here))["state"] == "enabled"

    async def test_without_an_emergency_account_none_is_made(self, here: Desk) -> None:
        here.write(WITH_RULE.replace(f'break_glass = ["{BREAK_GLASS}"]', "break_glass = []"))
        said = await here.applied()

        assert said.code == 2
        assert "No rule for guests is made" in said.out
        assert await here.found("conditionalAccess") == []
        assert await here.found("guestUserRoleId") == RESTRICTED


class TestReviews:
    async def test_nobody_loses_access_by_silence_unless_the_policy_says_so(
        self, here: Desk
    ) -> None:
        await here.applied()
        reviews = await here.found("accessReviews")
        settings = [review["settings"] for review in reviews]

        assert [review["scope"]["query"].split("/")[2] for review in reviews] == [
            GROUP,
            OTHER_GROUP,
        ]
        assert all(not one["autoApplyDecisionsEnabled"] for one in settings)
        assert all(not one["defaultDecisionEnabled"] for one in settings)
        assert all("defaultDecision" not in one for one in settings)
        assert all(one["recurrence"]["pattern"]["interval"] == 3 for one in settings)
        assert reviews[0]["reviewers"][0]["query"] == f"/users/{SPONSOR}"
        assert reviews[0]["fallbackReviewers"][0]["query"] == f"/groups/{GROUP}/owners"

    async def test_the_policy_may_say_so(self, here: Desk) -> None:
        terms = '{ every_months = 6, days = 7, apply = true, unanswered = "remove" }'
        here.write(POLICY.replace('{ reviewers = "sponsor" }', terms))
        await here.applied()
        review = (await here.found("accessReviews"))[0]

        assert review["settings"]["autoApplyDecisionsEnabled"] is True
        assert review["settings"]["defaultDecision"] == "Deny"
        assert review["reviewers"][0]["query"] == f"/groups/{GROUP}/owners"
        assert (await here.applied()).lines[-1] == "Nothing to change."


class TestDomains:
    async def test_what_else_is_in_the_definition_is_kept(self, here: Desk) -> None:
        inner = {
            "InvitationsAllowedAndBlockedDomainsPolicy": {"BlockedDomains": ["bad.example"]},
            "AutoRedeemPolicy": {"AdminConsentedForUsersIntoTenantIds": [HOME]},
            "PreviewPolicy": {"Features": ["OneTimePasscode"]},
        }
        definition = json.dumps({"B2BManagementPolicy": inner})
        policy = {"displayName": "B2B", "definition": [definition], "isOrganizationDefault": True}
        await here.settings(domainPolicies=[policy], blockedDomains=["bad.example"])
        await here.settings(domainPolicies=[policy])
        said = await here.applied()
        (kept,) = await here.found("domainPolicies")
        after = json.loads(kept["definition"][0])["B2BManagementPolicy"]

        assert said.code == 0, said.out
        assert "- every domain but bad.example" in said.lines
        assert after.pop("InvitationsAllowedAndBlockedDomainsPolicy") == {
            "AllowedDomains": ["fabrikam.example", "litware.example"]
        }
        assert after == {name: inner[name] for name in ("AutoRedeemPolicy", "PreviewPolicy")}

    async def test_a_narrower_list_is_widened_only_when_asked(self, here: Desk) -> None:
        await here.settings(allowedDomains=["fabrikam.example", "old.example"])
        said = await here.applied()
        narrow = await here.found("allowedDomains")
        await here.tenant("apply", "--yes", "--widen")

        assert "-   old.example" in said.lines
        assert "! The tenant does not admit litware.example" in said.out
        assert narrow == ["fabrikam.example"]
        assert await here.found("allowedDomains") == ["fabrikam.example", "litware.example"]

    async def test_a_list_that_cannot_be_understood_is_not_touched(self, here: Desk) -> None:
        odd = {
            "displayName": "B2B",
            "definition": ["{'B2BManagementPolicy':{}}"],
            "isOrganizationDefault": True,
        }
        await here.settings(domainPolicies=[odd])
        said = await here.applied()

        assert said.code == 2
        assert "a form that is not documented" in said.out
        assert (await here.found("domainPolicies"))[0]["definition"] == odd["definition"]


class TestInterrupted:
    async def test_killed_half_way_the_plan_shows_the_rest(self, here: Desk) -> None:
        here.write(WITH_RULE)
        child = await here.begun("apply", "--yes")

        async def begun() -> bool:
            return bool(await here.found("guestUserRoleId") == RESTRICTED)

        await until(begun)
        child.kill()
        await child.communicate()
        done = await here.found("allowInvitesFrom") == "adminsGuestInvitersAndAllMembers"
        planned = await here.tenant("plan")
        finished = await here.applied()

        assert done
        assert not any("who may invite" in line for line in planned.lines)
        assert finished.lines[-1] == "Nothing to change."
        assert len(await here.found("crossTenantPartners")) == 1
        assert len(await here.found("conditionalAccess")) == 1
        assert len(await here.found("accessReviews")) == 2
        assert len((await here.state())["assignments"]) == 1

    async def test_a_write_whose_answer_was_lost_is_not_made_again(self, here: Desk) -> None:
        fault = {"method": "POST", "path": "accessReviews", "drop": True, "after_effect": True}
        await here.panel("POST", "faults", fault)
        lost = await here.tenant("apply", "--yes")
        again = await here.applied()

        assert lost.code == 75
        assert "Plan again later" in lost.errors
        assert again.lines[-1] == "Nothing to change."
        assert len(await here.found("accessReviews")) == 2

    async def test_half_a_list_is_no_list(self, here: Desk) -> None:
        await here.settings(accessReviews=[])
        page = {"method": "GET", "path": "accessReviews", "status": 500, "count": None}
        await here.panel("POST", "faults", page)
        said = await here.tenant("apply", "--yes")

        assert said.code == 75
        assert await here.writes() == 0


async def test_who_changes_the_tenant_meanwhile_is_not_overwritten(here: Desk) -> None:
    child = await here.begun("apply")
    assert child.stdout is not None
    assert child.stdin is not None
    shown = await asyncio.wait_for(child.stdout.readuntil(PROMPT), 100)
    await here.settings(
        allowInvitesFrom="none",  # closed further than we would
        guestUserRoleId="a0b1b346-4d3e-4e8b-98f8-753987be4970",  # opened
        allowedDomains=["somebody.example", "fabrikam.example"],  # a list of somebody's own
    )
    child.stdin.write(b"y\n")
    rest, _ = await asyncio.wait_for(child.communicate(), 100)
    told = rest.decode().splitlines()

    assert b"+ who may invite: adminsGuestInvitersAndAllMembers" in shown
    assert child.returncode == 2
    assert any("already so  who may invite" in line for line in told)
    assert sum("somebody changed it meanwhile" in line for line in told) == 2
    assert await here.found("allowInvitesFrom") == "none"
    assert await here.found("guestUserRoleId") == "a0b1b346-4d3e-4e8b-98f8-753987be4970"
    assert await here.found("allowedDomains") == ["somebody.example", "fabrikam.example"]
    assert len(await here.found("crossTenantPartners")) == 1


async def test_a_role_that_somebody_assigned_already_is_left_alone(here: Desk) -> None:
    reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    definitions = f"{SCOPE}/providers/Microsoft.Authorization/roleDefinitions"
    body = {
        "scope": SCOPE,
        "name": "99999999-0000-4000-8000-000000000001",
        "properties": {"roleDefinitionId": f"{definitions}/{reader}", "principalId": GROUP},
    }
    await here.http.post(f"{here.arm.url}/sandbox/assignments", json=body)
    said = await here.applied()

    assert "@@ Azure roles @@" not in said.lines
    assert [row["name"] for row in (await here.state())["assignments"]] == [body["name"]]
