"""How mails of our own look and whom they name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTerms:
    """`organisation` is what mails call us; without one, our first own domain.

    `sponsor_action`: where a sponsor asks for a later end; without one they reply to the mail.
    """

    organisation: str = ""
    reply_to: str = ""
    help: str = ""
    language: str = "en"
    digests: bool = True
    sponsor_action: str = ""
