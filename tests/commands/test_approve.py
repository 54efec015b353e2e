"""`python -m b2b approve`: who is chosen, the number that is asked for, and who may not."""

from datetime import date

import pytest
import typer
from azure.core.exceptions import HttpResponseError

from b2b.commands import approve, house
from b2b.domain.errors import Refused
from b2b.domain.guest import GuestId
from b2b.domain.lifecycle import Action, Evidence, Fate, Kind, Proposal, Rule, RunId, action_id
from b2b.domain.request import Address

RUN = RunId("2026-11-29")


def proposal(name: str) -> Proposal:
    action = Action(
        id=action_id(RUN, GuestId(name), Kind.BLOCK),
        run=RUN,
        guest=GuestId(name),
        address=Address(f"{name}@partner.example"),
        kind=Kind.BLOCK,
        evidence=Evidence(Rule.EXPIRED, date(2026, 11, 1), 1),
        policy_version="v1",
    )
    return Proposal(action=action, fate=Fate.WAITS)


WAITING = [proposal("ann"), proposal("ben"), proposal("cat")]
ANN, BEN, CAT = (one.action.address for one in WAITING)


@pytest.mark.parametrize(
    ("only", "without", "chosen"),
    [
        ([], [], [ANN, BEN, CAT]),
        ([BEN.upper()], [], [BEN]),
        ([], [f" <{BEN}> "], [ANN, CAT]),
        ([ANN, BEN], [BEN], [ANN]),
        ([], [ANN, BEN, CAT], []),
    ],
)
def test_exactly_those_are_chosen(only: list[str], without: list[str], chosen: list[str]) -> None:
    found = approve.choose(WAITING, only, without, RUN)

    assert [one.action.address for one in found] == chosen


@pytest.mark.parametrize("option", ["only", "without"])
def test_an_address_that_is_not_proposed_is_told_and_nobody_is_chosen(option: str) -> None:
    wanted: dict[str, list[str]] = {"only": [], "without": []} | {option: ["dan@partner.example"]}

    with pytest.raises(Refused, match="not_proposed") as refusal:
        approve.choose(WAITING, wanted["only"], wanted["without"], RUN)

    assert "dan@partner.example" in refusal.value.reason.sentence


def test_another_number_than_that_of_the_guests_approves_nothing() -> None:
    approve.check_number(3, 3)
    for given in (0, 2, 4, -3):
        with pytest.raises(Refused, match="wrong_number"):
            approve.check_number(3, given)


@pytest.mark.parametrize(("status", "code"), [(403, 2), (500, None)])
def test_storage_that_refuses_somebody_without_a_role_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int, code: int
) -> None:
    settings = {
        "AzureWebJobsStorage": "UseDevelopmentStorage=true",
        "SERVICEBUS": "Endpoint=sb://localhost:1;SharedAccessKeyName=a;SharedAccessKey=a",
        "TENANT_ID": "00000000-0000-4000-8000-000000000001",
        "TENANT_INITIAL_DOMAIN": "contoso.onmicrosoft.com",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    async def act(_: object) -> None:
        failure = HttpResponseError("AuthorizationPermissionMismatch")
        failure.status_code = status
        raise failure

    if code is None:
        with pytest.raises(HttpResponseError):
            house.in_house(act)
        return
    with pytest.raises(typer.Exit) as end:
        house.in_house(act)
    assert end.value.exit_code == code
    told = capsys.readouterr().err
    assert "OPERATORS" in told
    assert "Traceback" not in told
