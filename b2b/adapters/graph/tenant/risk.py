"""Guests at risk, and detections about them: P2, one request a second.

https://learn.microsoft.com/graph/api/resources/identityprotection-overview (read 2026-11-23)
"""

from collections import Counter
from datetime import datetime, timedelta

from b2b.adapters.graph.pacing import Budget
from b2b.adapters.graph.tenant.asking import Asking
from b2b.adapters.graph.tenant.source import Source, Wire
from b2b.domain.guest import GuestId
from b2b.domain.posture.tenant import Detections, Guests, RiskyGuest

DAYS = 30
PAGE, PAGES = "500", 100
AT_RISK = "riskState eq 'atRisk' or riskState eq 'confirmedCompromised'"


class _Risky(Wire):
    id: str
    risk_level: str | None = None
    risk_state: str | None = None


async def risky_guests(asking: Asking, guests: Guests) -> tuple[RiskyGuest, ...]:
    source = Source(
        path="/identityProtection/riskyUsers",
        permission="IdentityRiskyUser.Read.All",
        licence="P2",
        query={"$filter": AT_RISK, "$top": PAGE},
        budget=Budget.PROTECTION,
    )
    return tuple(
        [
            RiskyGuest(
                guest=GuestId(one.id), level=one.risk_level or "none", state=one.risk_state or ""
            )
            async for one in asking.each(source, _Risky, PAGES)
            if GuestId(one.id) in guests
        ]
    )


class _Detection(Wire):
    user_id: str | None = None
    risk_event_type: str | None = None


async def detections(asking: Asking, guests: Guests, now: datetime) -> Detections:
    since = f"{now - timedelta(days=DAYS):%Y-%m-%dT%H:%M:%SZ}"
    source = Source(
        path="/identityProtection/riskDetections",
        permission="IdentityRiskEvent.Read.All",
        licence="P2",
        query={
            "$filter": f"detectedDateTime ge {since} and riskState eq 'atRisk'",
            "$top": PAGE,
        },
        budget=Budget.PROTECTION,
    )
    read = await asking.every(source, _Detection, PAGES)
    ours = [one for one in read if one.user_id and GuestId(one.user_id) in guests]
    return Detections(
        days=DAYS,
        by_kind=dict(Counter(one.risk_event_type or "unknown" for one in ours)),
        guests=frozenset(GuestId(str(one.user_id)) for one in ours),
    )
