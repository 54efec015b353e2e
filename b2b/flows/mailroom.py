"""All that sends mails: what a House holds of it."""

from dataclasses import dataclass

from b2b.flows.digests import Digests
from b2b.flows.mailing import Mailing
from b2b.flows.notices import Notices
from b2b.flows.posting import Posting
from b2b.flows.resending import Resending
from b2b.flows.return_notices import ReturnNotices


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailroom:
    posting: Posting
    mailing: Mailing
    notices: Notices
    returns: ReturnNotices
    digests: Digests
    resending: Resending
