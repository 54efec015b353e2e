"""What every tenant and every Azure promise: the fakes, and the stand-ins over their sockets."""

from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio

from b2b.adapters.arm import ArmRoles
from b2b.adapters.graph.connection import connect
from b2b.adapters.graph.tenant_settings import GraphTenant
from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import AccessReview, AzureRole, GuestAccess, InvitationsFrom, Reviewers
from b2b.domain.request import GroupId
from b2b.domain.tenant import (
    AddReview,
    AddRule,
    AssignRole,
    Change,
    Collaboration,
    SetDefaultTrust,
    SetDomains,
    SetGuestAccess,
    SetInvitations,
    SetPartnerTrust,
    Trusts,
    grant_of,
)
from b2b.domain.tenant.roles import assignment_id
from b2b.ports.tenant import AzureRoles, TenantSettings
from sandbox.arm import Arm
from sandbox.directory import Directory
from sandbox.directory.faults import Fault
from sandbox.identity.tokens import mint
from tests.adapters.standin import Token
from tests.e2e_tenant.scene import ALL_SCOPES
from tests.fakes.tenant import READER, FakeAzure, FakeTenant

SCOPE = "https://graph.microsoft.com/.default"
GROUP = GroupId("00000000-0000-4000-8000-0000000000a1")
GLASS = "00000000-0000-4000-8000-0000000000e1"
SAM = "00000000-0000-4000-8000-0000000000e2"
HOME = "11111111-2222-4333-8444-555555555555"
WHERE = "/subscriptions/00000000-0000-4000-8000-0000000000f1/resourceGroups/a (b)"
EVERYONE, LIMITED = InvitationsFrom.EVERYONE, GuestAccess.LIMITED
REVIEW = AccessReview(reviewers=Reviewers.SPONSOR, every_months=6)
READING = AzureRole("Aurora", GROUP, "Reader", WHERE)


class TenantContract:
    """Everybody may invite, guests see little, and fabrikam.example has a tenant."""

    async def test_it_is_read_as_it_is(self, tenant: TenantSettings) -> None:
        assert await tenant.collaboration() == Collaboration(EVERYONE, LIMITED)
        assert (await tenant.domain_policy()).id == ""
        assert (await tenant.cross_tenant()).default == Trusts()
        assert list((await tenant.cross_tenant()).partners) == []
        assert list(await tenant.rules()) == []
        assert list(await tenant.reviews()) == []

    async def test_a_domain_leads_to_a_tenant_or_to_none(self, tenant: TenantSettings) -> None:
        assert await tenant.tenant_of("fabrikam.example") == HOME
        assert await tenant.tenant_of("nobody.example") is None

    async def test_somebody_is_known_by_address(self, tenant: TenantSettings) -> None:
        assert await tenant.person("sam@home.example") == SAM
        assert await tenant.person("o'nobody@home.example") is None

    @pytest.mark.parametrize(
        "change",
        [
            SetInvitations(EVERYONE, InvitationsFrom.NONE),
            SetGuestAccess(LIMITED, GuestAccess.MEMBER),
        ],
    )
    async def test_what_is_written_is_read(self, tenant: TenantSettings, change: Change) -> None:
        await tenant.write(change)
        await tenant.write(change)

        found = await tenant.collaboration()
        assert change.after in (found.invitations, found.access)  # type: ignore[operator, union-attr]

    async def test_a_list_of_domains_is_made_and_changed(self, tenant: TenantSettings) -> None:
        await tenant.write(SetDomains(await tenant.domain_policy(), ("a.example",)))
        made = await tenant.domain_policy()
        await tenant.write(SetDomains(made, ("a.example", "b.example")))
        changed = await tenant.domain_policy()

        assert made.allowed == ("a.example",)
        assert changed.allowed == ("a.example", "b.example")
        assert (changed.id, changed.siblings) == (made.id, made.siblings)

    async def test_trust_is_given_by_default_and_to_a_tenant(self, tenant: TenantSettings) -> None:
        believed = Trusts(mfa=True, joined=True)
        await tenant.write(SetDefaultTrust(Trusts(), believed))
        await tenant.write(SetPartnerTrust("F", HOME, False, None, Trusts(mfa=True)))
        await tenant.write(SetPartnerTrust("F", HOME, True, Trusts(mfa=True), Trusts()))
        found = await tenant.cross_tenant()

        assert found.default == believed
        assert dict(found.partners) == {HOME: Trusts()}

    async def test_a_rule_leaves_out_whom_it_names(self, tenant: TenantSettings) -> None:
        await tenant.write(AddRule("For guests", (GLASS,)))
        (rule,) = await tenant.rules()

        assert (rule.name, rule.excluded) == ("For guests", frozenset({GLASS}))
        assert rule.state != "enabled"

    @pytest.mark.parametrize("reviewer", ["", SAM])
    async def test_a_review_is_read_by_its_terms(
        self, tenant: TenantSettings, reviewer: str
    ) -> None:
        terms = REVIEW if reviewer else AccessReview()
        await tenant.write(AddReview("Guests", GROUP, terms, reviewer, date(2026, 12, 1)))
        (review,) = await tenant.reviews()

        assert (review.name, review.group, review.terms) == ("Guests", GROUP, terms)


class TestFakeTenant(TenantContract):
    @pytest.fixture
    def tenant(self) -> TenantSettings:
        return FakeTenant(homes={"fabrikam.example": HOME}, people={"sam@home.example": SAM})


