"""Queries made from the corpus itself, for those who have judged none: captions, headings, identifiers.

A caption or heading is taken out of the words of the elements that it belongs to before they are searched: what is left
has to be found by it, as a user's words have to find a text that says it otherwise. Identifiers stay, since nobody can
find one that is not there.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from codices.resources.identifiers.identifiers import extract_identifiers
from codices.resources.search.query.queries import QueryRow

PER_TYPE = 40
"""Queries of each type: an interval over fewer says little, and every further one costs a search."""

_WORDS = (2, 25)
"""A shorter caption or heading is a label ("Overview"), a longer one a paragraph."""

_MAX_RELEVANT = 8
"""Elements under one heading; of a chapter it would be anybody's guess which of them is meant."""

_SEED = 20090719


@dataclass
class MadeQueries:
    """`judgements`: query -> element_id -> 1. `without`: element_id -> lines to take out of its words."""

    queries: list[QueryRow] = field(default_factory=list)
    judgements: dict[str, dict[str, int]] = field(default_factory=dict)
    without: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def _add(self, kind: str, text: str, relevant: Iterable[str], hide: bool) -> None:
        query = f"{kind}-{len(self.queries)}"
        self.queries.append(QueryRow(query, text, kind))
        self.judgements[query] = dict.fromkeys(relevant, 1)
        if hide:
            for element_id in self.judgements[query]:
                self.without[element_id].add(_normal(text))


def make_queries(elements: Iterable[Mapping[str, Any]]) -> MadeQueries:
    """Up to PER_TYPE queries of each type from rows with `element_id`, `doc_id`, `modality`, `caption`, `heading_path`
    and `text`; the same ones for the same rows, whatever their order."""
    rows = sorted(elements, key=lambda row: row["element_id"])
    captions: dict[str, list[str]] = defaultdict(list)
    headings: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    identifiers: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["caption"]:
            captions[" ".join(row["caption"].split())].append(row["element_id"])
        if row["modality"] == "text" and row["heading_path"]:
            headings[" ".join(row["heading_path"][-1].split())][row["doc_id"]].add(row["element_id"])
        for found in extract_identifiers(row["text"] or ""):
            if not found.weak:
                identifiers[found.text].add(row["element_id"])
    made = MadeQueries()
    for text in _some(text for text, owners in captions.items() if _fits(text) and len(owners) == 1):
        made._add("caption", text, captions[text], hide=True)
    sections = {
        text: next(iter(places.values())) for text, places in headings.items() if _fits(text) and len(places) == 1
    }
    for text in _some(text for text, owners in sections.items() if len(owners) <= _MAX_RELEVANT):
        made._add("heading", text, sections[text], hide=True)
    for text in _some(text for text, owners in identifiers.items() if len(owners) == 1):
        made._add("identifier", text, identifiers[text], hide=False)
    return made


def held_out(text: str, without: set[str]) -> str:
    """`text` without the lines that are to be found by."""
    return "\n".join(line for line in text.split("\n") if _normal(line) not in without)


def _fits(text: str) -> bool:
    return _WORDS[0] <= len(text.split()) <= _WORDS[1]


def _normal(text: str) -> str:
    return " ".join(text.split()).casefold()


def _some(texts: Iterable[str]) -> Iterable[str]:
    ordered = sorted(texts)
    order = np.random.default_rng(_SEED).permutation(len(ordered))
    return (ordered[int(position)] for position in itertools.islice(order, PER_TYPE))
