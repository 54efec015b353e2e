"""`python -m sandbox.identity` as somebody starts it."""

import json
from pathlib import Path

import httpx
import pytest

from sandbox.identity.tokens import GRAPH, read
from tests.sandbox.directory.test_process import started

ROLES = ["User.Invite.All", "User.Read.All"]


@pytest.mark.parametrize("as_file", [False, True])
def test_it_hands_out_the_roles_it_was_given(tmp_path: Path, as_file: bool) -> None:
    file = tmp_path / "permissions.json"
    file.write_text(json.dumps({"roles": ROLES}))
    given = str(file) if as_file else ",".join(ROLES)
    with started("sandbox.identity", "--roles", given, "--header", "mine") as (_, url):
        asked = {"api-version": "2019-08-01", "resource": GRAPH}
        told = httpx.get(url, params=asked, headers={"X-IDENTITY-HEADER": "mine"}).json()

    assert read("word", told["access_token"])["roles"] == ROLES
