"""`python -m b2b ledger`, on Azurite: what was copied comes back."""

from uuid import uuid4

import pytest
from azure.data.tables import TableServiceClient

from b2b.commands import main
from tests.contract.conftest import storage

__all__ = ["storage"]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, storage: str) -> None:
    monkeypatch.setenv("AzureWebJobsStorage", storage)
    monkeypatch.setenv(
        "SERVICEBUS", "Endpoint=sb://localhost:1;SharedAccessKeyName=a;SharedAccessKey=a"
    )
    monkeypatch.setenv("TENANT_ID", "00000000-0000-4000-8000-000000000001")
    monkeypatch.setenv("TENANT_INITIAL_DOMAIN", "contoso.onmicrosoft.com")


@pytest.mark.usefixtures("here")
def test_a_snapshot_is_taken_listed_and_put_back(
    capsys: pytest.CaptureFixture[str], storage: str
) -> None:
    service = TableServiceClient.from_connection_string(storage)
    table = service.create_table(f"t{uuid4().hex}")
    table.create_entity({"PartitionKey": "p", "RowKey": "r", "name": "Zoë"})
    assert main(["ledger", "snapshot"]) == 0
    name = capsys.readouterr().out.splitlines()[0].removeprefix("snapshots/")
    table.delete_entity("p", "r")

    assert main(["ledger", "list"]) == 0
    assert name in capsys.readouterr().out.split()
    assert main(["ledger", "restore", name, "--merge"]) == 0
    assert table.get_entity("p", "r")["name"] == "Zoë"


@pytest.mark.usefixtures("here")
def test_a_snapshot_that_is_none_is_refused_with_the_names_of_whole_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["ledger", "snapshot"])
    assert main(["ledger", "restore", "2020-01-01"]) == 2
    assert "manifest is missing" in capsys.readouterr().err
