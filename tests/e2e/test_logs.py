"""Logs tell what happened and never to whom, nor with which keys."""

import pytest

from sandbox.town import Town
from tests.e2e import logs, sample
from tests.e2e.conftest import Ran

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_no_log_of_the_whole_run_tells_an_address_a_link_or_a_token(sample: Ran) -> None:
    assert logs.leaks(sample.town, SECRETS) == []


SECRETS = sample.secrets()


async def test_the_log_tells_what_happened(sample: Ran) -> None:
    written = "\n".join(logs.written(sample.town.plan.logs))

    for event in ("batch.taken_in", "guest.invited", "request.closed", "results.published"):
        assert f'"{event}"' in written


async def test_a_leak_would_be_noticed(sample: Ran) -> None:
    town: Town = sample.town
    address = sorted(one for one in SECRETS if "@" in one)[0]
    witness = town.plan.logs / "witness.log"
    key = town.storage.connection.partition("AccountKey=")[2].partition(";")[0]
    told = [
        address, address.upper(), address.replace("@", "%40"), address.replace("@", "_"),
        "https://login.microsoftonline.com/redeem?rd=1", "Bearer eyJhbGciOi", key,
        "Endpoint=sb://localhost;SharedAccessKey=sandbox", town.plan.header,
    ]  # fmt: skip
    witness.write_text("\n".join(told), "utf-8")
    noticed = logs.leaks(town, SECRETS)
    witness.unlink()

    assert noticed == told
