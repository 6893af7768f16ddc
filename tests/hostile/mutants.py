"""A folder of mutants, each drawn from the seed and its number alone, so that any of them can be made again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.crafted_files import CRAFTS
from tests.hostile.honest_files import cheap_files, honest_files
from tests.hostile.mutations import mutations_of
from tests.hostile.strange_files import SETTINGS

_HEAVY_SHARE = 0.05  # of the mutants may come from a file that takes seconds: pages with pictures, scans
_CRAFTED_SHARE = 0.2
_STRANGE_SHARE = 0.12


@dataclass(frozen=True)
class Mutant:
    """One hostile thing, alone in its `folder` (relative to the corpus). `documents` is how many rows, indexed or
    failed, it has at least to become."""

    number: int
    folder: str
    operation: str
    documents: int


def write_mutants(corpus: Path, seed: int, count: int, first: int = 0) -> list[Mutant]:
    """Writes the mutants `first`, `first + 1`, … of `seed` into the corpus."""
    return [_write_mutant(corpus, seed, number) for number in range(first, first + count)]


def _write_mutant(corpus: Path, seed: int, number: int) -> Mutant:
    chance = random.Random(f"{seed}-{number}")
    name = f"mutant-{number:05d}"
    folder = corpus / name
    folder.mkdir(parents=True)
    kind = chance.random()
    if kind < _STRANGE_SHARE:
        setting = chance.choice(SETTINGS)
        return Mutant(number, name, setting.__name__, setting(folder, chance))
    if kind < _STRANGE_SHARE + _CRAFTED_SHARE:
        craft = chance.choice(CRAFTS)
        file, data = craft(chance)
        (folder / file).write_bytes(data)
        return Mutant(number, name, f"{craft.__name__} -> {file}", 1)
    file, data, operation = _mutated(chance)
    (folder / file).write_bytes(data)
    return Mutant(number, name, operation, 1)


def _mutated(chance: random.Random) -> tuple[str, bytes, str]:
    """An honest file after one to three mutations."""
    files: Callable[[], Mapping[str, bytes]] = honest_files if chance.random() < _HEAVY_SHARE else cheap_files
    file = chance.choice(sorted(files()))
    data, done = files()[file], []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        mutation = chance.choice(mutations_of(data))
        data = mutation(data, chance)
        done.append(mutation.__name__)
    return file, data, f"{file}: {', '.join(done)}"
