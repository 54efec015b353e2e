"""A night of the sweep with somebody who tells people; the tenant is on the wire."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from b2b.domain.mail import Letter, MailKind, Stage
from b2b.domain.policy import Mode, Policy
from b2b.domain.request import Delivery
from b2b.flows.digests import Digests
from b2b.flows.notices import Notices
from b2b.flows.posting import Posting
from b2b.flows.return_notices import ReturnNotices
from b2b.flows.sponsor_mail import SponsorMail
from tests.fakes.mail import FakeOutbox
from tests.fakes.queues import MAILS, FakeQueues
from tests.flows_sweep.night import POLICY, WIDE, Night, night

COLLECTED_FOR = timedelta(minutes=30)


@dataclass
class Evening:
    night: Night
    outbox: FakeOutbox
    queues: FakeQueues
    digests: Digests
    notices: Notices
    mail_goes_out: bool = True

    def _meanwhile(self) -> None:
        if self.mail_goes_out:
            self.send_all()

    def send_all(self) -> None:
        """Whatever was queued."""
        for letter in self.outbox.kept.values():
            if not letter.over and letter.id in self.on_their_way():
                self.outbox.kept[letter.id] = replace(letter, stage=Stage.SENT)

    def told(self, *kinds: MailKind) -> list[tuple[str, str]]:
        """Kind and reader of each letter, in order of both."""
        wanted = kinds or tuple(MailKind)
        letters = [one for one in self.outbox.kept.values() if one.kind in wanted]
        return sorted((one.kind.value, one.to) for one in letters)

    def letter(self, kind: MailKind) -> Letter:
        (found,) = [one for one in self.outbox.kept.values() if one.kind is kind]
        return found

    def on_their_way(self) -> set[str]:
        return {one.id for one in self.queues.held(MAILS)}

    def deliver_by(self, delivery: Delivery) -> None:
        partners = tuple(replace(one, delivery=delivery) for one in POLICY.partners)
        self.night.policy.now = replace(POLICY, partners=partners)

    def mode(self, mode: Mode) -> None:
        now = self.night.policy.now
        assert isinstance(now, Policy)
        self.night.policy.now = replace(now, lifecycle=replace(WIDE, mode=mode))


@asynccontextmanager
async def evening(mailbox: str = "guests@home.example") -> AsyncIterator[Evening]:
    async with night() as made:
        for number in range(5):
            made.guest(f"calm{number}")
        made.reported()
        outbox, queues = FakeOutbox(made.footing), FakeQueues(made.clock, made.footing)
        posting = Posting(outbox=outbox, rounds=queues, mailbox=mailbox)
        roll = made.departing.roll
        sponsor_mail = SponsorMail(posting=posting, clock=made.clock, wait=COLLECTED_FOR)
        notices = Notices(
            posting=posting,
            sponsor_mail=sponsor_mail,
            ledger=made.ledger,
            journal=made.journal,
            roll=roll,
            clock=made.clock,
        )
        returns = ReturnNotices(
            posting=posting,
            sponsor_mail=sponsor_mail,
            ledger=made.ledger,
            journal=made.journal,
            clock=made.clock,
        )
        made.taking_back = replace(made.taking_back, tell_return=returns.tell)
        digests = Digests(
            posting=posting,
            roll=roll,
            journal=made.journal,
            policy=made.policy,
            clock=made.clock,
        )
        here = Evening(made, outbox, queues, digests, notices)
        made.departing = replace(
            made.departing, tell=notices.tell, remind=notices.remind, tell_return=returns.tell
        )
        made.meanwhile = here._meanwhile
        yield here


def pending(night: Night, name: str, days: int) -> None:
    """Invited so many days ago, and the link was not used."""
    night.guest(name, seen=None, born=days, externalUserState="PendingAcceptance")


def addresses(*names: str) -> Sequence[str]:
    return [f"{name}@partner.example" for name in names]
