"""Each operation of the stand-in is held to its permission."""

import pytest

from sandbox.directory import Directory
from sandbox.directory.door import Ask, answered
from sandbox.directory.operations import Operation
from sandbox.directory.permits import READ_DIRECTORY
from sandbox.directory.table import OPERATIONS
from tests.sandbox.directory.scene import SEED

# Known only so that the mistake of leaving out /$ref is told as Graph tells it.
TELLS_A_MISTAKE = {"DELETE /users/{}/sponsors/{}", "DELETE /groups/{}/members/{}"}
BODIES = {
    "PATCH /users/{}": {"accountEnabled": False},
    "PATCH /groups/{}": {"members@odata.bind": ["https://graph.microsoft.com/v1.0/users/x"]},
}
ROWS = [row for row in OPERATIONS.rows if row.name not in TELLS_A_MISTAKE]


async def asked(row: Operation, *roles: str) -> int:
    async with Directory.running(seed=SEED, quotas=False) as directory:
        user = directory.world.store.with_mail("ann@partner.example")[0].id
        group = next(iter(directory.world.store.groups))
        path = row.path.replace("{}", group if row.path.startswith("/groups") else user, 1)
        ask = Ask(
            method=row.method,
            version=row.version,
            target=path.replace("{}", user),
            headers={"authorization": f"Bearer {directory.token(*roles)}"},
            body=BODIES.get(row.name, {}),
            origin=directory.origin,
        )
        return answered(directory.world, ask).status


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.version} {row.name}")
async def test_without_a_permission_nothing_is_answered(row: Operation) -> None:
    assert await asked(row) == 403
    assert await asked(row, "Mail.Read") == 403


@pytest.mark.parametrize("row", [row for row in ROWS if row.permits], ids=lambda row: row.name)
async def test_each_permission_of_the_table_lets_in(row: Operation) -> None:
    for permit in row.permits:
        assert await asked(row, *permit.split("+")) != 403, permit


@pytest.mark.parametrize("row", [row for row in ROWS if row.permits], ids=lambda row: row.name)
async def test_half_of_two_permissions_does_not(row: Operation) -> None:
    single = {permit for permit in row.permits if "+" not in permit}
    for permit in row.permits:
        for half in permit.split("+") if "+" in permit else ():
            if half not in single:
                assert await asked(row, half) == 403, half


def test_reading_the_directory_writes_nothing() -> None:
    writing = [row for row in ROWS if row.method in ("DELETE", "PATCH")]

    assert all(READ_DIRECTORY[0] not in row.permits for row in writing)
