"""`python -m b2b check` and `policy check`, as somebody at a terminal meets them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from b2b.commands import main

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "csv"
EXPECTED: dict[str, dict[str, Any]] = json.loads(
    (SAMPLES / "expected.json").read_text(encoding="utf-8")
)
ABOUT_FILE = ("verdict", "reason", "encoding", "delimiter", "header_line")
FIELDS = (*ABOUT_FILE, "accept", "reject_rows", "warnings")
POLICY = str(ROOT / "policy.example.toml")


def b2b(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "b2b", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def checked(sample: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """In this process: a new one for each sample would take a second."""
    arguments = [str(SAMPLES / sample), "--today", "2026-11-23", "--policy", POLICY, "--json"]
    code = main(["check", *arguments])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, report


@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_a_sample_is_judged_as_expected(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = checked(sample, capsys)
    wanted = {name: EXPECTED[sample][name] for name in FIELDS if name in EXPECTED[sample]}

    assert {name: report[name] for name in wanted} == wanted
    assert code == (2 if wanted["verdict"] == "reject_file" else 0)
    assert set(report) == {*FIELDS, "totals"}


def test_totals_add_up_and_say_what_became_of_each_row(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, report = checked("18-invalid-mixed.csv", capsys)
    totals = report["totals"]

    assert totals["rows"] == totals["queued"] + totals["rejected"] + totals["skipped"] == 13
    assert totals["queued"] == len(report["accept"])
    assert totals["rejected"] == len(report["reject_rows"])


def test_people_get_a_table_with_what_to_do_and_no_colours_in_a_pipe() -> None:
    done = b2b("check", str(SAMPLES / "18-invalid-mixed.csv"), "--today", "2026-11-23")

    assert done.returncode == 0
    assert "own_tenant_domain" in done.stdout
    assert "3 would be asked for" in done.stdout
    assert "\x1b[" not in done.stdout


def test_a_file_refused_as_a_whole_says_why_in_one_sentence() -> None:
    done = b2b("check", str(SAMPLES / "33-xlsx-renamed.csv"))

    assert done.returncode == 2
    assert "Excel" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("check",), ("check", "no-such-file.csv"), ("frob",), ("check", "README.md", "--today", "x")],
)
def test_wrong_use_is_64_and_points_to_help(arguments: tuple[str, ...]) -> None:
    done = b2b(*arguments)

    assert done.returncode == 64
    assert "--help" in done.stderr


def test_help_teaches_exit_codes() -> None:
    done = b2b("check", "--help")

    assert done.returncode == 0
    assert "Exit code" in done.stdout


def test_a_sound_policy_is_called_sound() -> None:
    done = b2b("policy", "check", "policy.example.toml")

    assert done.returncode == 0
    assert "no faults" in done.stdout


def test_a_faulty_policy_is_told_all_its_faults_at_once(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'own_domains = ["contoso.com"]\n\n[[partners]]\nnam = "X"\nlongest_stay_days = 0\n'
    )

    done = b2b("policy", "check", str(policy))

    assert done.returncode == 2
    assert "faults" in done.stdout
    assert "nam" in done.stdout
    assert "longest_stay_days" in done.stdout


def test_checking_a_file_by_a_faulty_policy_is_refused(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("own_domains = 5\n")

    done = b2b("check", str(SAMPLES / "09-full-featured.csv"), "--policy", str(policy))

    assert done.returncode == 2
    assert "own_domains" in done.stderr


def test_a_cell_that_looks_like_markup_is_shown_as_it_is(tmp_path: Path) -> None:
    sheet = tmp_path / "people.csv"
    sheet.write_text("email\n[red]nobody[/red]\n")

    done = b2b("check", str(sheet))

    assert "[red]nobody[/red]" in done.stdout.replace("\n", "")


@pytest.mark.parametrize(
    ("mailbox", "more", "note"),
    [
        ("", "", "MAIL_FROM"),
        ("guests@contoso.com", "", ""),
        ("guests@contoso.com", 'user_type = "Member"', "no_mail_for_members"),
    ],
)
def test_policy_check_tells_what_our_own_mail_still_needs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mailbox: str,
    more: str,
    note: str,
) -> None:
    policy = tmp_path / "mine.toml"
    partner = f'name = "Fabrikam"\ndomains = ["fabrikam.com"]\ndelivery = "mail"\n{more}\n'
    policy.write_text(f'own_domains = ["contoso.com"]\n[[partners]]\n{partner}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAIL_FROM", mailbox)
    code = main(["policy", "check", str(policy)])
    shown = capsys.readouterr().out

    assert code == 0
    assert note in shown
    assert ("note" in shown) is bool(note)
