"""The tenant looked at, judged by the policy, and told: nightly to a blob, or at a terminal."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from b2b import events
from b2b.domain.activity import Coverage, Kind
from b2b.domain.errors import TryLater
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
from b2b.ports import Clock, ExportReach, Inspector, PolicyNow, SignInLines

FRESH = timedelta(days=1)  # of the export: it runs every hour
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
    reach: ExportReach
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
        fold, start = OddityFold(now, guests.keys()), now - RECENT - BEFORE
        try:
            began = _began(await self.reach(), now)
            if isinstance(began, NotReadable):
                return began
            async for one in self.sign_ins(start, now):
                fold.add(one)
        except TryLater as wait:
            return NotReadable(cause=Cause.ERROR, sentence=wait.reason.sentence)
        return replace(fold.result(), since=began.date() if began > start else None)


def _began(coverage: Coverage, now: datetime) -> datetime | NotReadable:
    """Since when the export holds every sign-in; why not, when it holds none or no late ones."""
    if coverage.refused.get(Kind.SIGN_INS) == "premium_missing":
        words = "The tenant's licence does not include the log of sign-ins."
        return NotReadable(cause=Cause.LICENCE, needs="P1", sentence=words)
    cursors = coverage.cursors.get(Kind.SIGN_INS)
    if cursors is None:
        return NotReadable(cause=Cause.EXPORT, sentence="No sign-ins were exported yet.")
    if cursors.reached < now - FRESH:
        words = f"The export of sign-ins has come to {cursors.reached:%Y-%m-%d %H:%M} only."
        return NotReadable(cause=Cause.EXPORT, sentence=words)
    return cursors.began


def _groups(policy: Policy) -> dict[GroupId, str]:
    return {group: name for partner in policy.partners for name, group in partner.groups.items()}


def _dark(tenant: Tenant) -> bool:
    """Not one source was read: that is no tenant without faults."""
    sources = [getattr(tenant, one.name) for one in fields(tenant) if one.name != "requests"]
    return all(isinstance(source, NotReadable) for source in sources)
