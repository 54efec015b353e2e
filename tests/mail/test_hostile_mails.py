"""No text of a stranger or an operator changes a header, a recipient, the structure or a link."""

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from html import unescape
from random import Random

import pytest

from b2b.adapters.graph.mime import mime_of
from b2b.adapters.graph.mime_check import check_mime
from b2b.adapters.stationery.own_templates import OwnTemplates
from b2b.adapters.stationery.writing import Writing
from b2b.domain.errors import Refused
from b2b.domain.mail import (
    Letter,
    LetterId,
    Line,
    MailKind,
    Section,
    Written,
    clean_contact,
    clean_line,
    clean_text,
)
from b2b.domain.policy import MailTerms
from b2b.domain.request import Address
from b2b.ports.mail import Envelope
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing
from tests.mail.examples import LINK, NOW, a_letter
from tests.mail.hostile import EVIL, hostile_address, hostile_text

MAILBOX = "guests@contoso.com"
HEADERS = [
    "From", "To", "Subject", "Message-ID", "X-Auto-Response-Suppress", "Auto-Submitted",
    "Content-Language", "MIME-Version", "Content-Type",
]  # fmt: skip
KINDS = (MailKind.INVITATION, MailKind.REDEEM, MailKind.BLOCKED, MailKind.DIGEST)
OWN = {
    "subject": "Willkommen, {{ name }} ({{ partner }}, {{ sponsor }}, {{ organisation }})",
    "html": '<p title="{{ name }}">{{ name|safe }} {{ message|safe }}</p>'
    '<a href="https://intranet.contoso.com/new?who={{ name|urlencode }}">x</a>'
    '<a href="mailto:help@contoso.com">y</a><a href="{{ link }}">{{ link }}</a>',
    "txt": "{{ name }} {{ sponsor }} {{ message }} {{ link }} https://intranet.contoso.com/a",
}
ORGANISATION_OF_OURS = "Contoso"


def plain(chance: Random, share: float) -> str:
    return hostile_text(chance) if chance.random() < share else "Contoso"


def letter_of(chance: Random, kind: MailKind) -> Letter:
    """As the flows make it: what strangers wrote is cleaned before it becomes a fact."""
    address = hostile_address(chance)
    line = Line(address)
    letter = a_letter(
        kind,
        chance.choice(("de", "en", "ja", hostile_text(chance))),
        name=clean_line(hostile_text(chance)) if chance.random() < 0.9 else hostile_text(chance),
        address=address,
        partner=plain(chance, 0.2),
        sponsor=clean_contact(hostile_text(chance)),
        message=clean_text(hostile_text(chance)) if kind is MailKind.INVITATION else "",
        sections=(Section("blocked", 3, (line, line)),) if kind is MailKind.DIGEST else (),
    )
    return replace(letter, id=LetterId("0" * 32), to=Address(address))


async def test_two_thousand_hostile_mails_hold_nothing_but_what_was_meant() -> None:
    await hold(2_000)


@pytest.mark.soak
async def test_a_hundred_thousand_hostile_mails_hold_nothing_but_what_was_meant() -> None:
    await hold(100_000)


async def hold(count: int) -> None:
    chance, files = Random(20261129), FakeFiles(Footing())
    ours, theirs = Writing(OwnTemplates(files, FakeClock(NOW))), FakeFiles(Footing())
    for part, template in OWN.items():
        for kind in KINDS:
            text = template if kind.carries_link else template.replace("{{ link }}", "#x")
            theirs.put("config", f"mail/en/{kind}.{part}", text.encode())
    operators = Writing(OwnTemplates(theirs, FakeClock(NOW)))
    sent = 0
    for number in range(count):
        kind, own = chance.choice(KINDS), number % 100 == 0
        letter = letter_of(chance, kind)
        if own:
            letter = replace(letter, language="en")
        terms = MailTerms(organisation=plain(chance, 0.3), reply_to="", help="guests@contoso.com")
        link = LINK if kind.carries_link else ""
        language, written = await (operators if own else ours).write(letter, terms, link, {})
        envelope = Envelope(
            letter=letter.id,
            to=letter.to,
            name=letter.facts.name,
            sender_name=terms.organisation,
            reply_to="",
            language=language,
            written=written,
        )
        if "=?" in letter.to:
            with pytest.raises(Refused):
                mime_of(envelope, MAILBOX)
            continue
        mail = mime_of(envelope, MAILBOX)
        sent += 1
        inspect(mail, letter, terms.organisation, own=own)
    assert sent > count * 0.9


