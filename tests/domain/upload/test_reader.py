"""What holds for any file: nothing raises, nothing is lost, and chunks do not matter."""

import csv
import io
import sys
import tracemalloc
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from b2b.domain.upload import (
    Note,
    ReadingRules,
    Upload,
    Warnings,
    read_rows,
    safe_cell,
    safe_line,
    survey,
)
from b2b.domain.upload.records import LINE
from b2b.domain.upload.shapes import BLANK
from tests.domain.upload.reading import RULES, tell, tell_text

STEADY = settings(derandomize=True, deadline=None, max_examples=120)

LETTERS = st.characters(
    codec="cp1252", exclude_categories=["Cc", "Cf", "Zs"], include_characters=" \n;,|\t\"'"
)
CELLS = st.text(LETTERS, max_size=20).map(lambda text: text.strip(BLANK))
TABLES = st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=8)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252"]
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}


@STEADY
@given(
    TABLES,
    st.sampled_from(ENCODINGS),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\r\n", "\n", "\r"]),
)
def test_any_table_is_read_back(
    table: list[tuple[str, str, str]], encoding: str, delimiter: str, end: str
) -> None:
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["email", "displayName", "companyName", "message"])
    for number, cells in enumerate(table):
        writer.writerow([f"guest{number}@example.com", *cells])

    told = tell(MARKS.get(encoding, b"") + sheet.getvalue().encode(encoding))

    assert told.upload.delimiter == delimiter
    assert [(wish.display_name, wish.company, wish.message) for wish in told.wishes] == table
    assert told.refused == []


@STEADY
@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    told = tell(content)

    assert told.upload.digest


MIXED = (
    'a@b.com|"|""|,|;|\t|\n|\r|\r\n|#|sep=;|version:v1.0|\0|\x1a|é|email|displayName|groups|'
    "expiresOn|46387|=1+1|<a@b.de>|mailto:|Example: |\u202e|\ufeff| "
)
PIECES = st.sampled_from(MIXED.split("|"))


@STEADY
@given(st.lists(PIECES, max_size=60).map("".join), st.integers(1, 7))
def test_chunks_do_not_matter(text: str, size: int) -> None:
    content = ("email,displayName,groups\n" + text).encode()
    chunks = [content[at : at + size] for at in range(0, len(content), size)]

    assert tell(chunks) == tell(content)


@STEADY
@given(st.lists(PIECES, max_size=60).map("".join))
def test_every_record_becomes_one_row_in_order(text: str) -> None:
    told = tell_text("email,displayName\n" + text)

    lines = [row.line for row in told.rows]
    assert lines == sorted(set(lines))
    assert len(told.wishes) + len(told.refused) + len(told.skipped) == len(told.rows)


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-32-le"])
def test_pieces_end_anywhere(encoding: str) -> None:
    text = "email,displayName\r\n" + "".join(f"g{n}@example.com,Zoé {n}\r\n" for n in range(9000))
    mark = MARKS.get(encoding, b"\xff\xfe\0\0" if encoding == "utf-32-le" else b"")

    told = tell(mark + text.encode(encoding))

    assert told.upload.encoding == encoding
    assert [wish.display_name for wish in told.wishes] == [f"Zoé {n}" for n in range(9000)]
    assert told.rows[-1].line == 9001


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_by_its_nuls(encoding: str) -> None:
    told = tell("email;displayName\nanna@example.com;Анна\n".encode(encoding))

    assert told.upload.encoding == encoding
    assert told.wishes[0].display_name == "Анна"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"# only a remark\n\n", "empty_file"),
        (b"PK\x03\x04rest", "xlsx_not_csv"),
        (b"\xd0\xcf\x11\xe0rest", "xls_not_csv"),
        (b"%PDF-1.7", "pdf_not_csv"),
        (b"\x1f\x8b\x08\x00", "compressed_not_csv"),
        (b"  <html><body>", "html_not_csv"),
        (b'<?xml version="1.0"?>', "html_not_csv"),
        (b'{"value": []}', "json_not_csv"),
        (b"email\n" + b"\x01\x02\x03\x04\x05\x06" * 50, "not_text"),
        (b"email\na@example.com" + b"\0" * 40 + b"x\0y", "not_text"),
        (b"email\n\x81\x8d\n", "not_text"),
        (b"\xff\xfee\0m\0a\0i\0l\0\n\0\x00\xd8", "not_text"),
        ("email\nZoé, Ren".encode() + b"\xc3", "not_text"),
    ],
)
def test_a_file_that_is_no_csv_is_refused_with_one_sentence(content: bytes, code: str) -> None:
    told = tell(content)

    assert told.reason == code
    assert told.rows == []


