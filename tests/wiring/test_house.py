"""What works by the hour or by night is put together when it is asked for, and once."""

import pytest

from b2b.settings import Settings
from b2b.wiring import build, now


@pytest.mark.parametrize("part", ["activity", "census", "posture", "snapshots"])
async def test_a_part_that_came_late_stays(part: str) -> None:
    storage = "AccountName=account;AccountKey=c2VjcmV0;"
    ends = "TableEndpoint=http://localhost/account;BlobEndpoint=http://localhost/account"
    settings = Settings.read(
        {
            "AzureWebJobsStorage": storage + ends,
            "SERVICEBUS": "Endpoint=sb://localhost/;SharedAccessKeyName=a;SharedAccessKey=b",
            "TENANT_ID": "tenant",
            "TENANT_INITIAL_DOMAIN": "contoso.onmicrosoft.com",
        }
    )
    house = build(settings, now)
    try:
        assert getattr(house, part) is getattr(house, part)
    finally:
        await house.close()
