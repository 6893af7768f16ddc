"""Which judged queries say anything about the legs. One whose answers are not in the corpus, or that no leg finds,
scores 0 under any weights: it is no evidence for one or against another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from codices.resources.search.evaluation.judged import Judgements, judged_level, modalities_of
from codices.resources.search.evaluation.leg_lists import LegLists
from codices.resources.search.index import Index
from codices.resources.search.query.queries import QueryRow, clean_query
from codices.resources.settings.levels import Level

MAX_QUERIES = 400
SEED = 20090719
_NAMED = 5


@dataclass(frozen=True)
class Evidence:
    """The judged queries, `useful` of which have an answer that a leg finds, each with its lists.

    `not_in_corpus`, `not_found`: ids of the others: no answer is in the corpus; answers are, but not among what any leg
    found. `named`: the level at which more of the judged ids are hits than at the one asked for, if there is one.
    """

    useful: list[QueryRow]
    lists: list[LegLists]
    not_in_corpus: list[str]
    not_found: list[str]
    level: Level
    named: Level | None

    @property
    def judged(self) -> int:
        return len(self.useful) + len(self.not_in_corpus) + len(self.not_found)

    def as_json(self) -> dict[str, Any]:
        return {
            "judged": self.judged,
            "useful": len(self.useful),
            "not_in_corpus": self.not_in_corpus,
            "not_found": self.not_found,
            "level": self.level,
            "named": self.named,
        }


def gather_evidence(index: Index, queries: Sequence[QueryRow], judgements: Judgements, level: Level) -> Evidence:
    """Run every leg for the judged ones of `queries`; blank ones are left out, of more than MAX_QUERIES a fixed sample
    is taken."""
    asked = _judged(queries, judgements)
    relevant = {query.id: {name for name, grade in judgements[query.id].items() if grade > 0} for query in asked}
    everything = {name for names in relevant.values() for name in names}
    there = modalities_of(index, everything, level).keys()
    useful, lists, not_found = list[QueryRow](), list[LegLists](), list[str]()
    known = [query for query in asked if relevant[query.id] & there]
    for query, rankings in zip(known, index.leg_rankings(known, limit=index.options.depth), strict=True):
        found = LegLists(rankings, level, judgements[query.id])
        if found.has_answer:
            useful.append(query)
            lists.append(found)
        else:
            not_found.append(query.id)
    not_in_corpus = [query.id for query in asked if not relevant[query.id] & there]
    other = judged_level(index, judgements) if not_in_corpus else None
    more = other is not None and len(modalities_of(index, everything, other)) > len(there)
    return Evidence(useful, lists, not_in_corpus, not_found, level, other if more else None)


def _judged(queries: Sequence[QueryRow], judgements: Judgements) -> list[QueryRow]:
    judged = [
        query
        for query in queries
        if clean_query(query.text) and any(grade > 0 for grade in judgements.get(query.id, {}).values())
    ]
    if len(judged) > MAX_QUERIES:
        picks = np.random.default_rng(SEED).choice(len(judged), MAX_QUERIES, replace=False)
        judged = [judged[pick] for pick in sorted(picks)]
    return judged


def told(evidence: Mapping[str, Any]) -> str | None:
    """What is wrong with judgements, for a person; None where every judged query is of use. `evidence`: as JSON."""
    missing, unfound = evidence["not_in_corpus"], evidence["not_found"]
    if not missing and not unfound:
        return None
    parts = []
    if missing:
        parts.append(f"{len(missing)} have no answer in the corpus ({_some(missing)})")
    if unfound:
        parts.append(f"of {len(unfound)} no leg finds an answer ({_some(unfound)})")
    hint = ""
    if evidence["named"]:
        hint = f". The judgements name hits of level {evidence['named']}, not {evidence['level']}: set retrieval.level"
    return f"of {evidence['judged']} judged queries {', and '.join(parts)}: nothing is learned from them{hint}"


def _some(ids: Sequence[str]) -> str:
    return ", ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else "")