def test_stray_controls_and_a_tail_of_nuls_are_no_reason_to_refuse() -> None:
    told = tell(b"email,displayName\na@example.com,A\x0bB\nb@example.com,B\x1a" + b"\0" * 5000)

    assert [wish.email for wish in told.wishes] == ["a@example.com", "b@example.com"]


def test_a_file_above_the_limit_is_refused() -> None:
    content = b"email\na@example.com\n"
    rules = ReadingRules(RULES.today, RULES.own_domains, largest_bytes=len(content))

    assert tell(content, rules).reason is None
    assert tell(content + b"\n", rules).reason == "file_too_large"


def test_an_unclosed_quote_costs_its_own_line() -> None:
    rest = "".join(f"g{n}@example.com,G\n" for n in range(5000))

    told = tell_text('email,displayName\na@example.com,"A\n' + rest)

    assert told.refused == [(2, "unclosed_quote")]
    assert len(told.wishes) == 5000


def test_a_quote_that_closes_amid_a_later_cell_was_unclosed() -> None:
    told = tell_text('email,displayName\na@example.com,"A\nb@example.com,"B"\nc@example.com,C\n')

    assert told.refused == [(2, "unclosed_quote")]
    assert [wish.display_name for wish in told.wishes] == ["B", "C"]


def test_lines_that_are_all_unclosed_take_no_longer_than_their_bytes() -> None:
    told = tell_text("email,displayName\n" + 'a"b,"c\n' * 50_000)

    assert len(told.rows) == 50_000
    assert {code for _, code in told.refused} == {"unclosed_quote"}


@pytest.mark.parametrize(("unclosed", "followed"), [(50, True), (150, False)])
def test_many_unclosed_quotes_end_the_patience_with_them(unclosed: int, followed: bool) -> None:
    told = tell_text("email,message\n" + 'a"b,"c\n' * unclosed + 'x@example.com,"two\nlines"\n')

    assert bool(told.wishes) == followed


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_byte_order_mark_is_no_part_of_the_first_cell(encoding: str) -> None:
    text = '"Quinn, Dara",dara@example.com\n"Novak, Eli",eli@example.com\n'

    told = tell(MARKS[encoding] + text.encode(encoding))

    assert [wish.display_name for wish in told.wishes] == ["Quinn, Dara", "Novak, Eli"]


def test_an_endless_line_is_one_refused_row() -> None:
    told = tell_text("email,displayName\n" + "x" * (5 * LINE) + "\nb@example.com,B\n")

    assert told.refused == [(2, "line_too_long")]
    assert [row.line for row in told.rows] == [2, 3]


@pytest.mark.parametrize("extra", [-1, 0, 1, 65536])
def test_a_crlf_is_one_end_wherever_a_piece_ends(extra: int) -> None:
    head = "email,displayName,message\r\n"
    pad = "x" * (65536 - len(head) - len("a@example.com,,") + extra - 1)

    told = tell_text(f"{head}a@example.com,,{pad}\r\nb@example.com,B,\r\n")

    assert [row.line for row in told.rows] == [2, 3]


def test_a_field_limit_set_elsewhere_costs_rows_and_no_crash() -> None:
    before = csv.field_size_limit(10)
    try:
        told = tell_text("email\na@b.example\naaaaaaaaaaaaaaa@b.example\na@c.example\n")
    finally:
        csv.field_size_limit(before)

    assert (3, "unreadable_row") in told.refused


