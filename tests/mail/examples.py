"""One letter of each kind, as long and as hostile as letters get; the words decide the rest."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

from b2b.adapters.stationery.own_templates import OwnTemplates
from b2b.adapters.stationery.words import LANGUAGES
from b2b.adapters.stationery.writing import Writing
from b2b.domain.guest import GuestId
from b2b.domain.mail import Facts, Letter, LetterId, Line, MailKind, Section, Written
from b2b.domain.policy import MailTerms
from b2b.domain.request import Address
from tests.fakes.clock import FakeClock
from tests.fakes.files import FakeFiles
from tests.fakes.footing import Footing

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LINK = (
    "https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem"
    "%2f%3ftenant%3d00000000-0000-4000-8000-000000000001%26user%3d00000000-0000-4000-9000"
    "-000000000001%26ticket%3dexample%26ver%3d2.0"
)
TERMS = MailTerms(
    organisation="Contoso",
    reply_to="guests@contoso.com",
    help="guests@contoso.com",
    language="en",
    sponsor_action="https://requests.contoso.com/guests?what=later&who=me",
)
GUEST = "lena.o'hara+aurora@fabrikam.example"
MESSAGE = 'Hello Lena & team,\nwelcome to <Aurora>. "See you" on Monday.\n\nPriya'
SECTIONS = (
    Section(
        "ending",
        42,
        (Line("ada@fabrikam.example", date(2026, 12, 1)), Line(GUEST, date(2026, 12, 14))),
    ),
    Section("over", 1, (Line("eve@fabrikam.example", date(2026, 11, 20), note="braked"),)),
    Section("blocked", 2, (Line("bo@fabrikam.example", date(2026, 11, 3)), Line("cy@x.example"))),
    Section("unredeemed", 1, (Line("dee@fabrikam.example", date(2026, 11, 9)),)),
)
FACTS = Facts(
    name="Lena O'Hara",
    address=Address(GUEST),
    partner="Fabrikam",
    sponsor="p.singh@contoso.com",
    until=date(2027, 3, 1),
    redirect_url="https://myapps.microsoft.com",
)


def _table(name: str, total: int) -> Facts:
    lines = (
        Line("ada@fabrikam.example", date(2026, 12, 1), key="a"),
        Line(GUEST, date(2026, 12, 14), key="b"),
    )
    return Facts(total=total, sections=(Section(name, total, lines),))


OF_KIND = {
    MailKind.INVITATION: replace(FACTS, message=MESSAGE),
    MailKind.REDEEM: FACTS,
    MailKind.ENDS_SOON: replace(FACTS, name="", rule="ends_soon"),
    MailKind.GUEST_ENDS_SOON: replace(FACTS, name="", rule="ends_soon"),
    MailKind.GUESTS_END_SOON: _table("ending", 42),
    MailKind.GUESTS_OPEN: _table("open", 2),
    MailKind.GUESTS_RESTORED: _table("restored", 2),
    MailKind.ACCESS_RESTORED: replace(FACTS, name=""),
    MailKind.BLOCKED: replace(FACTS, name="", rule="expired"),
    MailKind.REMOVED: replace(FACTS, name="", rule="expired"),
    MailKind.DIGEST: Facts(total=57, sections=SECTIONS),
}
EVERYTHING = [(language, kind) for language in LANGUAGES for kind in MailKind]


def a_letter(kind: MailKind, language: str = "en", **facts: object) -> Letter:
    return Letter(
        id=LetterId("0" * 32),
        kind=kind,
        to=Address(GUEST),
        language=language,
        at=NOW,
        facts=replace(OF_KIND[kind], **facts),  # type: ignore[arg-type]  # a test's own
        guest=GuestId("00000000-0000-4000-9000-000000000001"),
    )


async def written(
    letter: Letter, files: FakeFiles | None = None, terms: MailTerms = TERMS
) -> tuple[str, Written]:
    own = OwnTemplates(files or FakeFiles(Footing()), FakeClock(NOW))
    link = LINK if letter.kind.carries_link else ""
    links = {}
    if letter.kind is MailKind.GUESTS_OPEN:
        links = {line.key: f"{LINK}%26guest%3d{line.key}" for line in letter.facts.lines}
    return await Writing(own).write(letter, terms, link, links)


def sheets(one: Written) -> Iterator[tuple[str, str]]:
    """What is kept of a mail: `html` as it is, and `txt` with the subject above."""
    yield "html", one.html
    yield "txt", f"Subject: {one.subject}\n\n{one.text}"
