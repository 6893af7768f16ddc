"""What was read or made from files of a home, kept in this process while the files stay: every stage asks for the same
documents of a shard, most of which are what they were."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sized
from typing import Any, TypeVar

T = TypeVar("T", bound=Sized)

MOST_ROWS = 50_000  # about 50 MB of documents
FEWEST_VALUES = 4  # of however many rows: the documents, links and listing of the shard in hand, and one more


class Kept:
    """Values by name, the least recently used of which go first. Whoever gets one must not change it."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[Hashable, Sized]] = {}

    def get(self, name: Hashable, stamps: Hashable, make: Callable[[], T]) -> T:
        """The value that was made when `stamps`, of all files that it depends on, were these; else a new one. The
        stamps have to be taken before the files are read."""
        found: Any = self._values.pop(name, None)
        value = found[1] if found is not None and found[0] == stamps else make()
        self._values[name] = stamps, value
        while len(self._values) > FEWEST_VALUES and sum(len(each) for _, each in self._values.values()) > MOST_ROWS:
            del self._values[next(iter(self._values))]
        return value


KEPT = Kept()
