"""The Conditional Access policy that asks guests for a second factor, report-only at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from b2b.domain.policy import Posture
from b2b.domain.tenant.change import AddRule, Comparison, Remark, Tone

NAME: Final = "Guestkeeper: a second factor for guests"
DISABLED: Final = "disabled"


@dataclass(frozen=True, slots=True)
class Rule:
    """A Conditional Access policy that is there already."""

    name: str
    state: str
    excluded: frozenset[str]


def compare_rules(found: Sequence[Rule], posture: Posture) -> Comparison:
    """Ours is known by its name. Once it is there it belongs to the administrators."""
    if not posture.conditional_access:
        return Comparison()
    ours = next((rule for rule in found if rule.name == NAME), None)
    if ours is not None:
        return Comparison(remarks=tuple(_about(ours, posture)))
    if not posture.break_glass:
        words = (
            "No rule for guests is made: the policy names no emergency account. Put one into "
            "break_glass, so that nobody is locked out for good."
        )
        return Comparison(remarks=(Remark(Tone.REFUSED, words),))
    return Comparison((AddRule(NAME, posture.break_glass),))


def _about(ours: Rule, posture: Posture) -> list[Remark]:
    remarks: list[Remark] = []
    if ours.state == DISABLED:
        words = f'Somebody disabled "{NAME}". It is left so; enable or delete it.'
        remarks.append(Remark(Tone.REFUSED, words))
    if missing := sorted(set(posture.break_glass) - ours.excluded):
        words = (
            f'"{NAME}" does not exclude the emergency accounts {", ".join(missing)}. Exclude '
            "them in the admin center before you enable it."
        )
        remarks.append(Remark(Tone.REFUSED, words))
    return remarks
