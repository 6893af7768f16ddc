"""A seeded source of technical prose: sentences, headings, names and values that read like language."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from benchmarks.extraction.drawn import vocabulary

Item = TypeVar("Item")


class Words:
    """Words, sentences and values of one document; the same `chance` gives the same ones again."""

    def __init__(self, chance: random.Random):
        self.chance = chance

    def one(self, of: Sequence[Item]) -> Item:
        return self.chance.choice(of)

    def several(self, of: Sequence[str], count: int) -> list[str]:
        """`count` of them, all different as long as there are enough."""
        return self.chance.sample(of, count) if count <= len(of) else [self.one(of) for _ in range(count)]

    def sentence(self) -> str:
        chance = self.chance
        words = f"the {self._thing()} {self._does()} {self.one(vocabulary.TAILS)}"
        if chance.random() < 0.35:
            words += f", and the {self._thing()} {self._does()}"
        if chance.random() < 0.2:
            words += f" ({chance.randint(2, 98)} {self.one(vocabulary.UNITS)})"
        if chance.random() < 0.15:
            words += f"; see section {chance.randint(1, 9)}.{chance.randint(1, 9)}"
        start = f"{self.one(vocabulary.JOINTS)} {words}" if chance.random() < 0.25 else words
        return start[0].upper() + start[1:] + "."

    def paragraph(self, least: int = 3, most: int = 6) -> str:
        return " ".join(self.sentence() for _ in range(self.chance.randint(least, most)))

    def heading(self) -> str:
        shapes = (
            f"{self.noun().capitalize()} of the {self._thing()}",
            f"{self.one(vocabulary.ADJECTIVES).capitalize()} {self.one(vocabulary.SUBJECTS)} of {self.place()}",
            f"{self.noun().capitalize()} and {self.noun()} in {self.place()}",
            f"How the {self.one(vocabulary.SUBJECTS)} {self._does()}",
        )
        return self.one(shapes)

    def phrase(self) -> str:
        """Some three words without a full stop."""
        return f"{self.one(vocabulary.ADJECTIVES)} {self.one(vocabulary.SUBJECTS)}"

    def clause(self) -> str:
        """Some nine words that begin with a capital, without a full stop."""
        words = f"{self._thing()} {self._does()} {self.one(vocabulary.TAILS)}"
        return words[0].upper() + words[1:]

    def noun(self) -> str:
        return self.one(vocabulary.NOUNS)

    def nouns(self, count: int) -> list[str]:
        return self.several(vocabulary.NOUNS, count)

    def place(self) -> str:
        return self.one(vocabulary.PLACES)

    def labels(self, count: int) -> list[str]:
        """Names of rows: places, things or products, one kind in a table."""
        kind = self.chance.randrange(3)
        if kind == 0:
            return self.several(vocabulary.PLACES, count)
        if kind == 1:
            return [name.capitalize() for name in self.several(vocabulary.SUBJECTS, count)]
        return [f"{self.one(vocabulary.PLACES)[:2].upper()}-{self.chance.randint(100, 9999)}" for _ in range(count)]

    def person(self) -> str:
        return f"{self.one(vocabulary.GIVEN)} {self.one(vocabulary.FAMILIES)}"

    def unit(self) -> str:
        return self.one(vocabulary.UNITS)

    def state(self) -> str:
        return self.one(vocabulary.STATES)

    def code_name(self) -> str:
        return f"{self.noun()}_{self.one(vocabulary.VERBS)}".replace(" ", "_")

    def date(self) -> str:
        return f"{self.chance.randint(1, 28)} {self.one(vocabulary.MONTHS)} {self.chance.randint(1998, 2025)}"

    def street(self) -> str:
        return f"{self.chance.randint(1, 240)} {self.place()} {self.one(('Street', 'Road', 'Lane', 'Avenue'))}"

    def _thing(self) -> str:
        return (
            f"{self.one(vocabulary.ADJECTIVES)} {self.one(vocabulary.SUBJECTS)}"
            if self.chance.random() < 0.6
            else self.one(vocabulary.SUBJECTS)
        )

    def _does(self) -> str:
        return f"{self.one(vocabulary.VERBS)} {self.one(vocabulary.OBJECTS)}"
