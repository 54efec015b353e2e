"""The ways a request can end, in the words of the results."""

import pytest

from b2b.domain.guest import GuestId
from b2b.domain.outcome import (
    STATUSES,
    AlreadyGuest,
    Assigned,
    Failed,
    HeldByBrake,
    Invited,
    Left,
    NotDone,
    Outcome,
    Renewed,
    Taken,
    status_of,
)
from b2b.domain.reason import Reason

GUEST = GuestId("guest")
WHY = Reason("code", "Sentence.")
WORDS: list[tuple[Outcome | None, str]] = [
    (Assigned(GUEST, 2), "assigned"),
    (Invited(GUEST), "invited"),
    (AlreadyGuest(GUEST, 0), "already_guest"),
    (Taken(GUEST, 1, 1), "access_removed"),
    (Renewed(GUEST), "renewed"),
    (Left(GUEST), "left"),
    (NotDone(WHY), "refused"),
    (Failed(WHY), "failed"),
    (HeldByBrake(WHY), "held_by_brake"),
    (None, "pending"),
]


@pytest.mark.parametrize(("outcome", "word"), WORDS)
def test_every_ending_has_its_word(outcome: Outcome | None, word: str) -> None:
    assert status_of(outcome) == word


def test_the_words_are_those_of_the_summary() -> None:
    assert tuple(word for _, word in WORDS) == STATUSES