@pytest_asyncio.fixture
async def directory() -> AsyncIterator[Directory]:
    seed = {
        "tenant": {"knownTenants": {"fabrikam.example": {"tenantId": HOME}}, "quotas": False},
        "users": [
            {"mail": "sam@home.example", "userType": "Member", "id": SAM},
            {"mail": "glass@home.example", "userType": "Member", "id": GLASS},
        ],
        "groups": [{"displayName": "Aurora", "id": GROUP}],
    }
    async with Directory.running(seed=seed) as running:
        yield running


class TestGraphTenant(TenantContract):
    @pytest.fixture
    def tenant(self, directory: Directory) -> TenantSettings:
        token = Token(directory.token(*ALL_SCOPES))
        beta = f"{directory.origin}/beta"
        return GraphTenant(connect(token, directory.url, SCOPE), connect(token, beta, SCOPE))

    async def test_every_page_is_read(self, directory: Directory, tenant: TenantSettings) -> None:
        ours = directory.tenant
        ids = [f"{HOME[:-3]}{number:03d}" for number in range(101)]
        partners = [{"tenantId": one} for one in ids]
        directory.world.tenant = ours.changed({"crossTenantPartners": partners})

        assert list((await tenant.cross_tenant()).partners) == ids

    async def test_a_page_that_fails_is_no_list(
        self, directory: Directory, tenant: TenantSettings
    ) -> None:
        partners = [{"tenantId": f"{HOME[:-3]}{number:03d}"} for number in range(101)]
        directory.world.tenant = directory.tenant.changed({"crossTenantPartners": partners})
        directory.world.faults.rules.append(Fault(method="GET", path="skiptoken", status=503))

        with pytest.raises(TryLater):
            await tenant.cross_tenant()

    async def test_a_next_page_elsewhere_gets_no_token(
        self, directory: Directory, tenant: TenantSettings
    ) -> None:
        page = '{"value":[],"@odata.nextLink":"https://evil.example/v1.0/next"}'
        directory.world.faults.rules.append(
            Fault(method="GET", path="partners", status=200, body=page)
        )

        with pytest.raises(Refused) as refusal:
            await tenant.cross_tenant()
        assert refusal.value.reason.code == "strange_link"

    async def test_an_answer_without_its_properties_is_no_setting(
        self, directory: Directory, tenant: TenantSettings
    ) -> None:
        directory.world.faults.rules.append(
            Fault(method="GET", path="authorizationPolicy", status=200, body='{"id":"x"}')
        )

        with pytest.raises(Refused) as refusal:
            await tenant.collaboration()
        assert refusal.value.reason.code == "answer_malformed"


class AzureContract:
    def _change(self) -> AssignRole:
        name = assignment_id(WHERE, READER, GROUP)
        return AssignRole(name, WHERE, READER, "Reader", GROUP, "Aurora")

    async def test_a_role_is_assigned_once_however_often(self, azure: AzureRoles) -> None:
        before = await azure.held([READING])
        await azure.assign(self._change())
        await azure.assign(self._change())
        after = await azure.held([READING])

        assert before.roles == after.roles == {(WHERE, "Reader"): READER}
        assert before.grants == frozenset()
        assert after.grants == {grant_of(WHERE, READER, GROUP)}

    async def test_an_unknown_role_is_told_and_the_others_are_read(self, azure: AzureRoles) -> None:
        held = await azure.held([AzureRole("Aurora", GROUP, "O'Reader", WHERE), READING])

        assert list(held.roles) == [(WHERE, "Reader")]
        assert "No role is called O'Reader" in held.remarks[0].sentence


class TestFakeAzure(AzureContract):
    @pytest.fixture
    def azure(self) -> AzureRoles:
        return FakeAzure()


@pytest_asyncio.fixture
async def arm() -> AsyncIterator[Arm]:
    async with Arm.running() as running:
        yield running


class TestArm(AzureContract):
    @pytest.fixture
    def azure(self, arm: Arm) -> AzureRoles:
        token = mint("sandbox", audience="https://management.azure.com", person="p")
        return ArmRoles(connect(Token(token), arm.url, "https://management.azure.com/.default"))

    async def test_every_page_of_assignments_is_read(self, arm: Arm, azure: AzureRoles) -> None:
        arm.world.settings.page = 1
        await azure.assign(self._change())
        roles = "/providers/Microsoft.Authorization/roleDefinitions"
        other = {"roleDefinitionId": f"{roles}/{READER}", "principalId": GROUP}
        above = WHERE.rpartition("/resourceGroups")[0]
        arm.world.add(above, "99999999-0000-4000-8000-000000000001", other)

        held = await azure.held([READING])
        assert held.grants == {grant_of(WHERE, READER, GROUP), grant_of(above, READER, GROUP)}

    async def test_a_role_may_be_named_by_its_id(self, azure: AzureRoles) -> None:
        held = await azure.held([AzureRole("Aurora", GROUP, READER.upper(), WHERE)])

        assert held.roles == {(WHERE, READER.upper()): READER}

    async def test_a_group_that_is_not_there_is_refused(self, arm: Arm, azure: AzureRoles) -> None:
        arm.world.settings.principals = []
        with pytest.raises(Refused) as refusal:
            await azure.assign(self._change())

        assert "PrincipalNotFound" in refusal.value.reason.sentence
