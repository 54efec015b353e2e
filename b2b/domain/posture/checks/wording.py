"""How the checks count and name things."""

from collections.abc import Iterable, Mapping, Sequence

from b2b.domain.guest import GuestId
from b2b.domain.posture.readable import NotReadable

SHOWN = 10


def named(names: Iterable[str]) -> str:
    """The first ten, and how many there are beside them."""
    ordered = sorted(names, key=str.casefold)
    more = len(ordered) - SHOWN
    return ", ".join(ordered[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def label(guest: GuestId, guests: Mapping[GuestId, str] | NotReadable) -> str:
    """What people know a guest by; the id where that is not known."""
    return guest if isinstance(guests, NotReadable) else guests.get(guest, guest)


def counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def sentences(parts: Sequence[str]) -> str:
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)
