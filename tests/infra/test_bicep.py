"""Bicep, host.json, the example settings, the code and the scripts say the same."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from b2b.domain.sender_links import PREFIX
from b2b.flows.retention import LINKS
from b2b.settings import Settings
from sandbox.logs.workspace import COLUMNS
from tests.infra.bicep import FILES, INFRA, ROOT, block, data, keys, parameters, text

CHECKER = ROOT.parent / "shared" / "bicep" / "bicep_check.py"
EXAMPLE: dict[str, str] = json.loads((ROOT / "local.settings.example.json").read_text())["Values"]
TABLE = (ROOT / "function_app.py").read_text(encoding="utf-8")
APP = text("modules/app.bicep")
# Read by the host, the identity library or the telemetry, not by us.
OF_THE_PLATFORM = {
    "AzureWebJobsStorage__credential",
    "AzureWebJobsStorage__clientId",
    "SERVICEBUS__credential",
    "SERVICEBUS__clientId",
    "AZURE_TOKEN_CREDENTIALS",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
}


@pytest.mark.skipif(not CHECKER.is_file(), reason="the Bicep checker is not beside this clone")
def test_the_checker_finds_nothing() -> None:
    pytest.importorskip("tree_sitter_bicep", reason="make install brings the grammar")
    types = CHECKER.parent / "types"
    checked = [sys.executable, *map(str, (CHECKER, "--types", types, *FILES))]
    done = subprocess.run(checked, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert f"{len(FILES)} files, 0 errors, 0 warnings" in done.stdout + done.stderr


def local_only() -> set[str]:
    return set(re.findall(r"'(\w+)'", block(APP, "var onlyLocal")))


def test_what_is_deployed_are_the_settings_that_the_app_reads() -> None:
    ours = keys(block(APP, "var ours"))
    deployed = {name.lower() for name in (EXAMPLE.keys() - local_only()) | (ours - OF_THE_PLATFORM)}
    instead = {"azurewebjobsstorage", "servicebus"}  # connection strings, which beat an identity

    assert ours >= OF_THE_PLATFORM, "without one of them the host or the library is nobody"
    assert deployed == Settings.model_fields.keys() - instead
    assert local_only() - {"FUNCTIONS_WORKER_RUNTIME"} == {"AzureWebJobsStorage", "SERVICEBUS"}


def test_nothing_of_the_sandbox_is_deployed() -> None:
    ours = keys(block(APP, "var ours"))
    shared = {name: value for name, value in EXAMPLE.items() if name not in ours | local_only()}
    marks = ("localhost", "127.0.0.1", "UseDevelopment", "00000000-", "contoso", "sandbox")
    found = {name for name, value in shared.items() if any(mark in value for mark in marks)}

    assert not found, f"say these in `ours` of infra/modules/app.bicep: {found}"


def test_the_settings_of_azure_can_be_read() -> None:
    azure = {name: value for name, value in EXAMPLE.items() if name not in local_only()} | {
        "AzureWebJobsStorage__accountName": "stguest",
        "SERVICEBUS__fullyQualifiedNamespace": "sb-guest.servicebus.windows.net",
        "AZURE_CLIENT_ID": "id",
        "UPLOAD_SOURCE": "EventGrid",
    }

    assert Settings.read(azure).azurewebjobsstorage == ""


def test_what_azd_knows_after_provisioning_is_all_that_the_command_line_needs() -> None:
    """Also of a value that azd asked for: that one goes into no environment by itself."""
    outputs = re.findall(r"^output (\w+) string", text("main.bicep"), flags=re.MULTILINE)

    assert Settings.read(dict.fromkeys(outputs, "contoso.example")).tenant_initial_domain


def test_every_property_of_a_queue_is_deployed() -> None:
    said = {name for queue in data("servicebus.json")["queues"] for name in queue} - {"name"}
    deployed = keys(block(text("modules/bus.bicep"), "properties: {\n    lockDuration"))

    assert said == deployed
    for queue in data("servicebus.json")["queues"]:
        assert queue.keys() - {"name"} == deployed, queue["name"]


def test_the_sandbox_and_bicep_read_one_file_of_queues() -> None:
    assert "loadJsonContent('../servicebus.json')" in text("modules/bus.bicep")
    assert '"infra" / "servicebus.json"' in (ROOT / "sandbox" / "town.py").read_text()


def test_every_container_that_the_code_names_is_deployed() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "b2b").rglob("*.py")]
    named = {
        name for one in sources for name in re.findall(r'^CONTAINER.* = "([\w-]+)"', one, re.M)
    }
    named |= set(re.findall(r'path="([\w-]+)/', TABLE))
    deployed = data("containers.json").keys()

    assert len(named) >= 6
    assert named <= deployed, f"add to infra/containers.json: {named - deployed}"
    assert {"snapshots", "activity", "packages"} <= deployed
    assert "/packages'" in text("main.bicep") or "}packages'" in text("main.bicep")


def test_links_of_senders_go_after_the_days_of_links() -> None:
    storage, main = text("modules/storage.bicep"), text("main.bicep")

    assert "map(linkContainers, name => { name: name, days: retention.links })" in storage
    assert "map(concat(rules, linkRules), rule => {" in storage
    assert int(re.findall(r"^  links: (\d+)$", main, re.M)[0]) == LINKS.days


def test_every_rule_of_retention_is_about_a_container() -> None:
    rules = set(re.findall(r"{ name: '([\w-]+)', days: retention", text("modules/storage.bicep")))

    assert {"activity", "reports", "snapshots"} <= rules
    assert rules <= data("containers.json").keys()
    # What people need to act again is never deleted by a rule; everything else has an end.
    assert data("containers.json").keys() - rules == {"config", "packages"}


ROLES = {
    "blobOwner": "Storage Blob Data Owner",
    "queueContributor": "Storage Queue Data Contributor",
    "tableContributor": "Storage Table Data Contributor",
    "busReceiver": "Service Bus Data Receiver",
    "busSender": "Service Bus Data Sender",
    "metricsPublisher": "Monitoring Metrics Publisher",
}
UNLISTED = ("blobContributor", "blobReader")
FACTS = ROOT.parent / "shared" / "facts" / "functions.md"


@pytest.mark.skipif(not FACTS.is_file(), reason="the table of Microsoft's roles is not here")
def test_the_ids_of_roles_are_microsofts() -> None:
    rows = dict(re.findall(r"^\| (S[\w ]+|M[\w ]+) \| ([0-9a-f-]{36}) \|", FACTS.read_text(), re.M))

    assert {name: rows[role] for name, role in ROLES.items()} == {
        name: value for name, value in data("roles.json").items() if name not in UNLISTED
    }


def test_the_app_holds_no_right_over_the_whole_bus() -> None:
    rules = text("modules/roles.bicep")
    over_all = re.findall(
        r"resource (\w+) [^\n]*roleAssignments[^\n]*\n  scope: namespace\n", rules
    )

    assert over_all == ["operatorsAsk"]
    for one in re.findall(r"resource (app\w+) [^\n]*roleAssignments", rules):
        assert "principalId: app\n" in block(rules, f"resource {one} "), one


RIGHTS_OF_THE_APP = {
    "appOnStorage": ("account", "role[name]"),
    "appReceives": ("queues[i]", "role.busReceiver"),
    "appSends": ("queues[i]", "role.busSender"),
    "appTells": ("topics[i]", "role.busSender"),
    "appReports": ("insights", "role.metricsPublisher"),
}


def test_the_app_holds_each_right_that_it_needs_where_it_needs_it() -> None:
    rules = text("modules/roles.bicep")
    given = re.findall(r"resource (app\w+) [^\n]*roleAssignments", rules)

    assert set(given) == RIGHTS_OF_THE_APP.keys()
    for name, (scope, role) in RIGHTS_OF_THE_APP.items():
        rule = block(rules, f"resource {name} ")
        assert f"scope: {scope}\n" in rule, name
        assert f"'Microsoft.Authorization/roleDefinitions', {role})" in rule, name
    listed = re.search(r"resource appOnStorage .*for name in \[(.*?)\]", rules)
    assert listed is not None
    assert listed[1] == "'blobOwner', 'queueContributor', 'tableContributor'"


def test_nobody_who_writes_files_can_write_the_deployed_code_or_the_hosts_keys() -> None:
    rules = text("modules/roles.bicep")
    on_account = re.findall(
        r"resource (\w+) [^\n]*roleAssignments[^\n]*\n  scope: account\n", rules
    )
    files = block(rules, "resource peoplesFiles ")

    assert on_account == ["appOnStorage", "operatorsLedger"]
    assert "role.tableContributor" in block(rules, "resource operatorsLedger ")
    assert "scope: containers[i]" in files
    assert "loadJsonContent('../containers.json')), name => name != 'packages')" in rules
    assert files.count("role.blobContributor") == rules.count("role.blobContributor")


def test_a_sender_reads_the_links_of_its_own_container_and_nothing_else() -> None:
    rules = text("modules/roles.bicep")
    links = block(rules, "resource othersReadLinks ")

    assert "scope: linkShelves[i]" in links
    assert "one.container" in block(rules, "resource linkShelves ")
    assert links.count("role.blobReader") == rules.count("role.blobReader") == 2
    assert not any(name.startswith(PREFIX) for name in data("containers.json"))
    assert "linkContainers: union([], map(filter(senders," in text("main.bicep")
    assert "concat(rules, linkRules)" in text("modules/storage.bicep")


def test_every_role_is_given_and_every_given_role_is_known() -> None:
    rules = text("modules/roles.bicep")
    given = set(re.findall(r"role\.(\w+)", rules)) | set(
        re.findall(r"'(\w+)'", block(rules, "for name in [").removeprefix("for name in "))
    )

    assert given == data("roles.json").keys()


def test_no_door_has_a_key() -> None:
    assert "allowSharedKeyAccess: false" in text("modules/storage.bicep")
    assert "disableLocalAuth: true" in text("modules/bus.bicep")
    assert "DisableLocalAuth: true" in text("modules/telemetry.bicep")
    for path in FILES:
        assert not re.search(r"listKeys|listSecrets|AccountKey|SharedAccessKey=", path.read_text())


def test_one_careless_delete_loses_nothing() -> None:
    storage = text("modules/storage.bicep")

    assert "isVersioningEnabled: true" in storage
    assert "deleteRetentionPolicy: { enabled: true, days: retention.versions }" in storage
    assert "containerDeleteRetentionPolicy: { enabled: true, days: retention.versions }" in storage
    assert "version: { delete: { daysAfterCreationGreaterThan: retention.versions }" in storage


def test_it_is_the_one_identity_that_the_package_and_the_log_are_opened_by() -> None:
    package = block(block(APP, "deployment: {"), "authentication: {")
    main = text("main.bicep")

    assert "type: 'UserAssignedIdentity'" in package
    assert "userAssignedIdentityResourceId: identityId" in package
    assert "AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'" in APP
    for module, said in {
        "app": "identityId: identity.outputs.id\n    clientId: identity.outputs.clientId\n",
        "roles": "app: identity.outputs.principalId\n",
        "activity": "app: identity.outputs.principalId\n",
    }.items():
        assert said in main.split(f"\nmodule {module} ")[1].split("\n}\n")[0], module


def test_instances_and_concurrency_are_those_of_the_measured_pace() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    pace = (ROOT / "docs" / "decisions" / "pace.md").read_text(encoding="utf-8")
    instances = re.search(r"param instances int = (\d+)", text("main.bicep"))
    assert instances is not None

    assert re.search(rf"should therefore be {instances[1]} for `invite_guest`", pace)
    calls = host["extensions"]["serviceBus"]["maxConcurrentCalls"]
    assert f"so {calls}\nconcurrent" in pace or f"so {calls} concurrent" in pace
    assert host["telemetryMode"] == "OpenTelemetry"


def test_python_is_the_one_that_the_package_is_compiled_by() -> None:
    runtime = re.search(r"runtime: { name: 'python', version: '([\d.]+)' }", APP)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert runtime is not None

    assert runtime[1] == "3.11"
    assert project["requires-python"].startswith(f">={runtime[1]}")


# https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations
NOT_ON_FLEX = (
    {
        "alwaysOn",
        "containerSize",
        "dnsConfiguration",
        "ftpsState",
        "linuxFxVersion",
        "windowsFxVersion",
    }
    | {"functionAppScaleLimit", "preWarmedInstanceCount", "pythonVersion", "use32BitWorkerProcess"}
    | {f"vnet{what}Enabled" for what in ("BackupRestore", "ContentShare", "ImagePull", "RouteAll")}
    | {"ENABLE_ORYX_BUILD", "SCM_DO_BUILD_DURING_DEPLOYMENT", "FUNCTIONS_EXTENSION_VERSION"}
    | {"FUNCTIONS_WORKER_PROCESS_COUNT", "WEBSITE_RUN_FROM_PACKAGE", "WEBSITE_TIME_ZONE", "TZ"}
    | {"WEBSITE_CONTENTSHARE", "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING", "WEBSITE_VNET_ROUTE_ALL"}
)


def test_nothing_is_set_that_flex_consumption_does_not_know() -> None:
    said = set(re.findall(r"^ +(\w+): ", APP, flags=re.MULTILINE)) | EXAMPLE.keys()

    assert "functionAppConfig" in said
    assert not said & NOT_ON_FLEX
    assert "FUNCTIONS_WORKER_RUNTIME" in local_only()


# https://learn.microsoft.com/azure/azure-monitor/logs/create-custom-table#add-or-delete-a-custom-column
RESERVED = {"id", "billedsize", "isbillable", "invalidtimegenerated"} | {
    "tenantid", "title", "type", "uniqueid", "_itemid", "_resourcegroup", "_resourceid",
    "_subscriptionid", "_timereceived",
}  # fmt: skip


def test_the_columns_of_our_tables_are_those_that_the_app_writes_and_no_workspaces_own() -> None:
    columns = block(text("modules/activity-table.bicep"), "var columns = ")
    names = set(re.findall(r"name: '(\w+)'", columns))

    assert names == COLUMNS
    assert not {name.lower() for name in names} & RESERVED


def test_the_alarm_that_watches_the_bus_itself_watches_our_queues_alone() -> None:
    """A topic's dead letters are its listener's: nothing of ours would ever empty them."""
    alarm = block(text("modules/alerts.bicep"), "resource deadLettered ")

    assert "name: 'EntityName', operator: 'Include', values: queueNames" in alarm
    assert "map(loadJsonContent('../servicebus.json').queues," in text("modules/alerts.bicep")


def test_every_module_is_used_and_given_what_it_asks() -> None:
    main = text("main.bicep")
    used = set(re.findall(r"^module \w+ '(modules/[\w-]+\.bicep)'", main, flags=re.MULTILINE))

    assert used == {str(path.relative_to(INFRA)) for path in (INFRA / "modules").glob("*")}


def test_a_preview_sees_into_every_module() -> None:
    """A module whose parameters are names out of another one is opaque to what-if."""
    handed_on = set(re.findall(r"(?<!output )\b(\w+\.outputs\.\w+)", text("main.bicep")))

    assert handed_on == {
        "identity.outputs.principalId",
        "identity.outputs.id",
        "identity.outputs.clientId",
        "activity.outputs.endpoint",
        "activity.outputs.rule",
        "app.outputs.host",
        "events.outputs.name",
        "telemetry.outputs.customerId",
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_objects_have_types(path: Path) -> None:
    assert not re.search(r"^param \w+ object\b", path.read_text(), flags=re.MULTILINE)


def test_previews_are_of_parameters_that_exist() -> None:
    declared = parameters(text("main.bicep"))
    needed = {name for name, has_default in declared.items() if not has_default}
    previews = sorted((INFRA / "previews").glob("*.bicepparam"))

    assert [path.stem for path in previews] == ["everything", "private", "small"]
    for path in previews:
        given = set(re.findall(r"^param (\w+) =", path.read_text(), flags=re.MULTILINE))
        assert needed - {"principalId"} <= given <= declared.keys()


def test_others_may_send_only_to_the_queues_that_are_meant_for_them() -> None:
    """Between functions of ours a message acts without being asked whose it is."""
    assert "queue: 'guest-invitations' | 'guest-departures', links" in text("modules/roles.bicep")


def test_azd_gives_every_parameter_that_has_no_default() -> None:
    declared = parameters(text("main.bicep"))
    given = data("main.parameters.json")["parameters"]

    assert {name for name, has_default in declared.items() if not has_default} <= given.keys()
    assert given.keys() <= declared.keys()


def test_every_value_of_an_installation_is_told_to_operators() -> None:
    """Lists of one tenant never stand in a file that all tenants of a clone share."""
    given = data("main.parameters.json")["parameters"]
    names = {re.fullmatch(r"\$\{(\w+)(=\w*)?\}", one["value"]) for one in given.values()}
    guide = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")

    assert None not in names
    for name in names:
        assert name is not None
        assert name[1].startswith("AZURE_") or name[1] in guide, name[1]


def test_azd_is_new_enough_to_leave_the_package_as_it_is() -> None:
    plan = yaml.safe_load((ROOT / "azure.yaml").read_text())
    (service,) = plan["services"].values()
    at_least = plan["requiredVersions"]["azd"].removeprefix(">= ")

    assert service["remoteBuild"] is False
    assert tuple(map(int, at_least.split("."))) >= (1, 23, 5)
    assert f"azd {at_least} or newer" in (ROOT / "docs" / "operate.md").read_text()


def test_a_pipeline_becomes_no_operator() -> None:
    assert "principalType == 'User'" in text("main.bicep")


def test_the_hook_calls_the_function_that_takes_uploads_in() -> None:
    trigger = re.search(r"@app\.blob_trigger\(.*?async def (\w+)", TABLE, re.DOTALL)
    container = re.search(r'path="(\w+)/', TABLE)
    assert trigger is not None
    assert container is not None

    for hook in ("postdeploy.sh", "postdeploy.ps1"):
        script = (ROOT / "scripts" / hook).read_text(encoding="utf-8")
        assert f"functionName=Host.Functions.{trigger[1]}&" in script
        assert f"/blobServices/default/containers/{container[1]}/" in script


def test_azd_finds_its_hooks_and_the_package() -> None:
    plan = yaml.safe_load((ROOT / "azure.yaml").read_text())
    (service,) = plan["services"].values()
    hooks = {**plan["hooks"], **service["hooks"]}

    for name, hook in hooks.items():
        for system, suffix in (("posix", ".sh"), ("windows", ".ps1")):
            script = ROOT / hook[system]["run"]
            assert script.is_file(), name
            assert script.suffix == suffix
    assert f"'azd-service-name': '{next(iter(plan['services']))}'" in APP
    assert service["dist"] == "build/package"


def test_a_build_in_azure_is_sent_the_app_alone() -> None:
    written = (ROOT / ".funcignore").read_text().splitlines()
    ignored = [line for line in written if line and not line.startswith("#")]
    tops = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    left = tops - {name.strip("/") for name in ignored}

    assert left <= {"b2b", "node_modules", "__pycache__"}
    # A pattern without a leading slash would match inside a dependency as well.
    assert all(name.startswith("/") for name in ignored)


def test_every_container_says_what_it_is_for() -> None:
    assert all(len(words) > 5 for words in data("containers.json").values())


def test_scripts_can_be_run() -> None:
    for script in Path(ROOT / "scripts").glob("*.sh"):
        assert script.stat().st_mode & 0o111, script.name
