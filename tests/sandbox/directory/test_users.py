"""Reading and changing users."""

from typing import Any

import pytest

from tests.sandbox.directory.scene import EVENTUAL, SEED, Scene, names, refusal, words

DEFAULT = {
    *("businessPhones", "displayName", "givenName", "id", "jobTitle", "mail", "mobilePhone"),
    *("officeLocation", "preferredLanguage", "surname", "userPrincipalName"),
}


async def test_without_select_the_default_properties_come(here: Scene) -> None:
    first = (await here.get("/users")).json()["value"][0]

    assert set(first) == DEFAULT


async def test_only_what_is_selected_comes(here: Scene) -> None:
    first = (await here.get("/users", select="id,userType,companyName")).json()["value"][0]

    assert set(first) == {"id", "userType", "companyName"}


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ("$select=nonsense", 400, "BadRequest"),
        ("$select=aboutMe", 501, "NotImplemented"),
        ("$top=0", 400, "Request_UnsupportedQuery"),
        ("$top=1000", 400, "Request_UnsupportedQuery"),
        ("$skip=5", 400, "Request_UnsupportedQuery"),
        ("$nonsense=1", 400, "Request_BadRequest"),
        ("page=2", 400, "Request_BadRequest"),
        ("$search=%22displayName:Ann%22", 400, "Request_UnsupportedQuery"),
        ("$orderby=mail", 400, "Request_UnsupportedQuery"),
        ("$orderby=displayName%20sideways", 400, "BadRequest"),
        ("$orderby=createdDateTime", 400, "Request_UnsupportedQuery"),
        ("$expand=manager", 400, "BadRequest"),
        ("$skiptoken=nonsense", 400, "Directory_ExpiredPageToken"),
        ("$select=id&$select=mail", 400, "BadRequest"),
    ],
)
async def test_a_query_that_graph_refuses_is_refused(
    here: Scene, options: str, status: int, code: str
) -> None:
    assert refusal(await here.ask("GET", f"/users?{options}")) == (status, code)


async def test_a_single_user_has_the_properties_a_list_has_not(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")

    assert (await here.get(f"/users/{ann}", select="aboutMe")).status_code == 200


async def test_pages_hold_everyone_once(here: Scene) -> None:
    await here.seed(madeUp=25)
    seen: list[str] = []
    url, pages = "/users?$top=7&$select=id", 0
    while url:
        page = (await here.ask("GET", url)).json()
        seen += [user["id"] for user in page["value"]]
        url, pages = page.get("@odata.nextLink", ""), pages + 1

    assert len(seen) == len(set(seen)) == 30
    assert pages == 5


async def test_a_page_holds_100_unless_asked(here: Scene) -> None:
    await here.seed(madeUp=200)

    assert len((await here.get("/users")).json()["value"]) == 100
    assert len((await here.get("/users", top=999)).json()["value"]) == 205


async def test_paging_goes_on_when_someone_leaves_in_between(here: Scene) -> None:
    first = (await here.get("/users", top=2, select="id")).json()
    await here.ask("DELETE", f"/users/{first['value'][1]['id']}")
    rest = (await here.ask("GET", first["@odata.nextLink"])).json()

    ids = [user["id"] for user in first["value"] + rest["value"]]
    assert len(ids) == len(set(ids)) == 4


async def test_a_page_token_belongs_to_its_query(here: Scene) -> None:
    link = (await here.get("/users", top=2)).json()["@odata.nextLink"]

    answer = await here.ask("GET", link.replace("$top=2", "$top=3"))
    assert refusal(answer) == (400, "Directory_ExpiredPageToken")


@pytest.mark.parametrize("text", ["userType ne 'Member'", "userType eq 'Guest'"])
async def test_an_advanced_query_needs_its_header_on_every_page(here: Scene, text: str) -> None:
    first = await here.advanced("/users", top=1, filter=text)
    link = first.json()["@odata.nextLink"]

    assert first.json()["@odata.count"] == 3
    assert refusal(await here.ask("GET", link)) == (400, "Request_UnsupportedQuery")
    second = await here.ask("GET", link, headers=EVENTUAL)
    assert len(second.json()["value"]) == 1
    assert "@odata.count" not in second.json()


async def test_count_without_the_header_is_ignored(here: Scene) -> None:
    assert "@odata.count" not in (await here.get("/users", count="true")).json()
    assert (await here.advanced("/users")).json()["@odata.count"] == 5


async def test_counting_alone_needs_the_header(here: Scene) -> None:
    wanted: dict[str, Any] = {"filter": "userType eq 'Guest'"}
    plain = await here.get("/users/$count", **wanted)

    assert refusal(plain) == (400, "Request_BadRequest")
    assert words(plain) == "$count is not currently supported."
    counted = await here.get("/users/$count", EVENTUAL, **wanted)
    assert counted.headers["content-type"].startswith("text/plain")
    assert counted.text == "3"


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("displayName", ["Ann", "Ben", "Boss", "Cid", "Mia"]),
        ("displayName desc", ["Mia", "Cid", "Boss", "Ben", "Ann"]),
    ],
)
async def test_users_are_sorted_over_pages(here: Scene, order: str, expected: list[str]) -> None:
    first = await here.get("/users", orderby=order, top=3)
    second = await here.ask("GET", first.json()["@odata.nextLink"])

    assert names(first) + names(second) == expected