def inspect(mail: bytes, letter: Letter, organisation: str, *, own: bool) -> None:
    """Read as three readers read it: line by line, as 1999 did, and as Python does today."""
    head, _, _ = mail.partition(b"\r\n\r\n")
    lines = head.decode("ascii").split("\r\n")
    assert [line.partition(":")[0] for line in lines if line[0] != " "] == HEADERS
    assert max(map(len, lines)) < 998
    old = message_from_bytes(mail, policy=policy.compat32)
    new = message_from_bytes(mail, policy=policy.default)
    assert old.keys() == new.keys() == HEADERS
    assert [one.addr_spec for one in new["To"].addresses] == [letter.to]
    assert [one.addr_spec for one in new["From"].addresses] == [MAILBOX]
    for name in ("From", "To", "Subject"):
        shown = str(make_header(decode_header(old[name])))
        shown = re.sub(r"\\(.)", r"\1", shown) if shown.startswith('"') else shown
        assert "=?" not in shown.replace(letter.to, "")
        assert shown.isprintable() or not set(map(ord, shown)) & set(range(32))
        assert not re.search(
            r"https?:|\\\\|(?<![\u2060\w])evil\.example", bare(shown, organisation)
        )
    parts = list(new.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    text, html = (part.get_content() for part in parts)
    assert set(re.findall(r'href="([^"]*)"', html)) <= allowed(own, html)
    assert not re.search(r"<(script|img|iframe|form|object|svg|base|link)\b", html, re.I)
    for shown in (text, unescape(re.sub(r"<[^>]*>", " ", html))):
        rest = bare(shown, organisation, letter.facts.partner)
        assert EVIL not in rest, rest[max(rest.find(EVIL) - 40, 0) :][:90]
        assert not re.search(r"\b(tel|sms|file|mailto|javascript|search-ms):\S",
                             rest)  # fmt: skip


def bare(shown: str, *operators: str) -> str:
    """Without what the policy says itself, and without addresses that stand to be copied."""
    from b2b.domain.mail import one_line

    for text in sorted(map(one_line, operators), key=len, reverse=True):
        if text != "Contoso":
            return ""  # an operator may write a link into the policy; who else may not
    return re.sub(r"[\w.!#$%&'*+/=?^`{|}~-]+@(evil|fabrikam|contoso)\.\w+", "", shown)


def allowed(own: bool, html: str) -> set[str]:
    links = {LINK.replace("&", "&amp;")}
    if not own:
        return links
    begun = {
        href
        for href in re.findall(r'href="([^"]*)"', html)
        if href.startswith("https://intranet.contoso.com/new?who=")
    }
    return links | begun | {"mailto:help@contoso.com", "#x"}


@pytest.mark.parametrize(
    ("what", "written"),
    [
        ("links", Written("s", '<a href="https://evil.example">x</a>', "t")),
        ("links", Written("s", "<p>x</p>", "see www.evil.example")),
        ("links", Written("s", "<p>https://evil.example/x</p>", "t")),
        ("links", Written("s", '<p style="background:url(//e.example/x)">', "t")),
        ("links", Written("s", f'<a href="{LINK}&x">', "t", frozenset((LINK,)))),
    ],
)
def test_a_mail_with_a_link_that_nobody_put_there_is_not_sent(what: str, written: Written) -> None:
    with pytest.raises(Refused) as refusal:
        mime_of(an_envelope(written), MAILBOX)

    assert refusal.value.reason.code == "mail_not_as_meant"
    assert what in refusal.value.reason.sentence


@pytest.mark.parametrize(
    ("what", "found", "instead"),
    [
        ("headers", b"Subject: s", b"Subject: s\r\nBcc: v@evil.example"),
        ("headers", b"Auto-Submitted: auto-generated\r\n", b""),
        ("addresses", b'"Lena" <', b'"Lena" <v@evil.example>, <'),
        ("addresses", b"lena@fabrikam.com", b"v@evil.example"),
        ("parts", b"--guestkeeper-00000000000000000000000000000000--", b""),
        ("parts", b"text/plain", b"text/csv"),
        ("parts", b"PHA+", b"PGI+"),
    ],
)
def test_a_finished_mail_that_was_changed_is_not_sent(
    what: str, found: bytes, instead: bytes
) -> None:
    envelope = an_envelope(Written("s", "<p>h</p>", "t"))
    mail = mime_of(envelope, MAILBOX)
    assert found in mail
    with pytest.raises(Refused) as refusal:
        check_mime(mail.replace(found, instead), envelope, MAILBOX)

    assert what in refusal.value.reason.sentence


@pytest.mark.parametrize("to", ["=?utf-8?q?x?=@fabrikam.com", "a b@x.example", "a@b@c.example"])
def test_an_address_that_could_be_read_as_something_else_gets_no_mail(to: str) -> None:
    envelope = replace(an_envelope(Written("s", "h", "t")), to=Address(to))
    with pytest.raises(Refused) as refusal:
        mime_of(envelope, MAILBOX)

    assert refusal.value.reason.code == "address_not_plain"


def test_long_names_are_whole_when_they_are_read() -> None:
    name = "Ünïcødé 山田 🙂 " * 6
    mail = mime_of(replace(an_envelope(Written(name, "h", "t")), name=name), MAILBOX)
    read = message_from_bytes(mail, policy=policy.compat32)

    assert str(make_header(decode_header(read["Subject"]))) == name.strip()
    assert str(make_header(decode_header(read["To"]))) == f"{name.strip()} <lena@fabrikam.com>"
    assert max(map(len, mail.split(b"\r\n"))) <= 200


def an_envelope(written: Written) -> Envelope:
    return Envelope(
        letter=LetterId("0" * 32),
        to=Address("lena@fabrikam.com"),
        name="Lena",
        sender_name="Contoso",
        reply_to="",
        language="en",
        written=written,
    )
