"""What was read or made from files of a home, kept in this process while the files stay: every stage asks for the same
documents of a shard and what was made of them, most of which is what it was."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sized
from typing import Any, TypeVar

T = TypeVar("T", bound=Sized)

MOST_ROWS = 100_000  # in all, of up to 1 kB each
FEWEST_VALUES = 8  # of however many rows: what a stage looks at of the shard in hand


class Kept:
    """Values by name, the least recently used of which go first. Whoever gets one must not change it."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[Hashable, Sized]] = {}
        self._rows = 0  # of all values

    def get(self, name: Hashable, stamps: Hashable, make: Callable[[], T]) -> T:
        """The value that was made when `stamps`, of all files that it depends on, were these; else a new one. The
        stamps have to be taken before the files are read."""
        kept: Any = self._values.get(name)
        if kept is None or kept[0] != stamps:
            value = make()
            self.put(name, stamps, value)
            return value
        self._values[name] = self._values.pop(name)  # used last
        return kept[1]

    def put(self, name: Hashable, stamps: Hashable, value: Sized) -> None:
        """Keep what was just written, as it would be read: by whoever holds the lock under which that is done."""
        self._drop(name)
        self._values[name] = stamps, value
        self._rows += len(value)
        while len(self._values) > FEWEST_VALUES and self._rows > MOST_ROWS:
            self._drop(next(iter(self._values)))

    def _drop(self, name: Hashable) -> None:
        _, value = self._values.pop(name, (None, ()))
        self._rows -= len(value)


KEPT = Kept()
