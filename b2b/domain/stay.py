"""What a request does to the stay of a guest: one rule for rows of files and for messages."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import assert_never

from b2b.domain.guest import GuestId, GuestRecord, Standing


class StayEffect(StrEnum):
    """What became of a stay. Stored with the row."""

    BEGUN = "begun"
    ADOPTED = "adopted"
    UNCHANGED = "unchanged"
    EXTENDED = "extended"
    NOT_SHORTENED = "not_shortened"
    BROUGHT_BACK = "brought_back"
    LEFT_ALONE = "left_alone"  # the request only takes access away
    NOT_MANAGED = "not_managed"
    ENDED = "ended"


class Relation(StrEnum):
    """Whose guest an account is when a request names it."""

    INVITED_NOW = "invited_now"
    MANAGED = "managed"
    AWAY_BY_US = "away_by_us"  # we blocked or removed the account, and it comes back
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class AskedEnd:
    """`named`: the end in the request. `allowed`: the same, cut to the longest stay of the policy.

    Both are None when the request names no end. `default`: the end of a stay of default length.
    """

    named: date | None
    allowed: date | None
    default: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StayChange:
    """What one request did to the stay of one account. An end that is None is no end.

    `before` and `sponsor_before` are those of the moment before the request.
    """

    effect: StayEffect
    guest: GuestId
    at: datetime
    before: date | None = None
    until: date | None = None
    asked: date | None = None
    sponsor: str = ""
    sponsor_before: str = ""
    partner: str = ""

    @property
    def managed(self) -> bool:
        return self.effect is not StayEffect.NOT_MANAGED


MOVES = frozenset(
    {StayEffect.BEGUN, StayEffect.ADOPTED, StayEffect.EXTENDED, StayEffect.BROUGHT_BACK}
)


def decide_stay(
    relation: Relation, present: date | None, end: AskedEnd, *, adopts: bool = False
) -> tuple[StayEffect, date | None]:
    """The effect of a request, and the end of the stay after it.

    `present`: the end of the stay before the request, None for no end or no stay. `adopts`: the
    policy begins a stay for guests that others invited.
    """
    match relation:
        case Relation.INVITED_NOW:
            return StayEffect.BEGUN, end.allowed or end.default
        case Relation.AWAY_BY_US:
            until = end.allowed or end.default
            return StayEffect.BROUGHT_BACK, until if present is None else later(present, until)
        case Relation.MANAGED:
            return _of_managed(present, end.allowed)
        case Relation.OTHERS:
            if not adopts:
                return StayEffect.NOT_MANAGED, None
            return StayEffect.ADOPTED, later(end.default, end.allowed or end.default)
        case _:
            assert_never(relation)


def _of_managed(present: date | None, allowed: date | None) -> tuple[StayEffect, date | None]:
    if allowed is None or allowed == present:
        return StayEffect.UNCHANGED, present
    if present is None or allowed < present:
        return StayEffect.NOT_SHORTENED, present
    return StayEffect.EXTENDED, allowed


def later(end: date | None, other: date | None) -> date | None:
    """The later of two ends of a stay; None has no end."""
    return None if end is None or other is None else max(end, other)


def relation_of(record: GuestRecord, guest: GuestId) -> Relation:
    """Of the account that holds the address now.

    What was agreed for an account that held the address before is not agreed for this one. An
    account that appears while an invitation of ours is on its way was made by that invitation.
    """
    if record.guest == guest:
        return Relation.MANAGED
    if record.standing is Standing.INVITING:
        return Relation.INVITED_NOW
    return Relation.OTHERS


def stands_already(
    told: StayChange,
    record: GuestRecord,
    guest: GuestId,
    asked: date | None,
    today: date,
    *,
    away: bool = False,
) -> bool:
    """Whether `told`, noted by an earlier delivery of the same request, is what the row says.

    `away`: the account is still blocked or removed by us.

    The note is kept before the record. A process may stop between the two, or after both; a
    second decision would then say that nothing was changed.
    """
    if away or told.effect not in MOVES or (told.guest, told.asked) != (guest, asked):
        return False
    done = record.guest == guest and later(record.expires_on, told.until) == record.expires_on
    # The account is enabled already, and does not show any more that we had blocked it.
    half_done = told.effect is StayEffect.BROUGHT_BACK
    return done or (half_done and told.until is not None and told.until >= today)


def sentences(change: StayChange) -> str:
    """For results and history: what became of the stay, and of the sponsor."""
    told = _sentence(change)
    if change.managed and change.sponsor_before not in ("", change.sponsor):
        told += f" The sponsor is now {change.sponsor} instead of {change.sponsor_before}."
    return told


def _sentence(change: StayChange) -> str:
    match change.effect:
        case StayEffect.BEGUN:
            return f"The stay {_ends(change.until)}.{_capped(change)}"
        case StayEffect.ADOPTED:
            words = "Was not managed before: a stay of the policy's length begins by this request"
            return f"{words} and {_ends(change.until)}.{_not_used(change)}"
        case StayEffect.UNCHANGED:
            return _unchanged(change)
        case StayEffect.EXTENDED:
            until, before = change.until, change.before or "without an end"
            return f"The stay now ends on {until} instead of {before}.{_capped(change)}"
        case StayEffect.NOT_SHORTENED:
            return (
                f"The stay still {_ends(change.until)}: a request does not shorten a stay "
                f"({change.asked} was asked for); guest-leave/1 or `b2b end` ends it."
            )
        case StayEffect.BROUGHT_BACK:
            words = "Was blocked or removed by Guestkeeper and is brought back until"
            instead = f" instead of {change.before}" if change.before else ""
            return f"{words} {change.until}{instead}.{_capped(change)}"
        case StayEffect.LEFT_ALONE:
            why = " A row that only takes access away does not move it." if change.asked else ""
            return f"The stay {_ends(change.until)} as before.{why}"
        case StayEffect.NOT_MANAGED:
            words = "Not managed: Guestkeeper neither invited nor adopted this guest, so no stay"
            return f"{words} begins, and no end or sponsor is kept. `b2b adopt` begins a stay."
        case StayEffect.ENDED:
            return f"The stay ended on {change.until} instead of {change.before or 'never'}."
        case _:
            assert_never(change.effect)


def _ends(until: date | None) -> str:
    return f"ends on {until}" if until else "has no end"


def _unchanged(change: StayChange) -> str:
    if change.until is not None and change.until < change.at.date():
        return f"The stay ended on {change.until}: name a later end to extend it."
    return f"The stay {_ends(change.until)} as before."


def _capped(change: StayChange) -> str:
    if change.asked is None or change.until is None or change.asked <= change.until:
        return ""
    return f" {change.asked} was asked for; the policy allows no later end."


def _not_used(change: StayChange) -> str:
    return f" {change.asked} was asked for." if change.asked not in (None, change.until) else ""
