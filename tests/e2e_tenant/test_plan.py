"""tenant plan: a diff, and nothing else happens."""

import pytest

from tests.e2e_tenant.scene import BREAK_GLASS, GROUP, HOME, SCOPE, WITH_RULE, Desk

RULE = "Guestkeeper: a second factor for guests"
TERMS = (
    "every 3 months, 14 days, by the sponsor; applied by hand; unanswered guests keep their access"
)
READING = (
    "Policy.Read.All",
    "Policy.Read.B2BManagementPolicy",
    "AccessReview.Read.All",
    "CrossTenantInformation.ReadBasic.All",
    "User.ReadBasic.All",
)
GLOBAL_READER = ("f2ef992c-3afb-46b9-b7cf-a126ee74c451",)


async def test_a_plan_reads_like_a_diff_and_changes_nothing(here: Desk) -> None:
    here.write(WITH_RULE)
    before = await here.state()
    said = await here.tenant("plan")

    assert said.code == 0, said.errors
    assert said.lines == [
        "@@ collaboration settings @@",
        "- who may invite: everyone",
        "+ who may invite: adminsGuestInvitersAndAllMembers",
        "- what guests may see: limited",
        "+ what guests may see: restricted",
        "@@ domain list @@",
        "- every domain",
        "+ only the domains on the list:",
        "+   fabrikam.example",
        "+   litware.example",
        "@@ cross-tenant trust @@",
        f"- trust in Fabrikam (tenant {HOME}): inherited from the default",
        f"+ trust in Fabrikam (tenant {HOME}): second factor",
        "! No tenant stands behind litware.example: there is nothing to trust there.",
        "@@ Conditional Access @@",
        f'+ policy "{RULE}", report-only: all guests, all apps, MFA',
        f"+   excluded: emergency account {BREAK_GLASS}",
        "@@ Azure roles @@",
        f"+ group Aurora ({GROUP}) holds Reader",
        f"+   at {SCOPE}",
        "@@ access reviews @@",
        '+ review "Guestkeeper: guests in Aurora"',
        f"+   {TERMS}",
        '+ review "Guestkeeper: guests in Borealis"',
        f"+   {TERMS}",
        "8 changes to make.",
    ]
    assert await here.state() == before
    assert await here.writes() == 0


async def test_reading_rights_are_enough_for_a_plan(here: Desk) -> None:
    here.write(WITH_RULE)
    here.sign_in(*READING, wids=GLOBAL_READER)
    said = await here.tenant("plan")

    assert said.code == 0, said.out
    assert "8 changes to make." in said.lines


async def test_what_the_policy_leaves_alone_is_not_even_read(here: Desk) -> None:
    here.write('own_domains = ["home.example"]\n')
    said = await here.tenant("plan")
    operations = (await here.panel("GET", "counters"))["byOperation"]

    assert said.lines[-1] == "2 changes to make."
    assert set(operations) == {"GET /policies/authorizationPolicy"}
    assert here.arm.world.requests == 0


async def test_what_is_closed_further_is_left_so_and_told(here: Desk) -> None:
    here.write('own_domains = ["home.example"]\n[posture]\nguest_access = "limited"\n')
    await here.settings(
        allowInvitesFrom="none", guestUserRoleId="2af84b1e-32c8-42b7-82bc-daa82404023b"
    )
    said = await here.tenant("plan")

    assert said.code == 0
    assert [line[0] for line in said.lines] == ["@", "!", "!", "N"]
    assert "Who may invite is none" in said.lines[1]
    assert "What guests may see is restricted" in said.lines[2]


async def test_what_may_not_be_read_is_told_and_the_rest_is_planned(here: Desk) -> None:
    here.sign_in("Policy.Read.All", "CrossTenantInformation.ReadBasic.All")
    said = await here.tenant("plan")
    told = [line for line in said.lines if "may not read" in line]

    assert said.code == 2
    assert "Policy.Read.B2BManagementPolicy" in told[0]
    assert "Global Administrator" in told[0]
    assert "AccessReview.Read.All" in told[1]
    assert "+ who may invite: adminsGuestInvitersAndAllMembers" in said.lines
    assert said.lines[-1] == "4 changes to make; look at the lines with ! first."


async def test_a_missing_licence_is_told_as_such(here: Desk) -> None:
    here.write(WITH_RULE)
    await here.settings(licences=[])
    said = await here.tenant("plan")

    assert said.code == 2
    assert any("the tenant has no Microsoft Entra ID P1" in line for line in said.lines)
    assert any("P2 or ID Governance" in line for line in said.lines)


@pytest.mark.parametrize(
    ("change", "said_so"),
    [
        ({"administrators": ["somebody-else"]}, ""),  # only writing is refused there
        ({"subscriptions": []}, "Azure does not know"),
    ],
)
async def test_azure_is_read_as_it_is(
    here: Desk, change: dict[str, list[str]], said_so: str
) -> None:
    await here.http.put(f"{here.arm.url}/sandbox/settings", json=change)
    said = await here.tenant("plan")

    assert said_so in said.out
    assert said.code == (2 if said_so else 0)


async def test_a_role_that_does_not_exist_is_told(here: Desk) -> None:
    here.write(WITH_RULE.replace('role = "Reader"', 'role = "Raeder"'))
    said = await here.tenant("plan")

    assert said.code == 2
    assert f"! No role is called Raeder at {SCOPE}." in said.lines


async def test_the_settings_of_the_tenant_are_checked(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPH_URL", "graph")
    said = await here.tenant("plan")

    assert said.code == 64
    assert "GRAPH_URL" in said.errors
