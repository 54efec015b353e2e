"""What `tenant apply` sends, held to Microsoft's descriptions of Graph, v1.0 and beta."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.contract_graph.description import (
    FILE,
    WHY_NOT,
    faults_of_answer,
    faults_of_request,
    operation_of,
)
from tests.contract_graph.recorder import Exchange, recording
from tests.e2e_tenant.scene import POLICY, WITH_RULE, desk
from tests.sandbox.directory.description import checker, description

pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=WHY_NOT)
WIDER = WITH_RULE.replace('trust_mfa = "partners"', 'trust_mfa = "everyone"')
WRITES = {
    "PATCH /policies/authorizationPolicy",
    "PATCH /policies/crossTenantAccessPolicy/default",
    "PATCH /policies/crossTenantAccessPolicy/partners/"
    "{crossTenantAccessPolicyConfigurationPartner-tenantId}",
    "POST /policies/crossTenantAccessPolicy/partners",
    "POST /identity/conditionalAccess/policies",
    "POST /identityGovernance/accessReviews/definitions",
}
# Said to be read-only in general; the page of the operation asks for it in a new one.
# https://learn.microsoft.com/graph/api/crosstenantaccesspolicy-post-partners
OF_A_NEW_PARTNER = "tenantId"


@pytest_asyncio.fixture
async def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[Exchange]]:
    """Every kind of change, each at least once."""
    async with desk(tmp_path) as here, recording(here.directory.url) as recorder:
        for name, value in (here.environment | {"GRAPH_URL": recorder.url}).items():
            monkeypatch.setenv(name, value)
        for text in (WITH_RULE, POLICY.replace("trust_mfa", "trust_devices"), WIDER):
            here.write(text)
            assert (await here.applied()).code == 0
        yield recorder.exchanges


def _faults(one: Exchange) -> list[str]:
    target = one.target.removeprefix("/v1.0").replace("%24", "$")
    body = json.loads(one.body) if one.body else None
    answer = json.loads(one.answer) if one.answer else None
    return [
        fault
        for fault in (
            *faults_of_request(one.method, target, one.headers, body),
            *faults_of_answer(one.method, target, one.status, answer),
        )
        if not (one.method == "POST" and OF_A_NEW_PARTNER in fault and "read-only" in fault)
    ]


def _name(one: Exchange) -> str:
    found = operation_of(one.method, one.target.removeprefix("/v1.0"))
    return f"{one.method} {found[0] if found else one.target}"


def _beta_faults(one: Exchange) -> list[str]:
    schema = "b2bManagementPolicy"
    known = description("beta")["components"]["schemas"][schema]["properties"]
    body: dict[str, Any] = json.loads(one.body) if one.body else {}
    unknown = [name for name in body if name not in known]
    if one.method == "GET":
        judge = checker("beta", "get /policies/b2bManagementPolicies 200")
        unknown += [fault.message for fault in judge.iter_errors(json.loads(one.answer))]
    return unknown


async def test_all_that_is_sent_and_answered_is_graphs(sent: list[Exchange]) -> None:
    stable = [one for one in sent if one.target.startswith("/v1.0/")]
    beta = [one for one in sent if one.target.startswith("/beta/")]
    faults = {f"{one.method} {one.target}": _faults(one) for one in stable}
    faults |= {f"{one.method} {one.target}": _beta_faults(one) for one in beta}

    assert {name: found for name, found in faults.items() if found} == {}
    assert {_name(one) for one in stable if one.method != "GET"} == WRITES
    assert {one.method for one in beta} == {"GET", "POST"}
    assert {one.target.partition("?")[0] for one in beta} == {
        "/beta/policies/b2bManagementPolicies"
    }
