"""What comes from outside reaches each sink by the one function that makes it harmless there."""

import ast
import csv
import inspect
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from b2b.cloud_events import write_event
from b2b.commands import terminal
from b2b.domain.happening import Happening, HappeningId, Numbered, What
from b2b.domain.public_sentences import _SENTENCES, ELSEWHERE, public_sentence
from b2b.domain.reason import Reason
from b2b.domain.request import TenantId
from b2b.domain.upload import neutral, safe_cell, safe_line
from b2b.settings import Administration, SettingsFaulty

B2B = Path(__file__).resolve().parents[2] / "b2b"
COMMANDS = sorted(path for path in (B2B / "commands").glob("*.py") if path.stem != "terminal")
EVERYTHING = sorted(B2B.rglob("*.py"))
OPERATORS = (" eq ", " ne ", " gt ", " ge ", " lt ", " le ", " in (")


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(B2B)}:{getattr(node, 'lineno', 0)}"


def test_only_one_module_of_the_commands_knows_the_terminal() -> None:
    found = []
    for path in COMMANDS:
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rich"):
                found.append(where(path, node))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "print", "typer.echo", "typer.secho", "sys.stderr.write", "traceback.print_exc",
            }:  # fmt: skip
                found.append(where(path, node))
            if isinstance(node, ast.Call) and ast.unparse(node).startswith("sys.stdout.write("):
                found += [] if "safe_line(" in ast.unparse(node) else [where(path, node)]

    assert found == []


def test_what_a_command_puts_into_a_sentence_is_escaped() -> None:
    assert [where(path, node) for path in COMMANDS for node in unescaped(path)] == []


def unescaped(path: Path) -> Iterator[ast.AST]:
    for node in nodes(path):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        plain = any(k.arg == "markup" and ast.unparse(k.value) == "False" for k in node.keywords)
        if node.func.attr != "print" or plain:
            continue
        for argument in node.args:
            if isinstance(argument, ast.JoinedStr):
                yield from (part for part in argument.values if not is_safe(part))
            elif not isinstance(argument, ast.Constant | ast.IfExp | ast.Name | ast.Call) or (
                isinstance(argument, ast.Name) and argument.id not in {"table"}
            ):
                yield argument


def is_safe(part: ast.AST) -> bool:
    """A number by its format, our own marks, or what passed `escape`."""
    if isinstance(part, ast.Constant):
        return True
    assert isinstance(part, ast.FormattedValue)
    value = ast.unparse(part.value)
    safe = value.startswith(("escape(", "len(", "COLOURS[", "MARKS["))
    return safe or part.format_spec is not None


def test_csv_is_written_by_one_function() -> None:
    writers = [
        where(path, node)
        for path in EVERYTHING
        for node in nodes(path)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"csv.writer", "csv.DictWriter"}
    ]

    assert [place.partition(":")[0] for place in writers] == ["domain/upload/neutral.py"]
    assert "safe_cell(cell)" in inspect.getsource(neutral.safe_line)


def test_no_filter_is_quoted_by_hand() -> None:
    found = []
    for path in EVERYTHING:
        for node in nodes(path):
            if isinstance(node, ast.JoinedStr):
                text = ast.unparse(node)
                by_hand = any(f"{sign}'{{" in text for sign in " (:") or "{quoted}" in text
                if by_hand and any(operator in text for operator in OPERATORS):
                    found.append(where(path, node))
            if isinstance(node, ast.Call) and [ast.unparse(a) for a in node.args] == [
                '"\'"',
                "\"''\"",
            ]:
                found += [] if path.name == "odata.py" else [where(path, node)]

    assert found == []


@pytest.mark.parametrize(
    "hostile",
    ["x\x1b]52;c;cm0=\x1b\\", "\x1b[2J\x1b[H", "\x9b31m", "\u202eabc", "a\x07b", "\x00", "a\rb"],
)
def test_a_terminal_is_shown_letters_and_no_commands(
    hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = terminal.Table("x", title=hostile)
    table.add_row(hostile)
    terminal.Console(force_terminal=False).print(table)
    terminal.Console(force_terminal=False).print(f"[bold]{terminal.escape(hostile)}[/]")
    terminal.print_plain(hostile)
    terminal.print_json({"x": hostile})

    assert not set(capsys.readouterr().out) & set("\x1b\x9b\u202e\x07\x00\r")


@pytest.mark.parametrize("markup", ["[/x]", "[link=https://evil.example]y", "[conceal]z", "[bold]"])
def test_markup_of_strangers_is_text(markup: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = terminal.Table("x", title=markup)
    table.add_row(markup)
    terminal.Console(force_terminal=False, width=200).print(table)
    terminal.Console(force_terminal=False, width=200).print(terminal.escape(markup))

    assert capsys.readouterr().out.count(markup) == 3


def test_a_cell_holds_no_command_of_a_terminal() -> None:
    assert safe_cell("a\x1b[2J\x9b\u202eb\tc") == "a[2Jb\tc"
    assert next(csv.reader(io.StringIO(safe_line(["=1", "a\nb"])))) == ["'=1", "a\nb"]


def test_an_event_carries_the_fixed_sentence_of_its_code_and_no_address() -> None:
    reason = Reason("sponsor_not_found", "The sponsor p.singh@contoso.com is no member.")
    for code in ("sponsor_not_found", "directory_refused", "no_such_code"):
        happening = Happening(
            id=HappeningId("1"),
            what=What.REFUSED,
            subject="request-1",
            at=datetime(2026, 11, 29, tzinfo=UTC),
            correlation="lena@fabrikam.com",
            reason=replace(reason, code=code),
        )
        assert b"@" not in write_event(Numbered(happening, 1), TenantId("t"))


def test_no_fixed_sentence_names_anybody() -> None:
    assert all("@" not in sentence and "{" not in sentence for sentence in _SENTENCES.values())
    assert public_sentence("anything else") == ELSEWHERE


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://graph.microsoft.com/v1.0", True),
        ("https://graph.microsoft.us/v1.0", True),
        ("https://dod-graph.microsoft.us/v1.0", True),
        ("https://microsoftgraph.chinacloudapi.cn/v1.0", True),
        ("http://127.0.0.1:8080/v1.0", True),
        ("http://localhost:8080/v1.0", True),
        ("http://graph.microsoft.com/v1.0", False),
        ("https://graph.microsoft.com.evil.example/v1.0", False),
        ("https://graph.microsoft.com@evil.example/v1.0", False),
        ("https://evil.example/v1.0", False),
        ("http://127.0.0.1.evil.example/v1.0", False),
        ("http://localhost@evil.example/v1.0", False),
    ],
)
def test_a_token_goes_to_graph_or_to_the_sandbox(url: str, good: bool) -> None:
    if good:
        assert Administration.read({"GRAPH_URL": url}).graph_url == url
    else:
        with pytest.raises(SettingsFaulty):
            Administration.read({"GRAPH_URL": url})
