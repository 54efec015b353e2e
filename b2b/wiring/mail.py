"""What sends mails, put together."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from b2b.adapters.graph.listing import GraphRoll
from b2b.adapters.graph.mailbox import GraphMailbox
from b2b.adapters.graph.pacing import Budget, mails_a_minute
from b2b.adapters.journal import TableJournal
from b2b.adapters.mail_outbox import TableOutbox
from b2b.domain.mail import Letter, Written
from b2b.domain.policy import MailTerms
from b2b.flows.digests import Digests
from b2b.flows.fresh_link import FreshLink
from b2b.flows.mailing import Mailing
from b2b.flows.mailroom import Mailroom
from b2b.flows.notices import Notices
from b2b.flows.posting import Posting
from b2b.flows.resending import Resending
from b2b.flows.return_notices import ReturnNotices
from b2b.flows.sponsor_mail import SponsorMail
from b2b.flows.still_true import StillTrue
from b2b.ports import Clock, Files
from b2b.ports.mail import Stationery
from b2b.wiring.connections import Connections


class _OnDemand:
    """Jinja2 is loaded with the first mail, not with the first request of a cold worker."""

    def __init__(self, files: Files, clock: Clock) -> None:
        self._files, self._clock = files, clock
        self._writing: Stationery | None = None

    async def write(
        self, letter: Letter, terms: MailTerms, link: str, links: Mapping[str, str]
    ) -> tuple[str, Written]:
        if self._writing is None:
            from b2b.adapters.stationery.own_templates import OwnTemplates
            from b2b.adapters.stationery.writing import Writing

            self._writing = Writing(OwnTemplates(self._files, self._clock))
        return await self._writing.write(letter, terms, link, links)


def mailroom(shared: Connections) -> Mailroom:
    settings, outbox = shared.settings, TableOutbox(shared.tables)
    shared.pacing.paces[Budget.MAIL] = mails_a_minute(settings.mail_per_minute)
    roll = GraphRoll(shared.graph, shared.pacing)
    journal = TableJournal(shared.tables)
    posting = Posting(outbox=outbox, rounds=shared.queues, mailbox=settings.mail_from)
    sponsor_mail = SponsorMail(
        posting=posting, clock=shared.clock, wait=settings.mail_collect_seconds
    )
    return Mailroom(
        posting=posting,
        mailing=Mailing(
            outbox=outbox,
            mailbox=GraphMailbox(shared.graph, settings.mail_from, shared.pacing),
            mailbox_name=settings.mail_from,
            stationery=_OnDemand(shared.files, shared.clock),
            fresh_link=FreshLink(directory=shared.directory),
            still_true=StillTrue(
                directory=shared.directory, ledger=shared.ledger, journal=journal, outbox=outbox
            ),
            policy=shared.policy,
            clock=shared.clock,
            give_up_after=settings.give_up_after_seconds,
            lease=settings.mail_lease_seconds,
        ),
        notices=Notices(
            posting=posting,
            sponsor_mail=sponsor_mail,
            ledger=shared.ledger,
            journal=journal,
            roll=roll,
            clock=shared.clock,
        ),
        returns=ReturnNotices(
            posting=posting,
            sponsor_mail=sponsor_mail,
            ledger=shared.ledger,
            journal=journal,
            clock=shared.clock,
        ),
        digests=Digests(
            posting=posting,
            roll=roll,
            journal=journal,
            policy=shared.policy,
            clock=shared.clock,
        ),
        resending=Resending(
            outbox=outbox,
            rounds=shared.queues,
            clock=shared.clock,
            give_up_after=settings.give_up_after_seconds,
        ),
    )


def post_for(posting: Posting) -> Callable[[Letter, timedelta], Awaitable[None]] | None:
    """None without a mailbox: then nobody can be invited by a mail of ours."""
    if not posting.mailbox:
        return None

    async def post(letter: Letter, after: timedelta) -> None:
        await posting.post(letter, after=after)

    return post
