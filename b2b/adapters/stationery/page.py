"""What a mail says, paragraph by paragraph and unescaped: both of its parts are made from this."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from b2b.adapters.stationery.words import Words, day_in
from b2b.domain.mail import (
    Facts,
    Letter,
    Line,
    Section,
    clean_contact,
    clean_line,
    clean_text,
    has_links,
    one_line,
)
from b2b.domain.policy import MailTerms

_PLAIN = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """`link` is ours: a redemption link, or the policy's `sponsor_action`."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A table when it has `columns`, else a list of `lines`, which say the same as the table."""

    title: str
    lines: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    subject: str
    title: str
    greeting: str
    body: tuple[str, ...]
    message_from: str
    message: str
    button: str
    link: str
    link_note: str
    sections: tuple[ShownSection, ...]
    action: Cell
    after: tuple[str, ...]
    help: str
    footer: str


def page_of(
    letter: Letter, words: Words, terms: MailTerms, link: str, links: Mapping[str, str]
) -> Page:
    """Raises jinja2.TemplateError only for words that a test would have found."""
    own: Mapping[str, Any] = words[letter.kind.value]
    facts = variables(letter.facts, words, terms)

    def say(name: str) -> str:
        return _say(own.get(name, words.get(name, "")), facts)

    return Page(
        subject=one_line(say("subject")),
        title=say("title"),
        greeting=say("greeting"),
        body=_paragraphs(own["body"], facts),
        message_from=say("message_from"),
        message=clean_text(letter.facts.message, links=True),  # admission has judged its links
        button=say("button"),
        link=link,
        link_note=say("link_note"),
        sections=tuple(
            _shown(one, own, words, terms.sponsor_action, links) for one in letter.facts.sections
        ),
        action=Cell(say("action"), terms.sponsor_action) if "action" in own else Cell(""),
        after=_paragraphs(own["after"], facts),
        help=terms.help,
        footer=say("footer"),
    )


def variables(facts: Facts, words: Words, terms: MailTerms) -> dict[str, Any]:
    """What words and templates may name; operators read of them in docs/mail.md."""
    return {
        "organisation": _name(terms.organisation),
        "name": clean_line(facts.name),
        "address": clean_contact(facts.address),
        "partner": _name(facts.partner),
        "sponsor": clean_contact(facts.sponsor),
        "until": day_in(words, facts.until),
        "rule": facts.rule,
        "total": facts.total,
        "help": terms.help,
        "sponsor_action": terms.sponsor_action,
    }


def _name(text: str) -> str:
    """Of ourselves or a partner, by the policy: a bare domain may be one, a page may not."""
    return clean_line(text) if has_links(text) else one_line(text)


def _paragraphs(templates: Iterable[str], facts: Mapping[str, Any]) -> tuple[str, ...]:
    said = (_say(one, facts) for one in templates)
    return tuple(one for one in said if one)


def _shown(
    section: Section, own: Mapping[str, Any], words: Words, action: str, links: Mapping[str, str]
) -> ShownSection:
    template = own[f"{section.name}_line"]
    notes = own.get("notes", {})
    lines = [
        _say(
            template,
            {
                "address": clean_contact(line.address),
                "day": day_in(words, line.day),
                "note": notes.get(line.note, ""),
                "link": links.get(line.key, ""),
            },
        )
        for line in section.lines
    ]
    hidden = section.total - len(lines)
    more = _say(words["more"], {"more": hidden}) if hidden > 0 else ""
    columns = tuple(own.get("columns", ()))
    return ShownSection(
        title=f"{own[section.name]} ({section.total})",
        lines=(*lines, more) if more else tuple(lines),
        columns=columns,
        rows=tuple(_row(line, own, words, action, links) for line in section.lines)
        if columns
        else (),
        more=more,
    )


def _row(
    line: Line, own: Mapping[str, Any], words: Words, action: str, links: Mapping[str, str]
) -> tuple[Cell, ...]:
    """The guest, the day, and what can be done: open a link of the guest's, or the policy's."""
    cells = [Cell(clean_contact(line.address)), Cell(day_in(words, line.day))]
    if line.key in links:
        cells.append(Cell(own["pass_on"], links[line.key]))
    elif "action" in own:
        cells.append(Cell(own["action"], action) if action else Cell(own["reply"]))
    return tuple(cells)


def _say(template: str, facts: Mapping[str, Any]) -> str:
    return _template(template).render(facts).strip()


@cache
def _template(text: str) -> Template:
    """Of our own words there are a few hundred."""
    return _PLAIN.from_string(text)
