"""How good a ranking is, where judgements exist: nDCG@10, R@10, R@100 and RR through ir-measures, with intervals.

RR is the reciprocal rank of the first relevant hit; its mean is MRR. Grades are linear gains, as trec_eval has them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ir_measures
import numpy as np
import pyarrow as pa
from ir_measures import RR, R, nDCG

from codices.resources.search.query.queries import QueryRow

MEASURES = {"nDCG@10": nDCG @ 10, "R@10": R @ 10, "R@100": R @ 100, "RR": RR}
MAIN = "nDCG@10"
_RESAMPLES = 2000
_SEED = 20090719


def per_query(ranked: pa.Table, judgements: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, float]]:
    """Measure -> query -> value, for every judged query with a relevant id; one that found nothing counts as 0.

    `ranked`: rows of `retrieve.RANKED`; `judgements`: query -> id -> grade (relevant from 1 on).
    """
    relevant = {query for query, grades in judgements.items() if any(grade >= 1 for grade in grades.values())}
    qrels = [
        ir_measures.Qrel(query, found, grade)
        for query in sorted(relevant)
        for found, grade in judgements[query].items()
    ]
    # By rank, not by score: equal scores would be ordered by id.
    run = [
        ir_measures.ScoredDoc(row["query_id"], row["id"], -float(row["rank"]))
        for row in ranked.select(["query_id", "id", "rank"]).to_pylist()
    ]
    values: dict[str, dict[str, float]] = {name: dict.fromkeys(sorted(relevant), 0.0) for name in MEASURES}
    names = {str(measure): name for name, measure in MEASURES.items()}
    if qrels and run:
        for each in ir_measures.iter_calc(list(MEASURES.values()), qrels, run):
            if each.query_id in relevant:
                values[names[str(each.measure)]][each.query_id] = float(each.value)
    return values


def measured(
    ranked: pa.Table,
    queries: Sequence[QueryRow],
    judgements: Mapping[str, Mapping[str, int]],
    *,
    last: Mapping[str, Mapping[str, float]] | None = None,
    modalities: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Everything that a release stores about its quality, as JSON:

        {"queries": n, "judged": n, "all": {measure: mean}, "by_type": {type: {"n", measure: mean}},
         "by_modality": {...}, "modality_share": {modality: share of the first 10 hits},
         "per_query": {measure: {query: value}}, "change": {measure: {"mean", "low", "high", "n"}} | None}

    `by_modality` groups queries by the modality of what was judged relevant to them: `modalities` (id -> modality, as
    `retrieve.judged_modalities` reads it), else that of the hit with this id. `last` is `per_query` of the release
    before: the change is paired over the queries that both have judged.
    """
    values = per_query(ranked, judgements)
    judged = list(values[MAIN])
    types = {query.id: query.type or "all" for query in queries}
    return {
        "queries": len(queries),
        "judged": len(judged),
        "all": _means(values, judged),
        "by_type": _grouped(values, judged, types),
        "by_modality": _grouped(values, judged, _relevant_modality(ranked, judgements, modalities or {})),
        "modality_share": modality_share(ranked),
        "per_query": values,
        "change": None if last is None else {name: paired_change(values[name], last.get(name, {})) for name in values},
    }


def _means(values: Mapping[str, Mapping[str, float]], queries: Iterable[str]) -> dict[str, float]:
    chosen = list(queries)
    if not chosen:
        return {}
    return {name: round(float(np.mean([of[query] for query in chosen])), 4) for name, of in values.items()}


def _grouped(
    values: Mapping[str, Mapping[str, float]], judged: Sequence[str], groups: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    members: dict[str, list[str]] = defaultdict(list)
    for query in judged:
        if query in groups:
            members[groups[query]].append(query)
    return {name: {"n": len(queries), **_means(values, queries)} for name, queries in sorted(members.items())}


def _relevant_modality(
    ranked: pa.Table, judgements: Mapping[str, Mapping[str, int]], modalities: Mapping[str, str]
) -> dict[str, str]:
    """query -> modality of its best graded id whose modality is known, of hits or from the table."""
    of_hits = {row["id"]: row["modality"] for row in ranked.select(["id", "modality"]).to_pylist()}
    known = {**of_hits, **modalities}
    found: dict[str, str] = {}
    for query, grades in judgements.items():
        relevant = [name for name, grade in grades.items() if grade >= 1 and name in known]
        if relevant:
            found[query] = known[max(relevant, key=lambda name: grades[name])]
    return found


def modality_share(ranked: pa.Table, top: int = 10) -> dict[str, float]:
    """Share of each modality among the first `top` hits of all queries."""
    rows = ranked.select(["rank", "modality"]).to_pylist()
    counts = Counter(row["modality"] for row in rows if row["rank"] <= top)
    total = sum(counts.values())
    return {modality: round(count / total, 4) for modality, count in sorted(counts.items())}


def paired_change(
    now: Mapping[str, float], before: Mapping[str, float], level: float = 0.95
) -> dict[str, float] | None:
    """Mean change over the queries that both have, with a paired bootstrap interval (Sakai, SIGIR 2006); None where
    they share none."""
    shared = sorted(now.keys() & before.keys())
    if not shared:
        return None
    return interval(np.array([now[query] - before[query] for query in shared]), level)


def interval(differences: np.ndarray, level: float = 0.95) -> dict[str, float]:
    """{"mean", "low", "high", "n"} of paired differences: percentile bootstrap of their mean, the same on every run."""
    if len(differences) > 1:
        picks = np.random.default_rng(_SEED).integers(0, len(differences), (_RESAMPLES, len(differences)))
        means = differences[picks].mean(axis=1)
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    else:
        low, high = -1.0, 1.0  # one query says nothing
    return {
        "mean": round(float(differences.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "n": len(differences),
    }
