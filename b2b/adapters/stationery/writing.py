"""Letters become mails: our words or the operator's templates, in the reader's language."""

import logging
from collections.abc import Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from b2b import events
from b2b.adapters.stationery.own_templates import OwnTemplates
from b2b.adapters.stationery.page import page_of, variables
from b2b.adapters.stationery.words import LANGUAGES, layout, words_in
from b2b.domain.mail import Letter, Written, chain, one_line
from b2b.domain.policy import MailTerms

log = logging.getLogger(__name__)

_HTML = ImmutableSandboxedEnvironment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=False, keep_trailing_newline=True
)
_TEXT = ImmutableSandboxedEnvironment(
    autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True
)
LONGEST = 1024 * 1024  # of a mail; Graph takes 4 MB
_FAULTS = (TemplateError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError)


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
        facts = {"language": base, "page": page, "subject": page.subject, "link": link}
        built_in = {
            "subject": page.subject,
            "html": _HTML.from_string(layout("html")).render(facts),
            "txt": _TEXT.from_string(layout("txt")).render(facts),
        }
        facts |= variables(letter.facts, words, terms) | {
            "language": language,
            "message": letter.facts.message,
        }
        parts = {
            part: await self._part(letter, language, part, facts) or text
            for part, text in built_in.items()
        }
        subject = one_line(parts["subject"]) or page.subject
        return language, Written(subject, parts["html"], parts["txt"])

    async def _part(
        self, letter: Letter, language: str, part: str, facts: Mapping[str, Any]
    ) -> str | None:
        """None when there is no template of the operator's, or one that fails: never no mail."""
        try:
            template = await self._own.template(language, letter.kind, part)
            if template is None:
                return None
            made = (_HTML if part == "html" else _TEXT).from_string(template).render(facts)
            if len(made) > LONGEST:
                raise ValueError("longer than a mail may be")
        except (*_FAULTS, RecursionError, MemoryError) as fault:
            told = {
                "template": f"{language}/{letter.kind}.{part}",
                "fault": type(fault).__name__,
                "at_line": getattr(fault, "lineno", 0),
            }
            log.error(events.MAIL_TEMPLATE_FAULTY, extra=told)
            return None
        return made


def _next_of_ours(languages: tuple[str, ...]) -> str:
    return next(one for one in languages if one in LANGUAGES)
