"""The tenant looked at, judged by the policy, and told: nightly to a blob, or at a terminal."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from b2b import events
from b2b.domain.errors import Refused, TryLater
from b2b.domain.policy import Policy
from b2b.domain.posture import (
    BEFORE,
    RECENT,
    Cause,
    NotReadable,
    Oddities,
    OddityFold,
    Result,
    Tenant,
    judge,
)
from b2b.domain.posture.tenant import Guests
from b2b.domain.reason import Reason
from b2b.domain.request import GroupId
from b2b.flows.posture_report import PostureReport
from b2b.ports import Clock, Inspector, PolicyNow
from b2b.ports.posture import SignInLines

log = logging.getLogger(__name__)
UNREADABLE = Reason(
    "tenant_unreadable",
    "Nothing of the tenant could be read; look at the app's identity and permissions.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """All checks of one day, by one version of the policy, and what reading has cost."""

    day: date
    policy_version: str
    results: Sequence[Result]
    requests: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostureAudit:
    inspector: Inspector
    sign_ins: SignInLines
    policy: PolicyNow
    report: PostureReport
    clock: Clock

    async def audit(self) -> None:
        """Judges and leaves the report of the day; a second run replaces it. Raises as `check`."""
        judgement = await self.check()
        await self.report.tell(
            judgement.day, judgement.policy_version, judgement.results, judgement.requests
        )
        statuses = Counter(str(one.status) for one in judgement.results)
        log.info(events.POSTURE_AUDITED, extra={**statuses, "requests": judgement.requests})

    async def check(self) -> Judgement:
        """Touches nothing. Raises Refused or TryLater when there is no policy, or no tenant."""
        policy, now = await self.policy(), self.clock()
        tenant = await self.inspector.inspect(_groups(policy), now)
        if _dark(tenant):
            raise TryLater(UNREADABLE, timedelta(minutes=5))
        tenant = replace(tenant, oddities=await self._oddities(tenant.guests, now))
        return Judgement(
            day=now.date(),
            policy_version=policy.version,
            results=judge(tenant, policy),
            requests=tenant.requests,
        )

    async def _oddities(
        self, guests: Guests | NotReadable, now: datetime
    ) -> Oddities | NotReadable:
        if isinstance(guests, NotReadable):
            return guests
        fold = OddityFold(now, guests.keys())
        try:
            async for one in self.sign_ins.since(now - RECENT - BEFORE):
                fold.add(one)
        except Refused as refusal:
            cause = Cause.EXPORT if refusal.reason.code == "activity_missing" else Cause.ERROR
            return NotReadable(cause=cause, sentence=refusal.reason.sentence)
        except TryLater as wait:
            return NotReadable(cause=Cause.ERROR, sentence=wait.reason.sentence)
        return fold.result()


def _groups(policy: Policy) -> dict[GroupId, str]:
    return {group: name for partner in policy.partners for name, group in partner.groups.items()}


def _dark(tenant: Tenant) -> bool:
    """Not one source was read: that is no tenant without faults."""
    sources = [getattr(tenant, one.name) for one in fields(tenant) if one.name != "requests"]
    return all(isinstance(source, NotReadable) for source in sources)
