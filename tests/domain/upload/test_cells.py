"""What a cell means, with both sides of every edge."""

from datetime import date

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from b2b.domain.reason import Reason
from b2b.domain.request import Delivery
from b2b.domain.upload.address import AddressReader, Found
from b2b.domain.upload.cells import read_delivery, read_items, read_language, read_link, read_switch
from b2b.domain.upload.dates import read_day
from b2b.domain.upload.domain_name import canonical_domain
from tests.domain.upload.reading import tell_text

YES = "TRUE WAHR VRAI VERDADERO VERO VERDADEIRO WAAR SANT SAND SANN TOSI 1 yes ja oui sí sim"
NO = "FALSE FALSCH FAUX FALSO ONWAAR FALSKT FALSK USANN EPÄTOSI 0 no nein non não nee nej nei"
TODAY = date(2026, 11, 23)
READER = AddressReader(frozenset({"Contoso.com", "bücher.example"}))


def _address(cell: str) -> str:
    found = READER.read(cell)
    return found.code if isinstance(found, Reason) else found.address


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("Anna.B+x@Example.COM", "Anna.B+x@example.com"),
        ("+abby@example.com", "+abby@example.com"),
        ("l" * 64 + "@example.com", "l" * 64 + "@example.com"),
        ("l" * 65 + "@example.com", "invalid_email"),
        ("a@" + "d" * 63 + ".com", "a@" + "d" * 63 + ".com"),
        ("a@" + "d" * 64 + ".com", "invalid_email"),
        (
            "l" * 60 + "@" + "d123456789." * 17 + "abcdef",
            "l" * 60 + "@" + "d123456789." * 17 + "abcdef",
        ),
        ("l" * 60 + "@" + "d123456789." * 17 + "abcdefg", "invalid_email"),
        ("a@example.123", "invalid_email"),
        ("a@example", "invalid_email"),
        ("a@-x.com", "invalid_email"),
        ("a@ab--c.com", "invalid_email"),
        ("a@x.local", "invalid_email"),
        ("a@x.localhost", "invalid_email"),
        ("a@example.test", "a@example.test"),
        ("a@[127.0.0.1]", "invalid_email"),
        ('"a b"@example.com', "invalid_email"),
        ("a\tb@example.com", "invalid_email"),
        ("a\u00a0b@example.com", "invalid_email"),
        ("@example.com", "invalid_email"),
        ("anna@", "invalid_email"),
        ("\u200b\ufeff", "missing_email"),
        ("\u201canna@example.com\u201d", "anna@example.com"),
        ("\u201eanna@example.com\u201c", "anna@example.com"),
        ("\u00abanna@example.com\u00bb", "anna@example.com"),
        ("\u201canna@example.com", "non_ascii_local_part"),
        ("<>", "missing_email"),
        ("mailto:", "missing_email"),
        ("Anna <anna@example.com>;", "anna@example.com"),
        ("<mailto:anna@example.com>", "anna@example.com"),
        ("anna@example.com,", "anna@example.com"),
        ('="anna@example.com"', "anna@example.com"),
        ('="a"&"b@example.com"', "invalid_email"),
        ("a@example.com b@example.com", "more_than_one_address_in_cell"),
        ("a@example.com <b@example.com>", "more_than_one_address_in_cell"),
        ("A@example.com <a@example.com>", "a@example.com"),
        ("spa ce@example.com", "invalid_email"),
        ("a\u00adb@example.com", "invisible_character_inside_address"),
        ("ab@exam\u2060ple.com", "invisible_character_inside_address"),
        ("ab@example.com\u200f", "bidi_control_character"),
        ("\u202eab@example.com", "bidi_control_character"),
        ("jörg@example.com", "non_ascii_local_part"),
        ("a@BÜCHER.de", "a@xn--bcher-kva.de"),
        ("a@XN--BCHER-KVA.de", "a@xn--bcher-kva.de"),
        ("a@bücher.example", "own_tenant_domain"),
        ("a@sub.contoso.com", "own_tenant_domain"),
        ("a@CONTOSO.COM", "own_tenant_domain"),
        ("a@mycontoso.com", "a@mycontoso.com"),
        ("a@contoso.com.evil.example", "a@contoso.com.evil.example"),
        ("x_fabrikam.com#ext#@contoso.onmicrosoft.com", "looks_like_guest_upn"),
        ("a#b@example.com", "a#b@example.com"),
        ("a@ex\u0430mple.com", "mixed_script_domain"),
        ("a@fabri\u0436am.com", "mixed_script_domain"),
        ("a@caf\u00e9\u65e5\u672c.com", "a@xn--caf-dma4730kcvb.com"),
        ("a@\u0441\u043e\u0441\u043e.com", "mixed_script_domain"),
        (
            "a@\u043c\u043e\u0441\u043a\u0432\u0430-\u0434\u043e\u043c.example",
            "a@xn----7sbfk0alfkfy.example",
        ),
        ("a@xn--80ak6aa92e.com", "mixed_script_domain"),
        ("a@xn--a.com", "invalid_email"),
        ("a" * 3000, "invalid_email"),
    ],
)
def test_an_address_is_read_or_refused(cell: str, meant: str) -> None:
    assert _address(cell) == meant


