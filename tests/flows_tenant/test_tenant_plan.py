"""A plan is carried out one change at a time, each looked at again before it is written."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import DomainList, GuestAccess, InvitationsFrom, Policy, Trust
from b2b.domain.reason import Reason
from b2b.domain.tenant import Area, Collaboration, CrossTenant, DomainPolicy, Tone, Trusts
from b2b.flows.tenant_plan import Ending, TenantPlan, areas_of
from tests.domain.tenant.examples import GLASS, partner, policy, with_review, with_role
from tests.fakes.tenant import FakeAzure, FakeTenant

HOME = "11111111-2222-4333-8444-555555555555"
ALL = policy(
    replace(with_role(), access_review=with_review().access_review),
    domain_list=DomainList.PARTNERS,
    trust_mfa=Trust.PARTNERS,
    conditional_access=True,
    break_glass=(GLASS,),
)
CLOSED: dict[str, Any] = {
    "guest_access": GuestAccess.LIMITED,
    "invitations_from": InvitationsFrom.EVERYONE,
}
LATER = TryLater(Reason("slow", "No answer."), timedelta(seconds=1), unclear=True)


def planning(tenant: FakeTenant, azure: FakeAzure | None = None, **more: Any) -> TenantPlan:
    traits: dict[str, Any] = {"policy": ALL, "today": date(2026, 11, 23)} | more
    return TenantPlan(settings=tenant, azure=azure or FakeAzure(), **traits)


@pytest.fixture
def tenant() -> FakeTenant:
    return FakeTenant(homes={"fabrikam.example": HOME})


async def endings(plan: TenantPlan) -> list[Ending]:
    return [step.ending async for step in plan.bring_about(await plan.foresee())]


async def test_everything_is_done_and_then_there_is_nothing_left(tenant: FakeTenant) -> None:
    azure = FakeAzure()
    first = await endings(planning(tenant, azure))
    again = await planning(tenant, azure).foresee()

    assert first == [Ending.DONE] * 7
    assert again.changes == ()
    assert again.complete
    assert tenant.trust.partners == {HOME: Trusts(mfa=True)}
    assert len(azure.grants) == 1


async def test_a_plan_writes_nothing(tenant: FakeTenant) -> None:
    await planning(tenant).foresee()

    assert tenant.written == 0


@pytest.mark.parametrize("stopped_after", range(7))
@pytest.mark.parametrize("done", [True, False])
async def test_wherever_it_died_the_next_run_does_the_rest(
    tenant: FakeTenant, stopped_after: int, done: bool
) -> None:
    azure = FakeAzure()
    plan = planning(tenant, azure)
    steps = plan.bring_about(await plan.foresee())
    for _ in range(stopped_after):
        await anext(steps)
    tenant.fails, tenant.done = LATER, done
    with contextlib.suppress(TryLater):
        await anext(steps)
    tenant.fails = None
    await endings(planning(tenant, azure))

    assert (await planning(tenant, azure).foresee()).changes == ()
    assert (len(tenant.kept_rules), len(tenant.kept_reviews)) == (1, 1)
    assert len(azure.grants) == 1


def _opened(tenant: FakeTenant) -> None:
    tenant.open_to = Collaboration(InvitationsFrom.EVERYONE, GuestAccess.MEMBER)


def _closed(tenant: FakeTenant) -> None:
    tenant.open_to = Collaboration(InvitationsFrom.EVERYONE, GuestAccess.RESTRICTED)


def _listed(tenant: FakeTenant) -> None:
    tenant.domains = DomainPolicy("theirs", ("fabrikam.example", "else.example"))


def _siblings(tenant: FakeTenant) -> None:
    tenant.domains = replace(tenant.domains, siblings='{"Other": 1}')


@pytest.mark.parametrize(
    ("meanwhile", "area", "ending"),
    [
        (_opened, Area.COLLABORATION, Ending.CHANGED),
        (_closed, Area.COLLABORATION, Ending.ALREADY),
        (_listed, Area.DOMAINS, Ending.CHANGED),
        (_siblings, Area.DOMAINS, Ending.CHANGED),
    ],
)
async def test_what_somebody_else_did_meanwhile_is_noticed(
    tenant: FakeTenant, meanwhile: Callable[[FakeTenant], None], area: Area, ending: Ending
) -> None:
    plan = planning(tenant)
    foreseen = await plan.foresee()
    meanwhile(tenant)
    steps = [step async for step in plan.bring_about(foreseen)]
    of_area = [step.ending for step in steps if step.area is area]

    assert of_area[-1] is ending
    assert [step.ending for step in steps if step.area is not area].count(Ending.DONE) >= 4


async def test_an_area_that_may_not_be_read_does_not_hide_the_others(tenant: FakeTenant) -> None:
    tenant.unreadable = {"rules"}
    plan = await planning(tenant).foresee()

    assert plan.areas[Area.CONDITIONAL_ACCESS].remarks[0].tone is Tone.UNREAD
    assert not plan.complete
    assert len(plan.changes) == 6


async def test_a_refusal_is_told_and_the_rest_is_done(tenant: FakeTenant) -> None:
    tenant.fails = Refused(Reason("administrator_may_not", "You may not."))
    plan = planning(tenant)
    steps = [step async for step in plan.bring_about(await plan.foresee())]

    assert [step.ending for step in steps] == [Ending.REFUSED] + [Ending.DONE] * 6
    assert steps[0].sentence == "You may not."


async def test_the_default_stays_open_while_a_partner_has_no_trust_of_its_own(
    tenant: FakeTenant,
) -> None:
    tenant.trust = CrossTenant(Trusts(mfa=True))
    asked = policy(partner(), trust_mfa=Trust.PARTNERS, **CLOSED)
    plan = planning(tenant, policy=asked)
    tenant.fails = Refused(Reason("directory_refused", "Failure to update policy."))
    steps = [step async for step in plan.bring_about(await plan.foresee())]

    assert [step.ending for step in steps] == [Ending.REFUSED, Ending.REFUSED]
    assert tenant.trust.default == Trusts(mfa=True)
    assert await endings(plan) == [Ending.DONE, Ending.DONE]
    assert tenant.trust.default == Trusts()


async def test_a_role_that_vanished_is_not_assigned(tenant: FakeTenant) -> None:
    azure = FakeAzure()
    plan = planning(tenant, azure)
    foreseen = await plan.foresee()
    azure.known.clear()
    steps = [step async for step in plan.bring_about(foreseen)]

    assert [step.ending for step in steps if step.area is Area.AZURE] == [Ending.CHANGED]
    assert azure.grants == set()


@pytest.mark.parametrize(
    ("asked", "areas"),
    [
        (policy(), {Area.COLLABORATION}),
        (policy(partner(), domain_list=DomainList.PARTNERS), {Area.COLLABORATION, Area.DOMAINS}),
        (policy(trust_devices=Trust.EVERYONE), {Area.COLLABORATION, Area.TRUST}),
        (policy(with_role()), {Area.COLLABORATION, Area.AZURE}),
        (policy(with_review()), {Area.COLLABORATION, Area.REVIEWS}),
        (ALL, set(Area)),
    ],
)
def test_only_what_the_policy_asks_for_is_looked_at(asked: Policy, areas: set[Area]) -> None:
    assert set(areas_of(asked)) == areas
