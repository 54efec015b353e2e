"""Text from a file is text: no links, no headers, no tricks with direction, and not too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2b.domain.mail import clean_contact, clean_line, clean_text, has_links

J = "\N{WORD JOINER}"


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("Lena Muster", "Lena Muster"),
        ("  Lena \t Muster ", "Lena Muster"),
        ("Lena\r\nBcc: x", "Lena Bcc: x"),
        ("Dr. Weber", "Dr. Weber"),
        ("a.b", "a.b"),
        ("3.5 km", "3.5 km"),
        ("look at https://evil.example/x?y now", "look at […] now"),
        ("HTTP://EVIL.EXAMPLE", "[…]"),
        ("www.evil.example", "[…]"),
        ("evil.example/login", "[…]"),
        ("mailto:x@y.example", "[…]"),
        ("javascript:alert(1)", "[…]"),
        ("ftp://x", "[…]"),
        ("look at:https://evil.example", f"look at{J}:{J}[…]"),
        ("data:text/html,x", "[…]"),
        ("Here is the data: A and B", "Here is the data: A and B"),
        ("Stammdaten und Metadata:neu", f"Stammdaten und Metadata{J}:{J}neu"),
        ("awww. see you", "awww. see you"),
        ("evil.example", f"evil{J}.{J}example"),
        ("e@vil.example", f"e{J}@{J}vil{J}.{J}example"),
        ("tel:+49 30", f"tel{J}:{J}+49 30"),
        ("sms:110", f"sms{J}:{J}110"),
        ("ms-word:ofe|u|x", f"ms-word{J}:{J}ofe|u|x"),
        ("at 10:30, see: below", "at 10:30, see: below"),
        (r"\\host\share", rf"\{J}\host\share"),
        (r"file:\\host", rf"file{J}:{J}\{J}\host"),
        ("//host x", f"/{J}/host x"),
        ("=?utf-8?q?x=0d=0aBcc:_y?=", f"={J}?utf-8?q?x=0d=0aBcc{J}:{J}_y?="),
        ("a\u202eb\u200bc\x00d\x1be", "abcde"),
        ("山田 太郎", "山田 太郎"),
    ],
)
def test_a_name_is_one_clean_line(given: str, cleaned: str) -> None:
    assert clean_line(given) == cleaned


def test_a_message_keeps_its_paragraphs() -> None:
    assert clean_text("One\r\n\r\n\r\n\r\nTwo\rThree") == "One\n\nTwo\nThree"


def test_links_stand_where_the_policy_allows_them() -> None:
    text = "See https://wiki.contoso.com/a and p.singh@contoso.com"

    assert clean_text(text, links=True) == text
    assert "https" not in clean_text(text)
    assert has_links(text)
    assert not has_links("See you on Monday, Dr. Weber.")


def test_what_is_too_long_is_cut() -> None:
    assert len(clean_text("x" * 5000)) == 1000
    assert len(clean_line("y " * 500)) <= 120
    assert clean_line("y" * 500).endswith("…")


def test_a_contact_can_be_copied() -> None:
    assert clean_contact("p.singh@contoso.com") == "p.singh@contoso.com"
    assert clean_contact("x https://evil.example") == "x […]"


@given(st.text(max_size=300))
def test_whatever_comes_in_no_line_break_or_link_comes_out(text: str) -> None:
    line = clean_line(text)

    assert len(line.splitlines()) <= 1
    assert "://" not in line
    assert not has_links(line)
    assert clean_line(line) == line or J in line
