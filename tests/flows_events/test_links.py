"""A service that asks for a link finds it where it alone may read; nobody hears it on the topic."""

import json

import pytest

from b2b.domain.sender_links import container_of
from tests.flows.examples import a_policy
from tests.flows_events.office import PORTAL, SERVED, Office, wish


def said(office: Office, correlation: str) -> list[dict[str, str]]:
    told = [
        one.happening for one in office.herald.heard if one.happening.correlation == correlation
    ]
    return [{"folder": one.folder, "link": one.link_file} for one in told]


async def test_the_event_tells_where_the_link_lies_and_not_the_link() -> None:
    office = Office()
    office.post(wish("c-1", delivery="link"))
    await office.everything()

    last = said(office, "c-1")[-1]
    container, _, name = last["link"].partition("/")
    told = json.loads(office.files.text(container, name))
    row = next(row for row in office.ledger.kept.values() if row.correlation == "c-1")
    assert container == f"links-{PORTAL}"
    assert told["redemptionLink"] == row.link != ""
    assert told["correlationId"] == "c-1"
    assert told["guestId"] == row.guest
    assert last["folder"] == f"results/{row.ref.batch}"
    assert row.link not in repr(office.herald.heard)


async def test_without_a_link_there_is_no_file() -> None:
    office = Office()
    office.post(wish("c-1"))
    await office.everything()

    assert said(office, "c-1")[-1]["link"] == ""
    assert not [place for place in office.files.blobs if place[0].startswith("links-")]


async def test_each_sender_has_a_container_of_its_own() -> None:
    both = a_policy(senders=frozenset({PORTAL, "hr.suite"}))
    office = Office(policy=both)
    office.post(wish("c-1", delivery="link"))
    office.post(wish("c-2", "mia@fabrikam.com", delivery="link") | {"sender": "hr.suite"})
    await office.everything()

    places = {place[0] for place in office.files.blobs if place[0].startswith("links-")}
    assert places == {container_of(PORTAL), container_of("hr.suite")}
    assert len(places) == 2


async def test_a_link_lies_there_before_the_event_wherever_we_die() -> None:
    for step in range(1, 120, 5):
        office = Office(policy=SERVED, dies_at=step)
        office.post(wish("c-1", delivery="link"))
        await office.everything_through_death()

        for told in said(office, "c-1"):
            if told["link"]:
                container, _, name = told["link"].partition("/")
                assert "redeem" in office.files.text(container, name), step


@pytest.mark.parametrize(
    ("sender", "container"),
    [
        ("supplier-portal", "links-supplier-portal"),
        ("a", "links-a"),
        ("9", "links-9"),
        ("a--b", None),
        ("a-", None),
        ("hr.suite", None),
        ("under_score", None),
        ("x" * 57, "links-" + "x" * 57),
        ("x" * 58, None),
    ],
)
def test_a_container_is_named_as_azure_allows(sender: str, container: str | None) -> None:
    name = container_of(sender)

    assert len(name) <= 63
    assert name == container or (container is None and len(name) == len("links-") + 32)