def test_a_name_before_the_address_is_a_display_name_when_there_is_none() -> None:
    told = tell_text("email,name\nLars Holm <l@example.com>,\nMia <m@example.com>,Mia B\n")

    assert [wish.display_name for wish in told.wishes] == ["Lars Holm", "Mia B"]


def test_a_sponsor_may_be_one_of_us() -> None:
    assert READER.read_anyone("s@contoso.com") == Found("s@contoso.com")  # type: ignore[arg-type]


ATOMS = st.text("abcXYZ019!$%&'*+/=?^_`{|}~-.", min_size=1, max_size=66)
LABELS = st.text("abcXYZ019-.", min_size=1, max_size=66)


@settings(derandomize=True, max_examples=300, deadline=None)
@given(ATOMS, LABELS, st.sampled_from(["com", "x", "c0m", "local", "test", "ONION", "museum"]))
def test_the_quick_way_agrees_with_the_library(local: str, domain: str, top: str) -> None:
    text = f"{local}@{domain}.{top}"
    if "xn--" in domain.lower():
        return
    try:
        library = validate_email(
            text, check_deliverability=False, test_environment=True, strict=True
        ).normalized
    except EmailNotValidError:
        library = "invalid_email"
    if library.startswith("postmaster"):
        return

    assert _address(text).partition("@")[2] == library.partition("@")[2]
    assert _address(text).casefold() == library.casefold()


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("2027-01-31", "2027-01-31"),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-22", "expiry_in_the_past"),
        ("2027/1/5", "2027-01-05"),
        ("20270131", "2027-01-31"),
        ("2027-01-31 23:59", "2027-01-31"),
        ("2027-01-31T23:59:59+02:00", "2027-01-31"),
        ("2027-01-31T25:00", "invalid_date"),
        ("31.12.2026 00:00:00", "2026-12-31"),
        ("1.2.2027", "2027-02-01"),
        ("1. 2. 2027", "2027-02-01"),
        ("12.31.2026", "invalid_date"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("12/12/2026", "2026-12-12"),
        ("12/11/2027", "ambiguous_date"),
        ("13/13/2027", "invalid_date"),
        ("04-03-2027", "ambiguous_date"),
        ("31.12.26", "ambiguous_date"),
        ("46387", "2026-12-31"),
        ("46387.5", "2026-12-31"),
        ("2027", "invalid_date"),
        ("00000", "expiry_in_the_past"),
        ("31-Dec-2026", "2026-12-31"),
        ("Dec 31, 2026", "2026-12-31"),
        ("Thursday, December 31, 2026", "2026-12-31"),
        ("Donnerstag, 31. Dezember 2026", "2026-12-31"),
        ("31-Dec-26", "ambiguous_date"),
        ("Dec 31, 26", "ambiguous_date"),
        ("31-Foo-26", "invalid_date"),
        ("31 December 2026", "2026-12-31"),
        ("31st December 2026", "2026-12-31"),
        ("31. März 2027", "2027-03-31"),
        ("1er août 2027", "2027-08-01"),
        ("15 de febrero de 2027", "2027-02-15"),
        ("1º de março de 2027", "2027-03-01"),
        ("3 gennaio 2027", "2027-01-03"),
        ("5 mei 2027", "2027-05-05"),
        ("5 maj 2027", "2027-05-05"),
        ("1. desember 2026", "2026-12-01"),
        ("24. joulukuuta 2026", "2026-12-24"),
        ("30 Foo 2027", "invalid_date"),
        ("+90d", "2027-02-21"),
        ("+12w", "2027-02-15"),
        ("+3m", "2027-02-23"),
        ("+1y", "2027-11-23"),
        ("+9999y", "invalid_date"),
        ("90d", "invalid_date"),
        ("########", "invalid_date"),
        ("0000-00-00", "invalid_date"),
        ("\u0661\u0662.\u0661\u0662.\u0662\u0660\u0662\u0667", "invalid_date"),
        ("9" * 300, "invalid_date"),
    ],
)
def test_a_date_is_read_in_one_way_or_not_at_all(cell: str, meant: str) -> None:
    day = read_day(cell, TODAY)

    assert (day.code if isinstance(day, Reason) else str(day.date)) == meant


