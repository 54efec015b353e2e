"""The Inspector of the posture audit, kept by Microsoft Graph."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

from kiota_abstractions.request_adapter import RequestAdapter

from b2b.adapters.graph.pacing import Pacing
from b2b.adapters.graph.tenant import conditional_access, governance, holdings, risk, settings
from b2b.adapters.graph.tenant.asking import Asking, read_or_why
from b2b.adapters.graph.tenant.groups import (
    LOOKED_AT,
    group_rules,
    guest_groups,
    guests_left_out,
)
from b2b.adapters.graph.tenant.holdings import Ownable
from b2b.adapters.graph.tenant.source import Unread
from b2b.domain.posture import Cause, NotReadable, Tenant
from b2b.domain.posture.conditional_access import AccessRule, excluded_groups
from b2b.domain.posture.readable import when_read
from b2b.domain.posture.tenant import Guests, Owned
from b2b.domain.request import GroupId

T = TypeVar("T")
NO_EXPORT = NotReadable(cause=Cause.EXPORT, sentence="Sign-ins were not looked at.")


class GraphInspector:
    """Reads one source after the other: an audit is in no hurry, and others share the limits."""

    def __init__(
        self, adapter: RequestAdapter, pacing: Pacing | None = None, most_groups: int = LOOKED_AT
    ) -> None:
        self._adapter, self._pacing = adapter, pacing or Pacing()
        self._most_groups = most_groups

    async def inspect(self, groups: Mapping[GroupId, str], now: datetime) -> Tenant:
        asking = Asking(self._adapter, self._pacing)
        default = await read_or_why(settings.cross_tenant_default(asking))
        guests = await read_or_why(holdings.guests(asking))
        access_rules = await read_or_why(conditional_access.access_rules(asking))
        owned = await read_or_why(holdings.groups_with_owners(asking))
        listed = frozenset(groups)

        async def with_guests(then: Callable[[Guests], Awaitable[T]]) -> T | NotReadable:
            return guests if isinstance(guests, NotReadable) else await read_or_why(then(guests))

        async def with_groups(then: Callable[[list[Ownable]], Awaitable[T]]) -> T | NotReadable:
            return owned if isinstance(owned, NotReadable) else await read_or_why(then(owned))

        return Tenant(
            authorization=await read_or_why(settings.authorization(asking)),
            domain_list=await read_or_why(settings.domain_list(asking)),
            cross_tenant_default=when_read(default, lambda both: both[0]),
            redemption=when_read(default, lambda both: both[1]),
            cross_tenant_partners=await read_or_why(settings.cross_tenant_partners(asking)),
            one_time_passcode=await read_or_why(settings.one_time_passcode(asking)),
            access_rules=access_rules,
            security_defaults=await read_or_why(settings.security_defaults(asking)),
            licences=await read_or_why(settings.licences(asking)),
            guests=guests,
            roles=await with_guests(lambda known: holdings.roles(asking, known)),
            owned_groups=await with_guests(lambda known: _owned_groups(asking, owned, known)),
            owned_apps=await with_guests(lambda known: holdings.owned_apps(asking, known)),
            guest_groups=await with_groups(
                lambda all_: guest_groups(asking, all_, listed, self._most_groups)
            ),
            group_rules=await read_or_why(group_rules(asking, groups)),
            reviews=await read_or_why(governance.reviews(asking, now)),
            external_lifecycle=await read_or_why(governance.external_lifecycle(asking)),
            lifecycle_policies=await read_or_why(governance.lifecycle_policies(asking)),
            risky_guests=await with_guests(lambda known: risk.risky_guests(asking, known)),
            detections=await with_guests(lambda known: risk.detections(asking, known, now)),
            oddities=NO_EXPORT,
            guests_left_out=await _guests_left_out(asking, access_rules),
            requests=dict(sorted(asking.asked.items())),
        )


async def _owned_groups(
    asking: Asking, groups: list[Ownable] | NotReadable, guests: Guests
) -> tuple[Owned, ...]:
    if isinstance(groups, NotReadable):
        raise Unread(groups)
    return await holdings.owned_groups(asking, groups, guests)


async def _guests_left_out(
    asking: Asking, rules: tuple[AccessRule, ...] | NotReadable
) -> Mapping[str, int] | NotReadable:
    if isinstance(rules, NotReadable):
        return rules
    return await read_or_why(guests_left_out(asking, excluded_groups(rules)))