async def test_sorting_with_a_filter_is_an_advanced_query(here: Scene) -> None:
    wanted: dict[str, Any] = {"filter": "userType eq 'Guest'", "orderby": "displayName desc"}

    assert refusal(await here.get("/users", **wanted))[1] == "Request_UnsupportedQuery"
    assert names(await here.advanced("/users", **wanted)) == ["Cid", "Ben", "Ann"]


@pytest.mark.parametrize("key", ["ann_partner.example%23EXT%23@home.onmicrosoft.com", "id"])
async def test_a_user_is_found_by_id_and_by_name(here: Scene, key: str) -> None:
    key = await here.id_of("ann@partner.example") if key == "id" else key

    assert (await here.get(f"/users/{key}")).json()["displayName"] == "Ann"


async def test_an_unknown_user_is_told_like_graph_tells(here: Scene) -> None:
    answer = await here.get("/users/nobody@nowhere.example")

    assert refusal(answer) == (404, "Request_ResourceNotFound")
    assert "'nobody@nowhere.example' does not exist or one of its queried" in words(answer)


async def test_the_basic_role_reads_basic_properties_only(here: Scene) -> None:
    basic = here.as_app("User.ReadBasic.All")
    answer = await basic.get("/users", select="id,mail,userType,accountEnabled")

    assert set(answer.json()["value"][0]) == {"id", "mail"}


