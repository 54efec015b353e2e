"""One access package for one guest: given, made longer or taken away, however often it is asked.

Entitlement management works by itself, so nothing here waits: what is under way is a TryLater.
The intention is kept before each request; whoever dies after it looks before asking again.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from b2b import events
from b2b.domain.errors import Refused, TryLater
from b2b.domain.guest import GuestId
from b2b.domain.packages import Errand, Grant, Held, Holding, Order, PackageRequest, Progress
from b2b.domain.reason import Reason
from b2b.flows import package_reasons as reasons
from b2b.ports import Clock, Grants, Packages

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaging:
    """`look_again`: the least pause between two looks at a request that is under way.

    `replication`: how long a request may stay unseen. Each of give, extend and take returns when
    it is done; raises TryLater while it is under way, and Refused when it ended badly or never
    can be done.
    """

    packages: Packages
    grants: Grants
    clock: Clock
    look_again: timedelta
    replication: timedelta

    async def give(self, order: Order) -> None:
        """The package is there, to the end of the stay. A longer assignment is left as it is."""
        grant = await self._settled(order)
        if _had(grant, order):
            return
        held = await self._held(order)
        if held is None:
            await self._set_out(order, Errand.GIVE, grant, held)
            raise self._wait(Progress.ON_ITS_WAY)
        if not held.lasts(order.until):
            await self._set_out(order, Errand.EXTEND, grant, held)
            raise self._wait(Progress.ON_ITS_WAY)
        if grant is not None and not grant.given:
            await self.grants.keep_grant(replace(grant, given=True, until=order.until))

    async def extend(self, order: Order) -> None:
        """What is held lasts to the end of the stay; who has lost it does not get it back."""
        grant = await self._settled(order)
        if not _had(grant, order) and await self._ask_longer(order, grant):
            raise self._wait(Progress.ON_ITS_WAY)

    async def take(self, order: Order, before: Callable[[Held], Awaitable[None]]) -> None:
        """`before` is awaited with what is held, right before the end of it is asked for."""
        grant = await self._settled(order)
        if _had(grant, order):
            return
        held = await self.packages.held(order.guest, order.package.package)
        if held is not None:
            await before(held)
            await self._set_out(order, Errand.TAKE, grant, held)
            raise self._wait(Progress.ON_ITS_WAY)

    async def renew(self, guest: GuestId, until: date) -> None:
        """Asks that all we gave lasts to that day, without waiting for it: the stay goes on even
        if entitlement management refuses. What lasts longer stays as it is. Raises TryLater."""
        for grant in await self.grants.grants_of(guest):
            order = Order(guest, grant.package, f"renewed-to-{until}", until)
            try:
                settled = await self._settled(order)
                if grant.given and not _had(settled, order):
                    await self._ask_longer(order, settled)
            except Refused as refusal:
                facts = {"guest": guest, "reason": refusal.reason.code}
                log.warning(events.PACKAGE_NOT_EXTENDED, extra=facts)

    async def to_extend(self, guest: GuestId, until: date | None) -> list[Grant]:
        """What we gave that ends before that day, or is being made longer."""
        return [one for one in await self.grants.grants_of(guest) if _ends_before(one, until)]

    async def _settled(self, order: Order) -> Grant | None:
        """Our record, with nothing under way. What an earlier request of ours failed at counts
        for that one alone: a newer one may ask again."""
        grant = await self.grants.grant(order.guest, order.package.package)
        if grant is None or grant.errand is Errand.NONE:
            if grant is not None and grant.refusal and grant.ticket == order.ticket:
                raise Refused(grant.refusal)
            return grant
        grant = await self._with_answer(grant)
        request = await self.packages.request(grant.request) if grant.request else None
        if request is None:
            unseen_for = grant.since + self.replication - self.clock()
            if unseen_for > timedelta(0):
                raise TryLater(reasons.UNCLEAR, unseen_for)
            return await self.grants.keep_grant(_undone(grant))
        if request.progress.open:
            raise self._wait(request.progress)
        if request.progress is Progress.DONE:
            return await self._note_done(grant)
        if grant.ticket == order.ticket:
            raise Refused(reasons.ENDED_BADLY[request.progress])
        return await self.grants.keep_grant(_undone(grant))

    async def _with_answer(self, grant: Grant) -> Grant:
        """Where no answer came, the request is looked for among all of the package."""
        if grant.request is not None:
            return grant
        found = await self.packages.last_request(grant.guest, grant.package.package, grant.since)
        if found is None:
            return grant
        return await self.grants.keep_grant(replace(grant, request=found.id))

    async def _note_done(self, grant: Grant) -> Grant:
        given = grant.errand is not Errand.TAKE
        done = replace(grant, errand=Errand.NONE, done_for=grant.ticket, given=given)
        return await self.grants.keep_grant(done)

    async def _held(self, order: Order) -> Held | None:
        """Whatever somebody else is delivering is waited for."""
        held = await self.packages.held(order.guest, order.package.package)
        if held is not None and held.holding is Holding.DELIVERING:
            raise self._wait(Progress.ON_ITS_WAY)
        if held is not None and held.holding is Holding.PARTLY:
            raise Refused(reasons.PARTLY)
        return held

    async def _ask_longer(self, order: Order, grant: Grant | None) -> bool:
        """False when there is nothing to ask for."""
        held = await self._held(order)
        if held is None or held.lasts(order.until):
            return False
        await self._set_out(order, Errand.EXTEND, grant, held)
        return True

    async def _set_out(
        self, order: Order, errand: Errand, before: Grant | None, held: Held | None
    ) -> None:
        intent = await self.grants.keep_grant(_intent(order, errand, before, self.clock))
        try:
            request = await self._ask(order, errand, held)
        except (Refused, TryLater) as failure:
            if _asked_already(failure):
                failure = TryLater(reasons.ASKED_BY_OTHERS, self.look_again)
            await self._note_failure(intent, failure)
            raise failure from None
        await self.grants.keep_grant(replace(intent, request=request.id))
        facts = {"guest": order.guest, "errand": errand.value, "request": request.id}
        log.info(events.PACKAGE_ASKED, extra=facts)

    async def _note_failure(self, intent: Grant, failure: Refused | TryLater) -> None:
        """Unclear ones stay as they are: the next look finds out."""
        refusal = failure.reason if isinstance(failure, Refused) else None
        if refusal is not None or not (isinstance(failure, TryLater) and failure.unclear):
            await self.grants.keep_grant(_undone(intent, refusal))

    async def _ask(self, order: Order, errand: Errand, held: Held | None) -> PackageRequest:
        if held is None:
            return await self.packages.give(order.guest, order.package, order.until)
        if errand is Errand.TAKE:
            return await self.packages.take(order.guest, held.assignment, as_member=order.as_member)
        return await self.packages.extend(held.assignment, order.until)

    def _wait(self, progress: Progress) -> TryLater:
        waits = progress is Progress.AWAITS_APPROVAL
        return TryLater(
            reasons.AWAITS_APPROVAL if waits else reasons.ON_ITS_WAY,
            self.look_again,
        )


def _had(grant: Grant | None, order: Order) -> bool:
    """This very request came to a good end: what became of it since is no business of ours."""
    return grant is not None and grant.done_for == order.ticket


def _ends_before(grant: Grant, until: date | None) -> bool:
    if not grant.given or grant.until is None:
        return False
    return grant.errand is Errand.EXTEND or until is None or grant.until < until


def _undone(grant: Grant, refusal: Reason | None = None) -> Grant:
    """Of what did not get another end we know no more than that it was there on that day."""
    until = grant.since.date() if grant.errand is Errand.EXTEND else grant.until
    return replace(grant, errand=Errand.NONE, until=until, refusal=refusal)


def _intent(order: Order, errand: Errand, before: Grant | None, clock: Clock) -> Grant:
    return Grant(
        guest=order.guest,
        package=order.package,
        errand=errand,
        since=clock(),
        ticket=order.ticket,
        until=order.until if errand is not Errand.TAKE or before is None else before.until,
        done_for=before.done_for if before else "",
        given=before.given if before else False,
        version=before.version if before else None,
    )


def _asked_already(failure: Refused | TryLater) -> bool:
    return isinstance(failure, Refused) and failure.reason.code == reasons.ASKED_BY_OTHERS.code
