"""Recall and latency of vector search, measured on the table itself: the sample, the exact answers, the comparison."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from lancedb.query import LanceVectorQueryBuilder
from lancedb.table import LanceTable

from codices.resources.index.lance_store import take_rows
from codices.resources.index.rows import Vectors, dense
from codices.resources.index.schema import dimension_of

K = 10
"""Neighbours that recall counts."""

TIE = 1e-5
"""Hits count whose similarity is at most this under the exact k-th: equal texts have equal vectors, and which of them
is tenth says nothing about an index. Float32 cosines of unit vectors differ by 1e-6 between implementations."""

_HELD = {"image_vector": "image_id IS NOT NULL"}
"""What tells rows with a vector without reading it. Every element has a text vector."""

_AT_ONCE = 256  # queries
_TIMED = 25
_SEED = 20090719


@dataclass(frozen=True)
class Sample:
    """Queries (n, dimension), the id of the row that each was taken from ("" for a real query), and the exact
    similarity of its k-th neighbour other than itself."""

    vectors: Vectors
    ids: tuple[str, ...]
    kth: Vectors

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Recall:
    """Recall@10 on the corpus's own vectors, and on real queries (None where none were given)."""

    recall: float = 1.0
    recall_queries: float | None = None

    @property
    def contract(self) -> float:
        """The lower of the two: an index must hold on both."""
        return self.recall if self.recall_queries is None else min(self.recall, self.recall_queries)


def vector_count(table: LanceTable, column: str) -> int:
    """Rows that have a vector in `column`."""
    return table.count_rows(_HELD.get(column))


def take_sample(table: LanceTable, column: str, number: int, queries: Vectors | None = None) -> Sample:
    """`number` of the table's own vectors and all of `queries`, with their exact neighbours, in one pass over the
    column."""
    dataset = table.to_lance()
    held = _HELD.get(column)
    row_ids = dataset.to_table(columns=["element_id"], filter=held, with_row_id=True).column("_rowid")
    chosen = np.random.default_rng(_SEED).permutation(len(row_ids))[:number]
    ids: list[str] = []
    vectors = np.zeros((0, dimension_of(table.schema.field(column).type)), np.float32)
    if len(chosen):
        rows = take_rows(dataset, row_ids.take(pa.array(np.sort(chosen))).to_pylist(), ["element_id", column])
        present, vectors = dense(rows.column(column).combine_chunks())
        ids = [rows.column("element_id")[int(position)].as_py() for position in present]
    if queries is not None and len(queries):
        vectors = np.concatenate([vectors, np.asarray(queries, np.float32)])
        ids += [""] * len(queries)
    return Sample(vectors, tuple(ids), _exact_kth(table, column, vectors, ids))


def _exact_kth(table: LanceTable, column: str, vectors: Vectors, ids: list[str]) -> Vectors:
    """Similarity of the k-th nearest vector to each of `vectors`, (n,); a row taken from the table is its own first."""
    best = np.full((len(ids), K + 1), -np.inf, np.float32)
    for batch in table.to_lance().to_batches(columns=[column], filter=_HELD.get(column), batch_size=8192):
        found = vectors @ dense(batch.column(column))[1].T
        merged = np.concatenate([best, found], axis=1)
        best = -np.partition(-merged, K, axis=1)[:, : K + 1] if merged.shape[1] > K + 1 else merged
    best = -np.sort(-best, axis=1)
    own = np.array([bool(each) for each in ids], bool)
    kth = np.where(own, best[:, K], best[:, K - 1])
    # With fewer than k vectors in all, every hit is right.
    return np.where(np.isfinite(kth), kth, -1.0).astype(np.float32)


def vector_query(
    table: LanceTable,
    column: str,
    vector: Vectors,
    point: Mapping[str, int],
    where: str | None = None,
    every_list: bool = False,
) -> LanceVectorQueryBuilder:
    """A cosine search at an operating point, of the rows for which `where` holds. `vector`: (dimension,), or (n,
    dimension) for n searches at once, whose hits are told apart by a column `query_index` (of one alone there is none).

    The metric is always named: the default is l2, and a metric other than the index's makes LanceDB scan everything
    without a word. With a filter, or `every_list`, further lists are looked at until there are as many rows as asked
    for: a narrow filter leaves few or none in the lists next to the query, and lists next to a query unlike all of the
    corpus may be empty.
    """
    query = table.search(vector, vector_column_name=column, query_type="vector").distance_type("cosine")
    if point.get("nprobes"):
        query = query.nprobes(point["nprobes"])
    if point.get("ef"):
        query = query.ef(point["ef"])
    if point.get("refine_factor", 0) > 1:
        query = query.refine_factor(point["refine_factor"])
    if where or every_list:
        query = query.maximum_nprobes(0)
    return query.where(where, prefilter=True) if where else query


def measure_recall(table: LanceTable, column: str, sample: Sample, point: Mapping[str, int]) -> Recall:
    """Recall@10 of `column` searched at `point` with the queries of `sample`."""
    recalls = np.zeros(len(sample))
    for start in range(0, len(sample), _AT_ONCE):
        # Many queries in one search find what they find one by one, in a third of the time or less.
        vectors = sample.vectors[start : start + _AT_ONCE]
        hits = (
            vector_query(table, column, vectors, point)
            .limit(K + 1)
            .select(["element_id", column, "_distance"])
            .to_arrow()
        )
        alone = len(vectors) == 1  # then nothing tells hits apart
        of = np.zeros(hits.num_rows) if alone else hits.column("query_index").to_numpy()
        keys = hits.column("element_id").to_pylist()
        found = dense(hits.column(column).combine_chunks())[1]
        for number in range(start, start + len(vectors)):
            others = [at for at in np.flatnonzero(of == number - start) if keys[at] != sample.ids[number]][:K]
            within = int((found[others] @ sample.vectors[number] >= sample.kth[number] - TIE).sum())
            expected = K if sample.kth[number] > -1 else max(1, len(others))
            recalls[number] = within / expected
    own = np.array([bool(each) for each in sample.ids], bool)
    return Recall(
        recall=round(float(recalls[own].mean()), 4) if own.any() else 1.0,
        recall_queries=round(float(recalls[~own].mean()), 4) if (~own).any() else None,
    )


def measure_latency(table: LanceTable, column: str, sample: Sample, point: Mapping[str, int]) -> dict[str, float]:
    """`p50_ms` and `p95_ms` of up to 25 searches, one at a time, of a handle that has searched before; of 5 where
    all vectors are scanned (an empty point), since each of those does the same."""
    seconds: list[float] = []
    for vector in sample.vectors[: _TIMED if any(point.values()) else _TIMED // 5]:
        start = time.perf_counter()
        vector_query(table, column, vector, point).limit(K).select(["element_id", "_distance"]).to_arrow()
        seconds.append(time.perf_counter() - start)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000 if seconds else (0.0, 0.0)
    return {"p50_ms": round(float(p50), 3), "p95_ms": round(float(p95), 3)}
