"""The operator's own words: language by language, part by part, and never a lost mail."""

import logging

import pytest

from b2b.domain.mail import MailKind
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing
from tests.mail.examples import LINK, a_letter, written

INVITATION = MailKind.INVITATION


def blobs(**held: str) -> FakeFiles:
    """`de_invitation_html` is config/mail/de/invitation.html."""
    files = FakeFiles(Footing())
    for name, content in held.items():
        language, kind, part = name.split("__")
        place = f"mail/{language.replace('_', '-')}/{kind}.{part}"
        files.put("config", place, content.encode())
    return files


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("de-AT", "de"), ("de", "de"), ("DE_de", "de"), ("pt-BR", "pt"), ("ja-JP", "ja"),
        ("fi", "en"), ("", "en"), ("../../secret", "en"), ("zh-Hant-TW", "en"),
    ],
)  # fmt: skip
async def test_a_language_falls_back_step_by_step(asked: str, found: str) -> None:
    language, _ = await written(a_letter(INVITATION, asked))

    assert language == found


async def test_a_template_of_a_region_goes_before_our_own_words() -> None:
    files = blobs(de_AT__invitation__subject="Servus {{ name }}")
    language, mail = await written(a_letter(INVITATION, "de-AT"), files)
    _, elsewhere = await written(a_letter(INVITATION, "de-DE"), files)

    assert language == "de-AT"
    assert mail.subject == "Servus Lena O'Hara"
    assert "Sie sind als Gast eingeladen" in mail.html  # what is not overridden is ours
    assert elsewhere.subject == "Contoso lädt Sie als Gast ein"


async def test_a_language_of_their_own_needs_no_words_of_ours() -> None:
    files = blobs(fi__invitation__txt="Hei {{ name }}: {{ link }} {{ until }}")
    language, mail = await written(a_letter(INVITATION, "fi-FI"), files)

    assert language == "fi"
    assert mail.text == f"Hei Lena O'Hara: {LINK} 1 March 2027"


async def test_text_of_strangers_is_escaped_in_their_html_as_well() -> None:
    files = blobs(en__invitation__html="<p>{{ message }}|{{ page.title }}</p>")
    _, mail = await written(a_letter(INVITATION, message="<i>&x</i>"), files)

    assert mail.html == "<p>&lt;i&gt;&amp;x&lt;/i&gt;|You are invited as a guest</p>"


@pytest.mark.parametrize(
    "faulty",
    [
        "{{ nme }}",
        "{% if %}",
        "{{ name",
        "{{ name.__class__.__mro__ }}",
        "{% for a in range(10**9) %}x{% endfor %}",
        "{{ 1 / 0 }}",
        "{{ name + 1 }}",
        "{% include 'other' %}",
        "{{ 'x' * (2 * 1024 * 1024) }}",
        "x" * (300 * 1024),
    ],
)
@pytest.mark.parametrize("part", ["html", "txt", "subject"])
async def test_a_faulty_template_is_told_and_the_mail_goes_out_in_our_words(
    part: str, faulty: str, caplog: pytest.LogCaptureFixture
) -> None:
    _, ours = await written(a_letter(INVITATION))
    with caplog.at_level(logging.ERROR):
        _, mail = await written(a_letter(INVITATION), blobs(**{f"en__invitation__{part}": faulty}))

    assert mail == ours
    (record,) = caplog.records
    assert record.message == "mail.template_faulty"
    assert record.__dict__["template"] == f"en/invitation.{part}"
    assert "Lena" not in str(record.__dict__)


async def test_a_template_that_is_no_text_is_faulty_too() -> None:
    files = blobs()
    files.put("config", "mail/en/invitation.html", b"\xff\xfe\x00")
    _, mail = await written(a_letter(INVITATION), files)

    assert mail.html.startswith("<!doctype html>")


async def test_a_subject_stays_one_line() -> None:
    files = blobs(en__invitation__subject="Hello\r\nBcc: someone@evil.example\n")
    _, mail = await written(a_letter(INVITATION), files)

    assert mail.subject == "Hello Bcc: someone@evil.example"


@pytest.mark.parametrize(
    "greedy",
    [
        "{{ 'x' * 10**9 }}",
        "{{ 10**(10**9) }}",
        "{{ 'x'.ljust(10**9) }}",
        "{{ '%1000000000s' % 'x' }}",
        "{{ range(99999)|join('x' * 1000000) }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% autoescape false %}{{ message }}{% endautoescape %}",
    ],
)
async def test_a_template_that_asks_for_too_much_is_stopped(greedy: str) -> None:
    _, ours = await written(a_letter(INVITATION))
    _, mail = await written(a_letter(INVITATION), blobs(en__invitation__html=greedy))

    assert mail == ours
