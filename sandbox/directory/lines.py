"""Ordered listings and look-ups that stay quick with half a million objects."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Generic, TypeVar

from sandbox.directory.things import Thing, User

T = TypeVar("T", bound=Thing)


class Line(Generic[T]):
    """Objects by their `seq`; whoever leaves is a gap, so a page can go on where the last ended."""

    def __init__(self) -> None:
        self._seqs: list[int] = []
        self._things: list[T | None] = []
        self.alive = 0

    def add(self, thing: T) -> None:
        place = bisect_left(self._seqs, thing.seq)
        if place < len(self._seqs) and self._seqs[place] == thing.seq:
            self._things[place] = thing
        else:
            self._seqs.insert(place, thing.seq)
            self._things.insert(place, thing)
        self.alive += 1

    def drop(self, thing: T) -> None:
        self._things[bisect_left(self._seqs, thing.seq)] = None
        self.alive -= 1

    def walk(self, after: int = 0) -> Iterator[T]:
        for place in range(bisect_right(self._seqs, after), len(self._seqs)):
            thing = self._things[place]
            if thing is not None:
                yield thing


class Index:
    """Users by one lower-cased key; nearly always one user, so it is kept without a list."""

    def __init__(self) -> None:
        self._kept: dict[str, User | tuple[User, ...]] = {}

    def add(self, key: str | None, user: User) -> None:
        if key:
            key = _lower(key)
            there = self.find(key)
            self._kept[key] = user if not there else (*there, user)

    def drop(self, key: str | None, user: User) -> None:
        left = tuple(kept for kept in self.find(key) if kept is not user)
        if key and left:
            self._kept[_lower(key)] = left
        elif key:
            self._kept.pop(_lower(key), None)

    def find(self, key: str | None) -> tuple[User, ...]:
        found = self._kept.get(key.lower()) if key else None
        if found is None:
            return ()
        return found if isinstance(found, tuple) else (found,)


def _lower(key: str) -> str:
    return key if key.islower() else key.lower()
