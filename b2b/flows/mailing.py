"""A letter of the outbox is sent once, however often it is delivered.

docs/decisions/mail-once.md says what a death between any two steps leads to.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from b2b import events
from b2b.domain.errors import Refused, TryLater
from b2b.domain.mail import Facts, Letter, LetterId, MailKind, Stage
from b2b.domain.policy import MailTerms, Policy
from b2b.domain.reason import Reason
from b2b.domain.request import Delivery
from b2b.flows import mail_reasons as reasons
from b2b.flows.fresh_link import FreshLink
from b2b.flows.still_true import StillTrue
from b2b.ports import Clock, PolicyNow
from b2b.ports.mail import DraftId, Envelope, Mailbox, Outbox, Stationery

log = logging.getLogger(__name__)

POLICY_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """What sending a letter may touch. `mailbox_name` is empty when there is no mailbox.

    `lease`: whoever set out to write a letter so long ago is dead; longer than a message's lock.
    """

    outbox: Outbox
    mailbox: Mailbox
    mailbox_name: str
    stationery: Stationery
    fresh_link: FreshLink
    still_true: StillTrue
    policy: PolicyNow
    clock: Clock
    give_up_after: timedelta
    lease: timedelta

    async def send(self, identity: LetterId) -> None:
        """Raises TryLater, and Refused for an unknown letter."""
        letter = await self.outbox.letter(identity)
        if letter is None:
            raise Refused(reasons.UNKNOWN_LETTER)
        if letter.over:
            return
        try:
            await self._send(letter)
        except Refused as refusal:
            await self._end(letter.id, Stage.DROPPED, refusal.reason)
        except TryLater as wait:
            await self._note(letter.id, wait.reason)
            raise

    async def _send(self, letter: Letter) -> None:
        if letter.draft:
            await self._send_again(letter, DraftId(letter.draft))
            return
        unseen = letter.carrier is Delivery.GRAPH and letter.stage is Stage.WRITING
        if self._late(letter) and not unseen:
            raise Refused(reasons.given_up(letter.reason))
        self._wait_for_writer(letter)
        if letter.carrier is Delivery.GRAPH:
            await self._send_by_graph(letter)
        else:
            await self._send_ours(letter)

    async def _send_again(self, letter: Letter, draft: DraftId) -> None:
        """An earlier delivery came as far as the draft, or further."""
        try:
            if not await self.mailbox.is_sent(draft):
                if self._late(letter):
                    raise Refused(reasons.given_up(letter.reason))
                await self.mailbox.send(draft)
        except TryLater as wait:
            if self._late(letter):
                raise Refused(reasons.given_up(wait.reason)) from wait
            raise
        await self._end(letter.id, Stage.SENT)

    def _late(self, letter: Letter) -> bool:
        return self.clock() - letter.since >= self.give_up_after

    def _wait_for_writer(self, letter: Letter) -> None:
        if letter.stage is Stage.WRITING and letter.claimed is not None:
            left = letter.claimed + self.lease - self.clock()
            if left > timedelta(0):
                raise TryLater(reasons.BEING_WRITTEN, left)

    async def _send_ours(self, letter: Letter) -> None:
        if not self.mailbox_name:
            raise Refused(reasons.NO_MAILBOX)
        await self.mailbox.turn()  # before anything is begun: whoever has to wait leaves no trace
        policy = await self._policy()
        orphaned = letter.stage is Stage.WRITING
        letter = await self._claim(letter)
        try:
            letter, draft = await self._draft(letter, policy, orphaned=orphaned)
        except TryLater as wait:
            if not wait.unclear and not orphaned:
                await self.outbox.keep(replace(letter, stage=Stage.WAITING, claimed=None))
            raise
        letter = await self.outbox.keep(replace(letter, stage=Stage.DRAFTED, draft=draft))
        await self.mailbox.send(draft)
        await self._end(letter.id, Stage.SENT)

    async def _draft(
        self, letter: Letter, policy: Policy, *, orphaned: bool
    ) -> tuple[Letter, DraftId]:
        """Also the letter with what is left of it. An earlier writer may have died right after
        drafting: that draft is taken up."""
        letter = await self.still_true.check(letter, policy)
        left = await self.mailbox.find(letter.id) if orphaned else None
        if left is not None:
            return letter, left
        links: dict[str, str] = {}
        if letter.kind is MailKind.GUESTS_OPEN:
            letter, links = await self.fresh_link.fetch_each(letter)
        link = await self.fresh_link.fetch(letter) if letter.kind.carries_link else ""
        return letter, await self.mailbox.draft(await self._envelope(letter, policy, link, links))

    async def _envelope(
        self, letter: Letter, policy: Policy, link: str, links: Mapping[str, str]
    ) -> Envelope:
        terms = _terms(policy)
        language, written = await self.stationery.write(letter, terms, link, links)
        return Envelope(
            letter=letter.id,
            to=letter.to,
            name=letter.facts.name if letter.to == letter.facts.address else "",
            sender_name=terms.organisation,
            reply_to=terms.reply_to,
            language=language,
            written=written,
        )

    async def _send_by_graph(self, letter: Letter) -> None:
        """Nothing tells whether Microsoft's mail went out: it is asked for once at most."""
        if letter.stage is Stage.WRITING:
            await self._end(letter.id, Stage.SENT, reasons.SENT_UNSEEN)
            return
        await self.still_true.check(letter, await self._policy())
        letter = await self._claim(letter)
        try:
            await self.fresh_link.mail(letter)
        except TryLater as wait:
            if wait.unclear:
                await self._end(letter.id, Stage.SENT, reasons.SENT_UNSEEN)
                return
            await self.outbox.keep(replace(letter, stage=Stage.WAITING, claimed=None))
            raise
        await self._end(letter.id, Stage.SENT)

    async def _claim(self, letter: Letter) -> Letter:
        """Of two who would write one letter only one gets past this."""
        return await self.outbox.keep(replace(letter, stage=Stage.WRITING, claimed=self.clock()))

    async def _policy(self) -> Policy:
        """While the policy has a fault mails wait: an operator is mending it."""
        try:
            return await self.policy()
        except Refused as refusal:
            raise TryLater(refusal.reason, POLICY_PAUSE) from refusal

    async def _note(self, identity: LetterId, reason: Reason) -> None:
        """What a letter waits for, for people who look. Never under a writer's hands."""
        if reason.code in reasons.PASSING:
            return
        try:
            letter = await self.outbox.letter(identity)
            noted = letter is None or letter.over or letter.reason == reason
            if letter is not None and not noted and letter.stage is not Stage.WRITING:
                await self.outbox.keep(replace(letter, reason=reason))
        except TryLater:
            return

    async def _end(self, identity: LetterId, stage: Stage, reason: Reason | None = None) -> None:
        """What the mail told is forgotten with it; that it was sent is not. Only what may be sent
        by asking once more is kept whole."""
        letter = await self.outbox.letter(identity)
        if letter is None or letter.over:
            return
        now: datetime = self.clock()
        whole = stage is Stage.DROPPED and reasons.may_come_again(reason)
        spent = letter.facts if whole else _spent(letter.facts)
        ended = replace(letter, stage=stage, ended=now, reason=reason, facts=spent)
        await self.outbox.keep(ended)
        facts = {"letter": letter.id, "kind": letter.kind, "reason": reason.code if reason else ""}
        if stage is Stage.SENT:
            log.info(events.MAIL_SENT, extra=facts)
        else:
            log.warning(events.MAIL_DROPPED, extra=facts | {"mendable": "yes" if whole else "no"})


def _terms(policy: Policy) -> MailTerms:
    organisation = policy.mail.organisation or policy.own_domains[0]
    return replace(policy.mail, organisation=organisation)


def _spent(facts: Facts) -> Facts:
    """The page to land on is kept: a reminder leads there as well."""
    return replace(facts, name="", message="", sections=())
