"""Mails of our own: which there are, what they tell, in which language, and what text may enter."""

from b2b.domain.mail.cleaning import (
    clean_contact,
    clean_line,
    clean_text,
    has_links,
    links_in,
    one_line,
)
from b2b.domain.mail.language import chain
from b2b.domain.mail.letter import (
    Facts,
    LeftOut,
    Letter,
    LetterId,
    Line,
    MailKind,
    Section,
    Stage,
    Written,
    letter_id,
)

__all__ = [
    "Facts",
    "LeftOut",
    "Letter",
    "LetterId",
    "Line",
    "MailKind",
    "Section",
    "Stage",
    "Written",
    "chain",
    "clean_contact",
    "clean_line",
    "clean_text",
    "has_links",
    "letter_id",
    "links_in",
    "one_line",
]
