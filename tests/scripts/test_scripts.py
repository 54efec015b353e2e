"""The scripts that touch a tenant, against an `az` that remembers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.permissions.granted import PERMISSIONS, up_to
from tests.scripts.cloud import PRINCIPAL, RESOURCE, ROOT, Cloud, option

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are POSIX shell scripts")
SCRIPTS = sorted((ROOT / "scripts").glob("*.sh"))
LOOKED_UP = {one.name: f"id-of-{one.name}" for one in PERMISSIONS if not one.id}
IDS = {one.name: one.id for one in PERMISSIONS} | LOOKED_UP
ON_WISH = {one.name for one in PERMISSIONS if one.wish}
SHELLCHECK = Path(sys.executable).parent / "shellcheck"


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(tmp_path, known=LOOKED_UP)


def ids_up_to(stage: str) -> set[str]:
    return {IDS[name] for name in up_to(stage) - ON_WISH}


@pytest.mark.parametrize("stage", ["report", "invite", "enforce"])
def test_a_stage_is_granted_with_those_before_it(cloud: Cloud, stage: str) -> None:
    done = cloud.run("grant-permissions.sh", "--stage", stage, "--yes")

    assert done.returncode == 0, done.stderr
    assert cloud.roles == ids_up_to(stage)
    for call in cloud.changes():
        assert f"/servicePrincipals/{PRINCIPAL}/" in option(call, "--url")
        assert RESOURCE in option(call, "--body")


def test_rights_over_mailboxes_come_only_on_wish_and_go_with_their_stage(cloud: Cloud) -> None:
    cloud.run("grant-permissions.sh", "--stage", "invite", "--with", "mail", "--yes")
    granted = cloud.roles
    cloud.run("grant-permissions.sh", "--stage", "invite", "--take-back", "--yes")

    assert granted == ids_up_to("invite") | {IDS[name] for name in ON_WISH}
    assert cloud.roles == ids_up_to("report")


def test_a_permission_that_the_tenant_does_not_know_is_passed_over(tmp_path: Path) -> None:
    cloud = Cloud(tmp_path)
    done = cloud.run("grant-permissions.sh", "--stage", "report", "--yes")

    assert done.returncode == 0, done.stderr
    assert cloud.roles == ids_up_to("report") - set(LOOKED_UP.values())
    assert all(f"{name}  is not known" in done.stdout for name in LOOKED_UP)


def test_it_shows_what_it_will_grant_and_to_whom_before_it_asks(cloud: Cloud) -> None:
    done = cloud.run("grant-permissions.sh", "--stage", "invite", answer="n\n")

    assert done.returncode == 1
    assert cloud.changes() == []
    assert f"id-guestkeeper ({PRINCIPAL})" in done.stdout
    assert all(f"+ {name} " in done.stdout for name in up_to("invite") - ON_WISH)
    assert "Privileged Role Administrator" in done.stdout


def test_nobody_there_to_answer_means_no(cloud: Cloud) -> None:
    assert cloud.run("grant-permissions.sh", "--stage", "report").returncode == 1
    assert cloud.changes() == []


def test_yes_is_enough(cloud: Cloud) -> None:
    assert cloud.run("grant-permissions.sh", "--stage", "report", answer="y\n").returncode == 0
    assert cloud.roles == ids_up_to("report")


def test_granting_again_changes_nothing(cloud: Cloud) -> None:
    cloud.run("grant-permissions.sh", "--stage", "invite", "--yes")
    before = len(cloud.changes())
    done = cloud.run("grant-permissions.sh", "--stage", "invite", "--yes")

    assert len(cloud.changes()) == before
    assert "Nothing to do." in done.stdout


def test_a_stage_is_taken_back_with_those_after_it(cloud: Cloud) -> None:
    cloud.run("grant-permissions.sh", "--stage", "enforce", "--yes")
    done = cloud.run("grant-permissions.sh", "--stage", "invite", "--take-back", "--yes")

    assert done.returncode == 0, done.stderr
    assert cloud.roles == ids_up_to("report")


def test_taking_back_what_is_not_held_changes_nothing(cloud: Cloud) -> None:
    cloud.run("grant-permissions.sh", "--stage", "report", "--yes")
    done = cloud.run("grant-permissions.sh", "--stage", "enforce", "--take-back", "--yes")

    assert "Nothing to do." in done.stdout
    assert cloud.roles == ids_up_to("report")


@pytest.mark.parametrize(
    "arguments", [(), ("--stage",), ("--stage", "all"), ("--everything",), ("--with", "all")]
)
def test_wrong_use_touches_nothing(cloud: Cloud, arguments: tuple[str, ...]) -> None:
    done = cloud.run("grant-permissions.sh", *arguments)

    assert done.returncode == 64
    assert "usage:" in done.stderr
    assert cloud.calls == []


def test_without_a_principal_it_says_where_to_find_it(cloud: Cloud) -> None:
    done = cloud.run("grant-permissions.sh", "--stage", "report", AZURE_IDENTITY_PRINCIPAL_ID="")

    assert done.returncode == 64
    assert "AZURE_IDENTITY_PRINCIPAL_ID" in done.stderr


def test_event_grid_is_told_to_call_the_upload_function(cloud: Cloud) -> None:
    done = cloud.run("postdeploy.sh")

    assert done.returncode == 0, done.stderr
    (made,) = [call for call in cloud.calls if call[1] == "eventgrid"]
    assert option(made, "--endpoint") == (
        "https://func-test.example.net/runtime/webhooks/blobs"
        "?functionName=Host.Functions.take_in_upload&code=a-key"
    )
    assert option(made, "--included-event-types") == "Microsoft.Storage.BlobCreated"
    assert option(made, "--subject-begins-with").endswith("/containers/uploads/")
    assert "a-key" not in done.stdout + done.stderr


def test_the_host_name_is_an_output_of_bicep_and_never_asked_of_az(cloud: Cloud) -> None:
    """On Flex Consumption az answers the raw resource, where a query for the name finds nothing."""
    cloud.run("postdeploy.sh")

    assert not [call for call in cloud.calls if call[1:3] == ["functionapp", "show"]]
    assert cloud.az("functionapp", "show", "--name", "f", "--query", "defaultHostName") == ""
    assert "output AZURE_FUNCTION_HOST string" in (ROOT / "infra" / "main.bicep").read_text()


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ("postdeploy.sh", "AZURE_RESOURCE_GROUP"),
        ("postdeploy.sh", "AZURE_FUNCTION_HOST"),
        ("postprovision.sh", "AZURE_IDENTITY_PRINCIPAL_ID"),
        ("postprovision.sh", "AZURE_STORAGE_ACCOUNT"),
    ],
)
def test_outside_of_azd_a_hook_says_what_it_needs(cloud: Cloud, script: str, name: str) -> None:
    done = cloud.run(script, **{name: ""})

    assert done.returncode != 0
    assert name in done.stderr
    assert "azd" in done.stderr
    assert cloud.calls == []
    assert name in (ROOT / "scripts" / script).with_suffix(".ps1").read_text()


def test_no_powershell_script_shows_a_piece_of_its_source_for_an_error() -> None:
    for script in SCRIPTS:
        assert not re.search(r"\bthrow\b", script.with_suffix(".ps1").read_text()), script


def test_a_pipe_gets_no_colour_codes() -> None:
    script = (ROOT / "scripts" / "tenants.ps1").read_text()

    assert "IsOutputRedirected) { $PSStyle.OutputRendering = 'PlainText' }" in script


def test_it_waits_until_the_host_has_loaded_the_trigger(cloud: Cloud) -> None:
    cloud.wait_for_key(4)
    done = cloud.run("postdeploy.sh")

    assert done.returncode == 0
    assert done.stdout.count("Waiting") == 3


def test_it_does_not_wait_for_ever(cloud: Cloud) -> None:
    cloud.wait_for_key(99)
    done = cloud.run("postdeploy.sh", TRIES="3")

    assert done.returncode == 1
    assert "azd hooks run postdeploy" in done.stderr
    assert not [call for call in cloud.calls if call[1] == "eventgrid"]


def test_an_app_that_is_too_slow_for_event_grid_is_tried_again(cloud: Cloud) -> None:
    cloud.stay_deaf(2)
    done = cloud.run("postdeploy.sh")

    assert done.returncode == 0, done.stderr
    assert len([call for call in cloud.calls if call[1] == "eventgrid"]) == 3
    assert "Files in uploads reach" in done.stdout


def test_an_app_that_never_answers_event_grid_is_told(cloud: Cloud) -> None:
    cloud.stay_deaf(99)
    done = cloud.run("postdeploy.sh", TRIES="3")

    assert done.returncode == 1
    assert "did not answer Event Grid" in done.stderr
    assert "azd hooks run postdeploy" in done.stderr
    assert "Files in uploads reach" not in done.stdout


def test_after_provisioning_a_person_is_told_what_is_left(cloud: Cloud) -> None:
    done = cloud.run("postprovision.sh")

    assert done.returncode == 0
    assert cloud.calls == []
    assert f"--stage report --principal {PRINCIPAL}" in done.stdout
    assert "--account-name sttest" in done.stdout


def test_a_chosen_stage_is_granted_after_provisioning(cloud: Cloud) -> None:
    done = cloud.run("postprovision.sh", answer="y\n", GRANT_STAGE="report")

    assert done.returncode == 0, done.stderr
    assert cloud.roles == ids_up_to("report")


def test_tenants_stand_side_by_side_and_one_that_is_silent_is_named(cloud: Cloud) -> None:
    done = cloud.run("tenants.sh", "contoso", "lost", "fabrikam")

    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert lines[1].split()[:3] == ["contoso", "120", "40"]
    assert lines[2].startswith("lost")
    assert "could not be asked" in lines[2]
    assert lines[3].split()[0] == "fabrikam"
    queries = [option(call, "--analytics-query") for call in cloud.calls if "monitor" in call]
    assert all("AppTraces" in query and "print" in query for query in queries)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script: Path) -> None:
    if not SHELLCHECK.exists():
        pytest.skip("shellcheck is not installed: make install")
    done = subprocess.run(
        [SHELLCHECK, "--shell=sh", script], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_has_a_twin_that_asks_azure_the_same(script: Path) -> None:
    """PowerShell is not run here: its calls of az and azd are read, with their options."""
    twin = script.with_suffix(".ps1")

    assert asked(twin.read_text(), "`") == asked(script.read_text(), "\\")


def asked(text: str, goes_on: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each call in order: the command, and the names of its options."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    code = re.sub(r"@\"\n.*?\n\"@|<<TEXT\n.*?\nTEXT", "", code, flags=re.DOTALL)
    code = code.replace(f"{goes_on}\n", " ")
    calls = re.findall(
        r"(?:^\s*|until |\$\(|= )(azd? (?:[a-z][a-z-]+ )+[^\n]*)", code, flags=re.MULTILINE
    )
    told = [(_command(call), tuple(sorted(re.findall(r" (--[a-z-]+)", call)))) for call in calls]
    return [(command, options) for command, options in told if options]


def _command(call: str) -> str:
    found = re.match(r"azd? (?:[a-z][a-z-]+ ?)+", call)
    return found[0].strip() if found else ""


def test_the_reader_of_calls_sees_a_difference() -> None:
    posix = 'az functionapp show --name "$A" \\\n  --query id\n'
    other = "az functionapp show --name $env:A `\n  --output tsv\n"

    assert asked(posix, "\\") == [("az functionapp show", ("--name", "--query"))]
    assert asked(posix, "\\") != asked(other, "`")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_argument_is_read_by_the_shell_of_windows(script: Path) -> None:
    """az is a batch file there: what PowerShell leaves unquoted, for want of a space, cmd reads."""
    assert unquoted(script.with_suffix(".ps1").read_text()) == []


@pytest.mark.parametrize(
    "argument", ["https://g/servicePrincipals(appId='1')", "a&b", "[?a>`1`]", "a|b", "$several"]
)
def test_the_reader_of_arguments_sees_what_cmd_would(argument: str) -> None:
    text = f'$several = @"\nlines\n"@\naz rest --url "{argument}" --output tsv\n'

    assert unquoted(text) == [argument]


def unquoted(text: str) -> list[str]:
    """Arguments of az that reach cmd without quotes and hold what cmd acts upon."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    several = set(re.findall(r'^(\$\w+) = (?:@"\n|\(?Get-Content)', code, flags=re.MULTILINE))
    calls = re.findall(r"\baz [a-z][^\n]*", code.replace("`\n", " "))
    found = [
        one or two for call in calls for one, two in re.findall(r'"([^"]*)"|\'([^\']*)\'', call)
    ]
    found += [word for call in calls for word in re.findall(r" (\$\w+)", call)]
    bare = [one for one in found if " " not in _alone(one)]
    return [one for one in bare if one in several or re.search(r"[(&|<>^]", _alone(one))]


def _alone(argument: str) -> str:
    """Without what PowerShell puts in: `$(...)`."""
    return re.sub(r"\$\([^)]*\)", "", argument)


def test_a_stage_in_capitals_is_the_same_stage() -> None:
    """ValidateSet knows no case; IndexOf would answer -1, and [0..-1] holds the last stage."""
    script = (ROOT / "scripts" / "grant-permissions.ps1").read_text()

    assert (
        "$at = $stages.IndexOf($Stage.ToLowerInvariant())\nif ($at -lt 0) { Stop-Script" in script
    )


def test_powershell_itself_is_asked_where_there_is_one() -> None:
    pwsh = shutil.which("pwsh")
    if pwsh is None:
        pytest.skip("there is no pwsh here: only the calls were compared")
    for script in SCRIPTS:
        words = (
            "$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile("
            f"'{script.with_suffix('.ps1')}', [ref]$null, [ref]$e); exit $e.Count"
        )
        assert subprocess.run([pwsh, "-NoProfile", "-Command", words], check=False).returncode == 0
