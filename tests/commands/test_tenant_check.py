"""`python -m b2b tenant check` where it cannot even begin; tests/posture has it at work."""

from pathlib import Path

import pytest

from b2b.commands import main
from b2b.settings import Settings


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings file, and none of our settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_missing_settings_are_told_and_exit_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tenant", "check"]) == 2
    assert "TENANT_ID" in capsys.readouterr().err


def test_a_crash_does_not_look_like_a_fault_of_the_tenant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {
        "TENANT_ID": "t",
        "TENANT_INITIAL_DOMAIN": "contoso.onmicrosoft.com",
        "SERVICEBUS": "nonsense",
        "AZUREWEBJOBSSTORAGE": "nonsense",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert main(["tenant", "check"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_help_teaches_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tenant", "check", "--help"]) == 0
    assert "Exit code 0: nothing failed." in capsys.readouterr().out
