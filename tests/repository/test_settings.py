"""The app's settings, the example of them, the trigger table and the queues agree."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from b2b.settings import Settings, SettingsFaulty

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
OF_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME"}
ONLY_IN_AZURE = {
    "azurewebjobsstorage__accountname",
    "servicebus__fullyqualifiednamespace",
    "azure_client_id",
}


def test_the_example_holds_exactly_the_settings_that_a_person_sets() -> None:
    names = {name.lower() for name in EXAMPLE.keys() - OF_THE_HOST}

    assert names == Settings.model_fields.keys() - ONLY_IN_AZURE


def test_the_example_can_be_read() -> None:
    settings = Settings.read(EXAMPLE)

    assert settings.replication_seconds == timedelta(minutes=5)
    assert settings.upload_source == "LogsAndContainerScan"


def test_what_the_example_says_of_times_and_queues_is_the_default() -> None:
    needed = ("AzureWebJobsStorage", "SERVICEBUS", "TENANT_ID", "TENANT_INITIAL_DOMAIN")
    bare = Settings.read({name: EXAMPLE[name] for name in needed})
    read = Settings.read(EXAMPLE)
    meant_for_here = {"graph_url", "upload_source"}

    for name in Settings.model_fields.keys() - meant_for_here:
        assert getattr(read, name) == getattr(bare, name), name


def test_every_queue_of_the_example_is_deployed() -> None:
    entities = json.loads((ROOT / "infra" / "servicebus.json").read_text())
    deployed = {queue["name"] for queue in entities["queues"]}
    named = {value for name, value in EXAMPLE.items() if name.endswith("_QUEUE")}

    assert len(named) >= 4
    assert named == deployed


def test_every_setting_of_the_trigger_table_is_a_field() -> None:
    named = re.findall(r"%([A-Z_]+)%", (ROOT / "function_app.py").read_text())

    assert len(set(named)) >= 4
    assert {name.lower() for name in named} <= Settings.model_fields.keys()


def test_every_environment_variable_of_the_trigger_table_is_a_field() -> None:
    named = re.findall(r'environ\.get\("([A-Z_]+)"', (ROOT / "function_app.py").read_text())

    assert {name.lower() for name in named} <= Settings.model_fields.keys()


@pytest.mark.parametrize("queue", ["%INVITATION_QUEUE%", "%RESULTS_QUEUE%"])
def test_a_name_between_percent_signs_is_resolved_as_the_host_does(queue: str) -> None:
    settings = Settings.read(EXAMPLE | {queue.strip("%"): "another-queue"})

    assert settings.resolve(queue) == "another-queue"


def without(*names: str, **more: str) -> dict[str, Any]:
    return {name: value for name, value in EXAMPLE.items() if name not in names} | more


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        (without("TENANT_ID"), "TENANT_ID"),
        (without(TENANT_ID=""), "TENANT_ID"),
        (without("TENANT_INITIAL_DOMAIN"), "TENANT_INITIAL_DOMAIN"),
        (without(TENANT_INITIAL_DOMAIN="contoso"), "TENANT_INITIAL_DOMAIN"),
        (without(GRAPH_URL="graph"), "GRAPH_URL"),
        (without(UPLOAD_SOURCE="Polling"), "UPLOAD_SOURCE"),
        (without(REPLICATION_SECONDS="soon"), "REPLICATION_SECONDS"),
        (without(ACTIVITY_LOGS_ENDPOINT="http://logs", ACTIVITY_LOGS_RULE="dcr"), "ENDPOINT"),
        (without(ACTIVITY_LOGS_RULE="dcr"), "ACTIVITY_LOGS_ENDPOINT"),
        (without(ACTIVITY_OVERLAP_SECONDS="0"), "ACTIVITY_OVERLAP_SECONDS"),
        (without("AzureWebJobsStorage"), "AzureWebJobsStorage"),
        (without("SERVICEBUS"), "SERVICEBUS"),
    ],
)
def test_a_missing_or_wrong_setting_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsFaulty, match=named):
        Settings.read(environment)


def test_all_faults_are_told_together() -> None:
    environment = without("TENANT_ID", GRAPH_URL="graph", REPLICATION_SECONDS="soon")
    with pytest.raises(SettingsFaulty) as faults:
        Settings.read(environment)

    told = str(faults.value)
    assert all(name in told for name in ("TENANT_ID", "GRAPH_URL", "REPLICATION_SECONDS"))


@pytest.mark.parametrize(
    "name",
    [
        "GRAPH_URL",
        "TENANT_INITIAL_DOMAIN",
        "UPLOAD_SOURCE",
        "REPLICATION_SECONDS",
    ],
)
def test_no_value_is_told(name: str) -> None:
    with pytest.raises(SettingsFaulty) as faults:
        Settings.read(without(**{name: "A SECRET"}))

    assert "SECRET" not in str(faults.value)


@pytest.mark.parametrize("value", ["0", "-30"])
def test_a_slot_has_a_length(value: str) -> None:
    with pytest.raises(SettingsFaulty):
        Settings.read(without(RESULTS_SLOT_SECONDS=value))


def test_in_azure_names_take_the_place_of_connection_strings() -> None:
    settings = Settings.read(
        without(
            "AzureWebJobsStorage",
            "SERVICEBUS",
            AzureWebJobsStorage__accountName="guests",
            SERVICEBUS__fullyQualifiedNamespace="guests.servicebus.windows.net",
        )
    )

    assert settings.azurewebjobsstorage__accountname == "guests"
    assert settings.servicebus__fullyqualifiednamespace == "guests.servicebus.windows.net"
