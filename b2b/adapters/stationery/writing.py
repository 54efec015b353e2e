"""Letters become mails: our words or the operator's templates, in the reader's language."""

import logging
from asyncio import to_thread
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment

from b2b import events
from b2b.adapters.stationery.bounded import Part, render_bounded
from b2b.adapters.stationery.own_templates import PARTS, OwnTemplates
from b2b.adapters.stationery.page import page_of, variables
from b2b.adapters.stationery.words import LANGUAGES, layout, words_in
from b2b.domain.mail import Letter, MailKind, Written, chain, links_in, one_line
from b2b.domain.policy import MailTerms

log = logging.getLogger(__name__)

_HTML = ImmutableSandboxedEnvironment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=False, keep_trailing_newline=True
)
_TEXT = ImmutableSandboxedEnvironment(
    autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True
)


class Writing:
    """Stationery with the built-in words and, over them, what the operator has put in place."""

    def __init__(self, own: OwnTemplates) -> None:
        self._own = own

    async def write(
        self, letter: Letter, terms: MailTerms, link: str, links: Mapping[str, str]
    ) -> tuple[str, Written]:
        languages = chain(letter.language, terms.language)
        language = await self._own.language(languages, letter.kind, set(LANGUAGES))
        base = language if language in LANGUAGES else _next_of_ours(languages)
        words = words_in(base)
        assert words is not None
        page = page_of(letter, words, terms, link, links)
        sheet = {"language": base, "page": page, "subject": page.subject, "link": link}
        ours = {
            "subject": page.subject,
            "html": _sheet("html").render(sheet),
            "txt": _sheet("txt").render(sheet),
        }
        facts = variables(letter.facts, words, terms) | {
            "page": asdict(page),
            "subject": page.subject,
            "link": link,
            "language": language,
            "message": page.message,
        }
        own = await self._own_parts(letter, language, facts)
        parts = ours | {name: part.text for name, part in own.items()}
        allowed = (terms.help, terms.sponsor_action, page.message)
        return language, Written(
            subject=one_line(parts["subject"]) or page.subject,
            html=parts["html"],
            text=parts["txt"],
            links=frozenset(filter(None, (link, *links.values(), *links_in("\n".join(allowed)))))
            | {found for part in own.values() for found in part.links},
            beginnings=frozenset(found for part in own.values() for found in part.beginnings),
        )

    async def _own_parts(
        self, letter: Letter, language: str, facts: Mapping[str, Any]
    ) -> Mapping[str, Part]:
        """Without a template that is missing, or that fails: never no mail."""
        templates: dict[str, str] = {}
        for part in PARTS:
            try:
                template = await self._own.template(language, letter.kind, part)
            except ValueError as fault:
                _tell(language, letter.kind, part, Part(fault=type(fault).__name__))
                continue
            if template:
                templates[part] = template
        rendered = await to_thread(render_bounded, templates, facts) if templates else {}
        for name, made in rendered.items():
            if made.fault:
                _tell(language, letter.kind, name, made)
        return {name: made for name, made in rendered.items() if not made.fault and made.text}


@cache
def _sheet(part: str) -> Template:
    return (_HTML if part == "html" else _TEXT).from_string(layout(part))


def _tell(language: str, kind: MailKind, name: str, part: Part) -> None:
    told = {"template": f"{language}/{kind}.{name}", "fault": part.fault, "at_line": part.line}
    log.error(events.MAIL_TEMPLATE_FAULTY, extra=told)


def _next_of_ours(languages: tuple[str, ...]) -> str:
    return next(one for one in languages if one in LANGUAGES)