def test_months_end_where_the_shorter_month_ends() -> None:
    day = read_day("+3m", date(2026, 11, 30))

    assert not isinstance(day, Reason)
    assert day.date == date(2027, 2, 28)


@pytest.mark.parametrize(
    "word",
    YES.split(),
)
def test_yes_is_said_in_many_languages(word: str) -> None:
    assert read_switch(word) is True
    assert read_switch(f" {word.lower()}\u00a0") is True


@pytest.mark.parametrize(
    "word",
    NO.split(),
)
def test_no_is_said_in_many_languages(word: str) -> None:
    assert read_switch(word) is False


@pytest.mark.parametrize("word", ["perhaps", "2", "truefalse", "-"])
def test_anything_else_is_neither_yes_nor_no(word: str) -> None:
    assert isinstance(read_switch(word), Reason)
    assert read_switch(" ") is None


def test_items_are_told_apart_by_any_separator() -> None:
    assert read_items("groups", " A; B,C|D ;;A\nE") == ("A", "B", "C", "D", "E")
    assert isinstance(read_items("groups", "x" * 257), Reason)
    assert isinstance(read_items("groups", ";".join(map(str, range(101)))), Reason)
    assert read_items("groups", "x" * 256) == ("x" * 256,)


@pytest.mark.parametrize(
    ("cell", "good"),
    [
        ("https://example.com/a?b=c#d", True),
        ("HTTP://example.com", True),
        ("javascript:alert(1)", False),
        ("//example.com", False),
        ("https://", False),
        ("https://user@example.com", False),
        ("https://exa mple.com", False),
        ("https://[::1", False),
        ("https://example.com:99999", False),
        ("https://example.com\\@evil.example", False),
        ("https://example.com/" + "x" * 2048, False),
    ],
)
def test_only_web_links_are_links(cell: str, good: bool) -> None:
    assert isinstance(read_link(cell), str) == good


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("de", "de"),
        ("de_CH", "de-CH"),
        ("zh-Hans-CN", "zh-Hans-CN"),
        ("es-419", "es-419"),
        ("", ""),
    ],
)
def test_a_language_is_a_tag(cell: str, meant: str) -> None:
    assert read_language(cell) == meant
    assert isinstance(read_language("deutsch"), Reason)


def test_delivery_is_one_of_three() -> None:
    told = [read_delivery(word) for word in ("Graph", "E-Mail", "link", "")]

    assert told == [Delivery.GRAPH, Delivery.MAIL, Delivery.LINK, None]
    assert isinstance(read_delivery("pigeon"), Reason)


@pytest.mark.parametrize(
    ("column", "limit"),
    [
        ("displayName", 256),
        ("givenName", 64),
        ("surname", 64),
        ("companyName", 64),
        ("message", 1024),
    ],
)
def test_a_text_may_be_as_long_as_its_limit_and_no_longer(column: str, limit: int) -> None:
    fits, exceeds = "x" * limit, "x" * (limit + 1)

    told = tell_text(f"email,{column}\na@example.com,{fits}\nb@example.com,{exceeds}\n")

    assert [wish.email for wish in told.wishes] == ["a@example.com"]
    assert told.refused == [(3, "too_long")]


@pytest.mark.parametrize("text", ["", ".", "a..b", "x" * 300, "\ud800.com", "a\u3002com"])
def test_any_text_may_be_asked_for_its_domain(text: str) -> None:
    assert isinstance(canonical_domain(text), str | Reason)


@pytest.mark.parametrize("sign", "\u034f\u115f\u1160\u17b4\u3164\ufe00\ufe0f\uffa0")
def test_an_invisible_character_in_a_domain_is_told(sign: str) -> None:
    found = AddressReader(frozenset()).read(f"lena@fab{sign}rikam.com")

    assert isinstance(found, Reason)
    assert found.code == "invisible_character_inside_address"
