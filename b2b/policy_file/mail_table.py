"""The table [mail] of policy.toml."""

from pydantic import Field, StrictBool

from b2b.domain.policy import MailTerms
from b2b.policy_file.kinds import ActionUrl, Language, Mail, Name, Sentence
from b2b.policy_file.partner_tables import Table

_MAIL = MailTerms()  # the defaults stand in the domain only


class MailTable(Table):
    """Mails of our own: invitations with delivery = "mail", reminders, notices and digests."""

    organisation: Name | None = Field(
        None, description="What mails call you; without it, the first of own_domains."
    )
    reply_to: Mail | None = Field(None, description="Where answers go, if not to the mailbox.")
    help: Sentence | None = Field(
        None, description="Whom to ask for help, in one sentence at the end of each mail."
    )
    language: Language = Field(
        _MAIL.language, description="When a mail does not exist in the language of its reader."
    )
    digests: StrictBool = Field(
        _MAIL.digests, description="Tell each sponsor once a week about their guests."
    )
    sponsor_action: ActionUrl | None = Field(
        None,
        description="Where a sponsor asks for a later end; mails link to it. Without it, sponsors "
        "reply to the mail.",
    )
