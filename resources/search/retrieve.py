"""A file of queries to ranked rows, and those to a TREC run: what the `retrieval` asset and `codices retrieve` do."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pyarrow as pa

from resources.index.schema import MODALITIES
from resources.search.errors import SearchError
from resources.search.grouping import Candidate, group_key
from resources.search.index import Index
from resources.search.options import Level
from resources.search.results import LEG

RANKED = pa.schema(
    [
        pa.field("query_id", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("id", pa.string(), nullable=False),  # of the level asked for: element id, path, or source
        pa.field("score", pa.float64(), nullable=False),
        pa.field("element_id", pa.string(), nullable=False),  # the element that earned the place
        pa.field("modality", pa.string(), nullable=False),
        pa.field("legs", pa.list_(LEG)),
    ]
)

_SMALLEST_STEP = 1e-9
_TREC_SPACES = str.maketrans({"\t": "%09", "\n": "%0A", "\r": "%0D"})


@dataclass(frozen=True)
class QueryRow:
    """A line of a query file. `type` groups measures; `modality` limits the query to one."""

    id: str
    text: str
    type: str | None = None
    modality: str | None = None


def read_queries(path: str | PathLike[str]) -> list[QueryRow]:
    """JSON lines `{"id", "text"}`, with `type` and `modality` where there are any; other keys are ignored.

    Raises SearchError naming the line that is no such object, or repeats an id.
    """
    rows: list[QueryRow] = []
    seen: set[str] = set()
    for number, line in enumerate(_lines(path, "the query file"), 1):
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SearchError(f"{where}: not JSON ({error})") from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or row.get("id") in (None, ""):
            raise SearchError(f'{where}: must be an object with "id" and "text", both text')
        found = QueryRow(str(row["id"]), row["text"], row.get("type"), row.get("modality"))
        if found.id in seen:
            raise SearchError(f"{where}: the id {found.id!r} is there twice")
        if found.modality is not None and found.modality not in MODALITIES:
            raise SearchError(f"{where}: unknown modality {found.modality!r}; there are {', '.join(MODALITIES)}")
        seen.add(found.id)
        rows.append(found)
    if not rows:
        raise SearchError(f"{path} holds no queries")
    return rows


def read_judgements(path: str | PathLike[str]) -> dict[str, dict[str, int]]:
    """TREC qrels, `query 0 id grade` a line: query -> id -> grade. Fields are separated by tabs where there are any
    (ids may then hold spaces), else by spaces. Raises SearchError naming the line."""
    judged: dict[str, dict[str, int]] = {}
    for number, line in enumerate(_lines(path, "the judgements"), 1):
        if not line.strip():
            continue
        fields = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
        try:
            query, _, found, grade = fields
            judged.setdefault(query.strip(), {})[found.strip()] = int(grade)
        except ValueError as error:
            raise SearchError(
                f"{path}, line {number}: judgements are `query 0 id grade`, not {line.strip()[:200]!r}"
            ) from error
    return judged


def _lines(path: str | PathLike[str], what: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SearchError(f"{what} {os.fspath(path)} cannot be read: {error}") from error


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
            "score": hit.score,
            "element_id": hit.place.element_id,
            "modality": hit.place.modality,
            "legs": [
                {"leg": leg, "rank": given.rank, "score": given.score, "contribution": given.contribution}
                for leg, given in hit.fused.legs.items()
            ],
        }


def hit_id(hit: Candidate, level: Level) -> str:
    """What a hit is called at `level`: the element's own id at level element, else its group."""
    return hit.place.element_id if level == "element" else group_key(hit.place, level)


def write_run(ranked: pa.Table, path: str | PathLike[str], tag: str = "codices") -> None:
    """Write `ranked` (rows of RANKED) as a TREC run: `query Q0 id rank score tag`, separated by tabs.

    Evaluation tools sort by score and break ties by id, so scores are written strictly falling within a query. Tabs
    and line ends in an id are percent-encoded. Raises SearchError when the file cannot be written.
    """
    lines: list[str] = []
    query, last = "", math.inf
    for row in ranked.select(["query_id", "id", "rank", "score"]).to_pylist():
        if row["query_id"] != query:
            query, last = row["query_id"], math.inf
        last = min(round(row["score"], 9), last - _SMALLEST_STEP)
        fields = (query, "Q0", row["id"].translate(_TREC_SPACES), str(row["rank"]), f"{last:.9f}", tag)
        lines.append("\t".join(fields) + "\n")
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(target.name + ".part")
        temporary.write_text("".join(lines), encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise SearchError(f"the run {target} cannot be written: {error.strerror or error}") from error
