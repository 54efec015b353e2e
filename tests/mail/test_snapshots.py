"""Each mail in each language, as somebody has looked at it; `python -m tests.mail.renew`."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from b2b.adapters.stationery.words import LANGUAGES, words_in
from b2b.domain.mail import Line, MailKind, Section
from tests.mail.examples import EVERYTHING, LINK, MESSAGE, TERMS, a_letter, sheets, written
from tests.mail.renew import SNAPSHOTS


@pytest.mark.parametrize(("language", "kind"), EVERYTHING)
async def test_a_mail_is_as_it_was_looked_at(language: str, kind: MailKind) -> None:
    found, mail = await written(a_letter(kind, language))

    assert found == language
    for part, content in sheets(mail):
        assert content == (SNAPSHOTS / language / f"{kind}.{part}").read_text("utf-8")


def test_there_is_a_snapshot_of_each_and_no_other() -> None:
    expected = {f"{lang}/{kind}.{part}" for lang, kind in EVERYTHING for part in ("html", "txt")}
    there = {path.relative_to(SNAPSHOTS).as_posix() for path in SNAPSHOTS.rglob("*.*")}

    assert len(expected) == 9 * 11 * 2
    assert there == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_same_words(language: str) -> None:
    english, words = words_in("en"), words_in(language)
    assert english is not None
    assert words is not None

    own = {"first"}  # how a language writes the first day of a month
    assert words.keys() - own == english.keys()
    for kind in MailKind:
        assert words[kind].keys() | {"greeting"} == english[kind].keys() | {"greeting"}
        assert len(words[kind]["body"]) == len(english[kind]["body"])
        assert len(words[kind]["after"]) == len(english[kind]["after"])
        for name in ("subject", "title"):
            assert words[kind][name]
            assert language == "en" or words[kind][name] != english[kind][name]
    assert len(set(words["months"])) == 12


@pytest.mark.parametrize(("language", "kind"), EVERYTHING)
async def test_both_parts_say_the_same(language: str, kind: MailKind) -> None:
    _, mail = await written(a_letter(kind, language))

    shown = _text_of(mail.html)
    for line in mail.text.splitlines():
        words = line.strip().removeprefix("- ").removesuffix(":")
        if line.startswith("- ") and "columns" in (words_in(language) or {})[kind]:
            words = words.partition(":")[0].strip()  # the day has a column of its own
        if words and words != "--":
            assert words in shown, words


@pytest.mark.parametrize(("language", "kind"), EVERYTHING)
async def test_html_is_simple_and_asks_nobody_for_anything(language: str, kind: MailKind) -> None:
    _, mail = await written(a_letter(kind, language))

    assert mail.html.startswith(f'<!doctype html>\n<html lang="{language}">')
    for unwanted in ("<img", "<script", "url(", "<link", "@import", "<form"):
        assert unwanted not in mail.html
    assert set(re.findall(r'(?:href|src)="([^"]*)"', mail.html)) == _links_of(kind)
    assert len(mail.html) < 20_000
    assert "\n" not in mail.subject


async def test_the_message_is_text_in_either_part() -> None:
    _, mail = await written(a_letter(MailKind.INVITATION))

    assert "welcome to &lt;Aurora&gt;. &#34;See you&#34;" in mail.html
    assert "Lena &amp; team" in mail.html
    assert MESSAGE.splitlines()[1] in mail.text


@pytest.mark.parametrize(
    ("language", "one", "several"),
    [
        ("de", "und 1 weiterer", "und 2 weitere"),
        ("en", "and 1 more", "and 2 more"),
        ("fr", "et 1 autre", "et 2 autres"),
        ("it", "e un altro", "e altri 2"),
    ],
)
async def test_of_one_guest_more_is_spoken_as_of_one(language: str, one: str, several: str) -> None:
    shown = []
    for total in (2, 3):
        section = Section("ending", total, (Line("ada@fabrikam.example", date(2026, 12, 1)),))
        _, mail = await written(a_letter(MailKind.DIGEST, language, sections=(section,)))
        shown.append(mail.text)

    assert f"- {one}\n" in shown[0]
    assert f"- {several}\n" in shown[1]


def _text_of(html: str) -> str:
    """What a person sees or can copy: also where a button leads."""
    body = html.partition("<body")[2].partition(">")[2]
    led = re.sub(r'<a [^>]*href="([^"]*)"[^>]*>', r" \1 ", body)
    return unescape(re.sub(r"<[^>]+>", "", led))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_sponsor_without_an_address_in_the_policy_is_asked_to_reply(language: str) -> None:
    words = words_in(language)
    assert words is not None
    terms = replace(TERMS, sponsor_action="")
    _, mail = await written(a_letter(MailKind.GUESTS_END_SOON, language), terms=terms)

    assert "<a " not in mail.html
    assert f">{words['guests_end_soon']['reply']}</td>" in mail.html


async def test_a_mailto_of_the_policy_is_a_link_and_nothing_of_a_guest_is() -> None:
    terms = replace(TERMS, sponsor_action="mailto:guests@contoso.com?subject=a%20later%20end")
    lines = (Line("x@evil.example<a href=https://evil.example>", date(2026, 12, 1), key="k"),)
    section = Section("ending", 1, lines)
    letter = a_letter(MailKind.GUESTS_END_SOON, sections=(section,))
    _, mail = await written(letter, terms=terms)

    links = set(re.findall(r'href="([^"]*)"', mail.html))
    assert links == {"mailto:guests@contoso.com?subject=a%20later%20end"}


def _links_of(kind: MailKind) -> set[str]:
    """The guest's own link, one for each guest in the table, or the one of the policy."""
    if kind is MailKind.GUESTS_OPEN:
        return {f"{LINK}%26guest%3d{line.key}" for line in a_letter(kind).facts.lines}
    if kind in (MailKind.GUESTS_END_SOON, MailKind.DIGEST):
        return {TERMS.sponsor_action.replace("&", "&amp;")}
    return {LINK} if kind.carries_link else set()
