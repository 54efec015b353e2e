"""Groups that guests are in, and what groups let guests do.

Bounded: groups outside the policy are counted 20 a round trip, public ones first, and no more than
`LOOKED_AT` of them; how many were left out is told.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import Field

from b2b.adapters.graph.answer import Answer
from b2b.adapters.graph.pages import ADVANCED, LOW, decoded
from b2b.adapters.graph.tenant.asking import Asking
from b2b.adapters.graph.tenant.holdings import GROUPS, Ownable
from b2b.adapters.graph.tenant.source import Source, Unread, Wire
from b2b.domain.errors import Refused
from b2b.domain.posture import Cause, NotReadable
from b2b.domain.posture.tenant import GroupRules, GuestGroup, GuestGroups
from b2b.domain.request import GroupId

M = TypeVar("M", bound=Wire)
LOOKED_AT = 2_000
LEFT_OUT_LOOKED_AT = 100
"""Groups that Conditional Access leaves out: five batches."""
# https://learn.microsoft.com/entra/identity/users/groups-settings-cmdlets
OF_ALL_GROUPS = "62375ab9-6b52-47ed-826b-58e47e0e304b"
OF_ONE_GROUP = "08d542b9-071f-4e16-94b0-74abb372e3d9"
SETTINGS = "GroupSettings.Read.All"


class _Count(Wire):
    count: int = Field(alias="@odata.count")


async def guest_groups(
    asking: Asking, groups: Sequence[Ownable], listed: frozenset[GroupId], most: int = LOOKED_AT
) -> GuestGroups:
    beyond = sorted((one for one in groups if GroupId(one.id) not in listed), key=_public_first)
    looked_at = beyond[:most]
    answers = await asking.together([_guests_of(one.id, "members") for one in looked_at])
    counts = [_counted(answer) for answer in answers]
    return GuestGroups(
        groups=tuple(
            GuestGroup(
                id=GroupId(one.id),
                name=one.display_name or one.id,
                guests=count,
                public=one.visibility == "Public",
            )
            for one, count in zip(looked_at, counts, strict=True)
            if count
        ),
        looked_at=len(looked_at),
        left_out=len(beyond) - len(looked_at),
    )


def _public_first(group: Ownable) -> tuple[bool, bool, str]:
    return (group.visibility != "Public", "Unified" not in group.group_types, group.id)


async def guests_left_out(
    asking: Asking, groups: Sequence[str], most: int = LEFT_OUT_LOOKED_AT
) -> Mapping[str, int]:
    """How many guests are in each of the first groups, also by groups that are in them."""
    looked_at = groups[:most]
    answers = await asking.together([_guests_of(one, "transitiveMembers") for one in looked_at])
    return {group: _counted(answer) for group, answer in zip(looked_at, answers, strict=True)}


def _guests_of(group: str, members: str) -> Source:
    """One guest and the number of all of them; cost: one unit, five for transitive members.

    https://learn.microsoft.com/graph/throttling-limits, read 2026-11-23.
    """
    return Source(
        path=f"/groups/{group}/{members}/microsoft.graph.user",
        permission=GROUPS,
        query={"$filter": "userType eq 'Guest'", "$select": "id", "$count": "true", "$top": "1"},
        headers=ADVANCED | LOW,
    )


def _counted(answer: Answer) -> int:
    if answer.status == 404:  # deleted since it was listed
        return 0
    return _read(answer, _Count).count


def _read(answer: Answer, model: type[M]) -> M:
    try:
        return decoded(answer, model)
    except Refused as refusal:
        raise Unread(NotReadable(cause=Cause.ERROR, sentence=refusal.reason.sentence)) from None


class _Value(Wire):
    name: str | None = None
    value: str | None = None


class _Setting(Wire):
    template_id: str | None = None
    values: tuple[_Value, ...] = ()

    def allows(self, name: str) -> bool | None:
        """None where nothing is said: values are texts, and may be empty."""
        said = {one.name: (one.value or "").lower() for one in self.values}.get(name, "")
        return None if said not in ("true", "false") else said == "true"


class _Settings(Wire):
    value: list[_Setting]


async def group_rules(asking: Asking, listed: Mapping[GroupId, str]) -> GroupRules:
    everywhere = Source(path="/groupSettings", permission=SETTINGS)
    settings = await asking.every(everywhere, _Setting)
    all_groups = next((one for one in settings if one.template_id == OF_ALL_GROUPS), _Setting())
    admitted = [all_groups.allows(n) for n in ("AllowToAddGuests", "AllowGuestsToAccessGroups")]
    return GroupRules(
        guests_admitted=False not in admitted,
        guests_may_own=bool(all_groups.allows("AllowGuestsToBeGroupOwner")),
        refusing=await _refusing(asking, listed),
    )


async def _refusing(asking: Asking, listed: Mapping[GroupId, str]) -> tuple[str, ...]:
    ids = sorted(listed)
    sources = [Source(path=f"/groups/{one}/settings", permission=SETTINGS) for one in ids]
    answers = await asking.together(sources)
    said = zip(ids, answers, strict=True)
    return tuple(filter(None, (_refusal(listed[group], answer) for group, answer in said)))


def _refusal(name: str, answer: Answer) -> str:
    if answer.status == 404:
        return f"{name} (there is no such group)"
    own = [one for one in _read(answer, _Settings).value if one.template_id == OF_ONE_GROUP]
    return name if any(one.allows("AllowToAddGuests") is False for one in own) else ""