def test_the_first_line_that_could_be_read_wins_an_address() -> None:
    told = tell_text(
        "email,expiresOn,groups\na@example.com,nonsense,A\nA@example.com,31.12.2026,A\n"
        "a@EXAMPLE.com,2026-12-31,A\na@example.com,2026-12-31,B\n"
    )

    assert told.refused == [
        (2, "invalid_date"),
        (4, "duplicate_of_line_3"),
        (5, "duplicate_of_line_3_with_different_values"),
    ]


def test_blank_lines_at_the_end_are_not_worth_telling() -> None:
    assert tell_text("email\na@example.com\n\n \n").warnings == []
    assert tell_text("email\na@example.com\n\nb@example.com\n").warnings == ["blank rows ignored"]


def test_notes_on_many_lines_stay_one_short_sentence() -> None:
    told = tell_text("email\n" + "".join(f"<g{n}@example.com>\n" for n in range(100)))

    listed = ",".join(str(line) for line in range(2, 22))
    assert told.warnings == [f"lines {listed} and 80 more: address extracted from decorated text"]


def test_notes_of_others_are_told_in_the_order_of_lines() -> None:
    upload = survey(lambda: [b"email\n"], RULES)
    assert isinstance(upload, Upload)
    warnings = Warnings(upload)

    warnings.add(9, [Note("late", "came later")])
    warnings.add(3, [Note("capped", "capped at the policy maximum")])
    for line in range(10, 1000):
        warnings.add(line, [Note("many", f"kind {line}")])
    texts = list(warnings.texts())

    assert texts[:2] == ["line 3: capped at the policy maximum", "line 9: came later"]
    assert len(texts) == 201
    assert texts[-1] == "and 792 more notes of other kinds"


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(rows: int) -> int:
        def source() -> Iterator[bytes]:
            yield b"email,displayName\n"
            for n in range(rows):
                yield b"guest%d@example%d.com,Guest %d <x>\n" % (n, n, n)

        upload = survey(source, RULES)
        assert isinstance(upload, Upload)
        tracemalloc.start()
        for _ in read_rows(source, upload, RULES):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(12_000) < peak(3_000) + 1_000_000


ANYTHING = st.text(st.characters(codec="utf-8"), max_size=30)
STARTS = st.sampled_from(
    ["=", "+", "-", "@", "\t", "\r", " =", "\u200b=", "\uff1d", "\u3000\uff0b"]
)


def without_commands(text: str) -> str:
    """Of a terminal, and of direction."""
    gone = {*range(32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    return "".join(sign for sign in text if ord(sign) not in gone or sign in "\t\r\n")


@STEADY
@given(st.lists(st.one_of(ANYTHING, st.tuples(STARTS, ANYTHING).map("".join)), min_size=1))
def test_what_we_write_is_safe_to_open_and_reads_back(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(safe_line(cells), newline=""))

    assert read == [safe_cell(cell) for cell in cells]
    for before, cell in zip(cells, read, strict=True):
        assert cell.strip()[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
        assert cell[:1] not in ("\t", "\r", "\n")
        assert (
            cell.removeprefix("'") == without_commands(before).removeprefix("'") or cell == before
        )


def test_harmless_cells_are_left_alone() -> None:
    assert [safe_cell(text) for text in ("", "Anna", "a=b", "'", "1-2")] == [
        "",
        "Anna",
        "a=b",
        "'",
        "1-2",
    ]
    assert safe_cell("+abby@example.com") == "'+abby@example.com"


def test_the_reader_keeps_no_date_of_its_own() -> None:
    rules = ReadingRules(date(2020, 1, 1), frozenset())

    assert tell_text("email,expiresOn\na@example.com,2020-01-01\n", rules).refused == []
    assert "time" not in vars(sys.modules["b2b.domain.upload.dates"])
