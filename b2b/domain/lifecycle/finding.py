"""What a sweep has to tell people besides its decisions."""

from dataclasses import dataclass

from b2b.domain.guest import GuestId


@dataclass(frozen=True, slots=True)
class Finding:
    """`stops`: a gate; the run ended with it and did nothing."""

    code: str
    sentence: str
    guest: GuestId | None = None
    stops: bool = False