async def test_a_change_answers_with_nothing_and_is_there(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    changes: dict[str, Any] = {
        "accountEnabled": False,
        "companyName": "Partner",
        "otherMails": ["ann@second.example"],
        "onPremisesExtensionAttributes": {"extensionAttribute3": "x"},
    }
    answer = await here.ask("PATCH", f"/users/{ann}", changes)
    read = (await here.get(f"/users/{ann}", select=",".join(changes))).json()

    assert (answer.status_code, answer.content) == (204, b"")
    assert read["onPremisesExtensionAttributes"].pop("extensionAttribute1") is None
    assert read["onPremisesExtensionAttributes"]["extensionAttribute3"] == "x"
    assert (read["accountEnabled"], read["companyName"]) == (False, "Partner")
    assert read["otherMails"] == ["ann@second.example"]


@pytest.mark.parametrize(
    ("body", "marker"),
    [
        ({"acountEnabled": False}, "Invalid property 'acountEnabled'"),
        ({"id": "x"}, "read-only"),
        ({"createdDateTime": "2026-01-01T00:00:00Z"}, "read-only"),
        ({"externalUserState": "Accepted"}, "read-only"),
        ({"accountEnabled": "no"}, "another type"),
        ({"companyName": "x" * 65}, "longer than 64"),
        ({"displayName": ""}, "displayName"),
        ({"userType": "Visitor"}, "userType"),
        ({"employeeLeaveDateTime": "2026-01-01"}, "another type"),
        ({"onPremisesExtensionAttributes": {"extensionAttribute16": "x"}}, "extensionAttribute16"),
        ({"extension_0123456789abcdef0123456789abcdef_x": "y"}, "not available"),
        ({}, "Empty Payload"),
    ],
)
async def test_a_body_that_graph_refuses_is_refused(
    here: Scene, body: dict[str, Any], marker: str
) -> None:
    ann = await here.id_of("ann@partner.example")
    answer = await here.ask("PATCH", f"/users/{ann}", body)

    assert answer.status_code == 400
    assert marker in words(answer)


async def test_a_new_mail_keeps_the_old_addresses_and_the_name(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    await here.ask("PATCH", f"/users/{ann}", {"mail": "ann@new.example"})
    read = await here.get(f"/users/{ann}", select="mail,proxyAddresses,userPrincipalName")

    assert read.json()["mail"] == "ann@new.example"
    assert read.json()["proxyAddresses"] == ["SMTP:ann@partner.example"]
    assert read.json()["userPrincipalName"].startswith("ann_partner.example#EXT#@")
    assert await here.id_of("ann@new.example") == ann
    assert (await here.get("/users", filter="mail eq 'ann@partner.example'")).json()["value"] == []


async def test_a_directory_extension_comes_only_when_it_has_a_value(here: Scene) -> None:
    name = "extension_0123456789abcdef0123456789abcdef_expires"
    await here.settings(extensions={name: "String"})
    ann = await here.id_of("ann@partner.example")
    await here.ask("PATCH", f"/users/{ann}", {name: "2026-12-01"})
    found = await here.get(
        "/users", filter=f"{name} in ('2026-12-01','2026-12-02')", select=f"id,{name}"
    )
    everyone = (await here.get("/users", select=f"id,{name}")).json()["value"]

    assert found.json()["value"] == [{"id": ann, name: "2026-12-01"}]
    assert sum(name in user for user in everyone) == 1


async def test_a_deleted_user_is_not_found_any_more(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    answer = await here.ask("DELETE", f"/users/{ann}")

    assert answer.status_code == 204
    assert (await here.get(f"/users/{ann}")).status_code == 404
    assert len((await here.get("/users")).json()["value"]) == len(SEED["users"]) - 1


async def test_a_method_that_does_not_exist_is_told(here: Scene) -> None:
    assert refusal(await here.ask("PUT", "/organization", {})) == (405, "Request_BadRequest")


async def test_answers_carry_their_ids_and_cost(here: Scene) -> None:
    mine = {"client-request-id": "11111111-2222-4333-8444-555555555555"}
    answer = await here.get("/users", mine)
    refused = await here.get("/users", mine, select="nonsense")

    assert answer.headers["client-request-id"] == mine["client-request-id"]
    assert answer.headers["request-id"]
    assert answer.headers["x-ms-resource-unit"] == "2"
    inner = refused.json()["error"]["innerError"]
    assert inner["client-request-id"] == mine["client-request-id"]
    assert inner["request-id"] == refused.headers["request-id"]
    assert set(inner) == {"date", "request-id", "client-request-id"}


async def test_agents_are_listed_among_the_users(here: Scene) -> None:
    agent = "#microsoft.graph.agentUser"
    await here.seed(users=[{"userPrincipalName": "agent@home.example", "@odata.type": agent}])
    found = (await here.get("/users", select="id,userPrincipalName")).json()["value"]

    assert [user.get("@odata.type") for user in found].count(agent) == 1
    assert (await here.get("/users/agent@home.example")).json()["@odata.type"] == agent


async def test_a_name_cannot_be_had_by_two(here: Scene) -> None:
    ann = await here.id_of("ann@partner.example")
    answer = await here.ask("PATCH", f"/users/{ann}", {"userPrincipalName": "Mia@home.example"})

    assert refusal(answer) == (400, "Request_BadRequest")
    assert "userPrincipalName already exists" in words(answer)


async def test_a_guest_that_accepted_signs_in_at_home(here: Scene) -> None:
    text = "identities/any(i:i/issuer eq 'ExternalAzureAD')"

    assert names(await here.get("/users", filter=text)) == ["Ann", "Ben"]
