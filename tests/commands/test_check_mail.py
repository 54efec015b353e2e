"""What `b2b check` says of rows that only the settings, or the kind of account, stand against."""

import json
from pathlib import Path

import pytest

from b2b.commands import main

MAILBOX = "guests@contoso.com"
ROWS = (
    "email,delivery,removeGroups\n"
    "lena@fabrikam.com,,\n"
    "max@fabrikam.com,mail,\n"
    "pia@fabrikam.com,mail,Aurora\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAIL_FROM", raising=False)
    (tmp_path / "guests.csv").write_text(ROWS)
    write_policy(tmp_path)
    return tmp_path


def write_policy(folder: Path, more: str = "") -> None:
    group = 'groups = { Aurora = "00000000-0000-4000-8000-0000000000a1" }'
    partner = f'[[partners]]\nname = "Fabrikam"\ndomains = ["fabrikam.com"]\n{group}\n{more}\n'
    (folder / "policy.toml").write_text(f'own_domains = ["contoso.com"]\n{partner}')


def checked(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(["check", "guests.csv", *more]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_rows_for_a_mail_of_ours_are_told_that_there_is_no_mailbox(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = json.loads(checked(capsys, "--json"))

    assert len(report["accept"]) == 3
    assert report["verdict"] == "accept_with_warnings"
    (warning,) = report["warnings"]
    assert warning.startswith("line 3: ")  # whoever only loses access is mailed nothing
    assert "MAIL_FROM" in warning


@pytest.mark.parametrize("place", ["environment", "local.settings.json"])
def test_with_a_mailbox_there_is_nothing_to_tell(
    folder: Path, place: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if place == "environment":
        monkeypatch.setenv("MAIL_FROM", MAILBOX)
    else:
        (folder / place).write_text(json.dumps({"Values": {"MAIL_FROM": MAILBOX}}))

    assert "MAIL_FROM" not in checked(capsys)


def test_invited_members_are_refused_a_mail_of_ours_beforehand(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAIL_FROM", MAILBOX)
    write_policy(folder, 'user_type = "Member"')
    report = json.loads(checked(capsys, "--json"))

    assert report["accept"] == ["lena@fabrikam.com", "pia@fabrikam.com"]
    assert report["reject_rows"] == [[3, "no_mail_for_members"]]


@pytest.mark.parametrize("content", ["{", "[]", '{"Values": 5}', '{"values": {}}'])
def test_local_settings_that_nobody_can_read_are_named(
    folder: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "local.settings.json").write_text(content)
    code = main(["check", "guests.csv"])

    assert code == 64
    assert "local.settings.json" in capsys.readouterr().err


@pytest.mark.parametrize(("more", "shown"), [((), 40), (("--all",), 45)])
def test_of_many_refused_rows_some_are_shown_and_all_are_counted(
    folder: Path, more: tuple[str, ...], shown: int, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"nobody{n}\n" for n in range(45))
    (folder / "guests.csv").write_text(f"email\n{rows}")
    told = checked(capsys, *more)

    assert told.count("invalid_email") == shown
    assert "45 refused" in told
    assert ("and 5 more" in told) is (shown < 45)
