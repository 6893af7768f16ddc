"""A file of queries to ranked rows, and those to a TREC run: what the `retrieval` asset and `codices retrieve` do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa

from codices.resources.search.evaluation.judged import modalities_of, relevant_ids
from codices.resources.search.index import Index
from codices.resources.search.query.errors import SearchError
from codices.resources.search.query.queries import QueryRow, read_judgements, read_queries
from codices.resources.search.ranking.grouping import Candidate, group_key
from codices.resources.search.results import LEG, earned
from codices.resources.settings.levels import Level

RANKED = pa.schema(
    [
        pa.field("query_id", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("id", pa.string(), nullable=False),  # of the level asked for: element id, path, or source
        pa.field("score", pa.float64(), nullable=False),
        pa.field("element_id", pa.string(), nullable=False),  # the element that earned the place
        pa.field("modality", pa.string(), nullable=False),
        pa.field("legs", pa.list_(LEG)),
        pa.field("siblings", pa.list_(pa.string())),  # ids of the other elements that the hit stands for
    ]
)

__all__ = [
    "RANKED",
    "QueryRow",
    "judged_modalities",
    "ranked_queries",
    "read_judgements",
    "read_queries",
    "retrieve_queries",
    "write_run",
]

_SMALLEST_STEP = 1e-9
_TREC_SPACES = str.maketrans({"\t": "%09", "\n": "%0A", "\r": "%0D"})


def retrieve_queries(
    index: Index,
    queries: Sequence[QueryRow],
    *,
    level: Level = "element",
    limit: int = 100,
    modality: str | None = None,
) -> pa.Table:
    """Run every query; rows of RANKED, queries in order, best first, each id once per query.

    `modality` limits all queries, a query's own modality goes before it. An empty query finds nothing.
    """
    batches = [
        pa.RecordBatch.from_pylist(list(_rows(query, ranked, level)), schema=RANKED)
        for query, ranked in ranked_queries(index, queries, level=level, limit=limit, modality=modality)
    ]
    return pa.Table.from_batches(batches, schema=RANKED)


def ranked_queries(
    index: Index,
    queries: Sequence[QueryRow],
    *,
    level: Level,
    limit: int,
    modality: str | None = None,
) -> Iterator[tuple[QueryRow, list[Candidate]]]:
    """Every query with its ranking, as `retrieve_queries` writes it down."""
    for query, ranked in zip(
        queries,
        index.rank_many(
            [query.text for query in queries],
            limit=limit,
            level=level,
            modalities=[query.modality or modality for query in queries],
        ),
        strict=True,
    ):
        yield query, ranked[:limit]


def _rows(query: QueryRow, ranked: Sequence[Candidate], level: Level) -> Iterator[dict[str, Any]]:
    for rank, hit in enumerate(ranked, 1):
        yield {
            "query_id": query.id,
            "rank": rank,
            "id": hit_id(hit, level),
            "element_id": hit.place.element_id,
            "modality": hit.place.modality,
            **earned(hit),
        }


def hit_id(hit: Candidate, level: Level) -> str:
    """What a hit is called at `level`: the element's own id at level element, else its group."""
    return hit.place.element_id if level == "element" else group_key(hit.place, level)


def judged_modalities(index: Index, judgements: Mapping[str, Mapping[str, int]], level: Level) -> dict[str, str]:
    """id -> modality of what was judged relevant, as the elements say, found or not; ids that are not there are left
    out. A page or document with text in it counts as text."""
    return modalities_of(index, relevant_ids(judgements), level)


def write_run(ranked: pa.Table, path: str | PathLike[str], tag: str = "codices") -> None:
    """Write `ranked` (rows of RANKED) as a TREC run: `query Q0 id rank score tag`, separated by tabs.

    Evaluation tools sort by score and break ties by id, so scores are written strictly falling within a query. Tabs
    and line ends in an id are percent-encoded. Raises SearchError when the file cannot be written.
    """
    lines: list[str] = []
    query, above = "", -math.inf
    for row in reversed(ranked.select(["query_id", "id", "rank", "score"]).to_pylist()):  # from 0 upwards
        if row["query_id"] != query:
            query, above = row["query_id"], -math.inf
        above = max(round(row["score"], 9), above + _SMALLEST_STEP)
        fields = (
            query.translate(_TREC_SPACES),
            "Q0",
            row["id"].translate(_TREC_SPACES),
            str(row["rank"]),
            f"{above:.9f}",
            tag,
        )
        lines.append("\t".join(fields) + "\n")
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(target.name + ".part")
        temporary.write_text("".join(reversed(lines)), encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise SearchError(f"the run {target} cannot be written: {error.strerror or error}") from error
