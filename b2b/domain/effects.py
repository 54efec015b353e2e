"""What a request does to a guest, and why it waits when a brake of the day holds it."""

from collections.abc import Mapping

from b2b.domain.places import OverLimit
from b2b.domain.policy import Effect
from b2b.domain.reason import Reason
from b2b.domain.request import Wish

HELD_BY_BRAKE = "held_by_brake"


def effects_of(wish: Wish) -> frozenset[Effect]:
    """A guest that exists already counts as invited: nobody knows before looking."""
    gives = wish.groups or wish.access_packages
    effects = {Effect.INVITE: not wish.takes, Effect.GIVE_ACCESS: gives}
    return frozenset(
        effect for effect, has in {**effects, Effect.TAKE_ACCESS: wish.takes}.items() if has
    )


def held_reason(wish: Wish, passed: Mapping[Effect, OverLimit]) -> Reason | None:
    """Returns why the request waits; None when no effect of it is held."""
    for effect in Effect:
        if effect in passed and effect in effects_of(wish):
            return Reason(HELD_BY_BRAKE, held_sentence(passed[effect]))
    return None


def message_held(over: OverLimit) -> Reason:
    partner = f" of partner {over.partner}" if over.partner else ""
    return Reason(
        HELD_BY_BRAKE,
        f"Nothing was done yet: with this request {over.wanted} guests{partner} would be affected "
        f"today, and [brakes] {over.effect} in the policy allows {over.allowed}. Send the same "
        "message again tomorrow, or once the operators have raised the limit.",
    )


def held_sentence(over: OverLimit) -> str:
    partner = f" of partner {over.partner}" if over.partner else ""
    return (
        f"Waits for an operator: with this file {over.wanted} guests{partner} would be affected "
        f"today, and [brakes] {over.effect} in the policy allows {over.allowed}. "
        "`b2b release` sends or refuses it."
    )
