"""Access reviews of the guests in each group of a partner that asks for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from b2b.domain.policy import AccessReview, Policy, Reviewers
from b2b.domain.request import GroupId
from b2b.domain.tenant.change import AddReview, Comparison, Remark, Tone


@dataclass(frozen=True, slots=True)
class Wish:
    """One group to be reviewed. `sponsor` is empty when its owners decide."""

    group: GroupId
    group_name: str
    terms: AccessReview
    sponsor: str

    @property
    def name(self) -> str:
        return f"Guestkeeper: guests in {self.group_name}"


@dataclass(frozen=True, slots=True)
class Review:
    """A review that is there already; `group` is empty when it is about something else."""

    name: str
    group: str
    terms: AccessReview | None


def wanted_reviews(policy: Policy) -> Sequence[Wish]:
    """One for each group, by the first partner that asks, although partners may share a group."""
    wishes: dict[GroupId, Wish] = {}
    for partner in policy.partners:
        terms = partner.access_review
        for name, group in partner.groups.items() if terms else ():
            assert terms is not None
            sponsor = partner.sponsor if terms.reviewers is Reviewers.SPONSOR else ""
            wishes.setdefault(group, Wish(group, name, terms, sponsor))
    return tuple(wishes.values())


def compare_reviews(
    found: Sequence[Review], wanted: Sequence[Wish], ids: Mapping[str, str], today: date
) -> Comparison:
    """`ids`: the directory's id of each sponsor, by address; whom it does not know is missing."""
    changes: list[AddReview] = []
    remarks: list[Remark] = []
    for wish in wanted:
        there = next((one for one in found if one.name == wish.name), None)
        if there is not None:
            remarks += _about(there, wish)
        elif wish.sponsor and wish.sponsor not in ids:
            words = f'The sponsor who is to review "{wish.group_name}" is not in the directory.'
            remarks.append(Remark(Tone.REFUSED, words))
        else:
            reviewer = ids[wish.sponsor] if wish.sponsor else ""
            changes.append(AddReview(wish.name, wish.group, wish.terms, reviewer, today))
    return Comparison(tuple(changes), tuple(remarks))


def _about(there: Review, wish: Wish) -> list[Remark]:
    """A review that runs is not changed under its reviewers' hands."""
    if there.group.lower() != wish.group.lower():
        words = f'"{there.name}" reviews another group than {wish.group_name}. Rename or delete it.'
        return [Remark(Tone.REFUSED, words)]
    if there.terms == wish.terms:
        return []
    words = (
        f'"{there.name}" runs by other terms than the policy\'s. Delete it to have it made anew.'
    )
    return [Remark(Tone.STRICTER, words)]
