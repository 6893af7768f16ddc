"""Vector indexes under a contract: of every build, recall@10 against exact search is measured, and held.

| kind | bytes per vector | what it is |
|---|---|---|
| flat | 4 d | no index: every vector is compared. Exact |
| ivf_flat | 4 d + 8 | inverted lists, vectors as they are |
| ivf_hnsw_sq | d + 200 | a graph over 8-bit vectors: the fewest comparisons, the longest build |
| ivf_sq | d + 8 | inverted lists of 8-bit vectors |
| ivf_rq | d / 8 + 20 | RaBitQ, one bit per dimension |
| ivf_pq | d / 16 + 13 | product quantisation, 16 dimensions in a byte |

The build walks up until the contract holds: first the parts looked at (`nprobes`, `ef`), then the candidates ranked
again by their full vectors (`refine_factor`), then a gentler index. "Saving" is of the index, which is what a search
keeps in memory; the full vectors stay in the table, on disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from lancedb.index import HnswSq, IvfFlat, IvfPq, IvfRq, IvfSq
from lancedb.table import LanceTable

from resources.fingerprints import fingerprint
from resources.index.full_text import index_names
from resources.index.measurement import (
    Recall,
    Sample,
    measure_latency,
    measure_recall,
    take_sample,
    vector_count,
)
from resources.index.options import IndexOptions, VectorIndexKind
from resources.index.rows import Vectors
from resources.index.schema import ELEMENTS
from resources.index.store import explained, retrying
from resources.index.tables import Tables

GENTLER: dict[VectorIndexKind, VectorIndexKind] = {
    "ivf_pq": "ivf_rq",
    "ivf_rq": "ivf_sq",
    "ivf_hnsw_sq": "ivf_sq",
    "ivf_sq": "ivf_flat",
    "ivf_flat": "flat",
}

PQ_MIN_ROWS = 256
"""Under it LanceDB accepts an IVF_PQ index and trains nothing."""

_REFINE: dict[VectorIndexKind, tuple[int, ...]] = {
    "ivf_flat": (1,),
    "ivf_hnsw_sq": (1, 2, 5),
    "ivf_sq": (1, 2, 5),
    "ivf_rq": (1, 2, 5, 10, 20, 50),
    "ivf_pq": (1, 2, 5, 10, 20, 50),
}
_NAME = re.compile(r"\w+?__(?P<kind>[a-z_]+)_p(?P<partitions>\d+)_m(?P<sub_vectors>\d+)_(?P<wanted>[0-9a-f]{8})")


@dataclass(frozen=True)
class Plan:
    """An index to build: `partitions` inverted lists, `sub_vectors` bytes per vector (of ivf_pq, else 0)."""

    kind: VectorIndexKind
    partitions: int = 0
    sub_vectors: int = 0

    def name(self, column: str, options: IndexOptions) -> str:
        """The plan and what it was asked for are in the index's name, so that a later run knows what stands, and why a
        gentler one than asked for does."""
        return f"{column}__{self.kind}_p{self.partitions}_m{self.sub_vectors}_{_wanted(options)}"

    def config(self) -> IvfFlat | HnswSq | IvfSq | IvfRq | IvfPq:
        match self.kind:
            case "ivf_flat":
                return IvfFlat(distance_type="cosine", num_partitions=self.partitions)
            case "ivf_hnsw_sq":
                return HnswSq(distance_type="cosine", num_partitions=self.partitions)
            case "ivf_sq":
                return IvfSq(distance_type="cosine", num_partitions=self.partitions)
            case "ivf_rq":
                return IvfRq(distance_type="cosine", num_partitions=self.partitions)
            case "ivf_pq":
                return IvfPq(distance_type="cosine", num_partitions=self.partitions, num_sub_vectors=self.sub_vectors)
            case "flat":
                raise ValueError("a flat scan has no index")


@dataclass(frozen=True)
class OperatingPoint:
    """How a column is searched. Values of 0 do not apply to the kind."""

    nprobes: int = 0
    ef: int = 0
    refine_factor: int = 0


def _wanted(options: IndexOptions) -> str:
    return fingerprint(options.vector_index, options.target_saving, options.min_recall)[:8]


def plan_for(rows: int, dimension: int, options: IndexOptions) -> Plan:
    """What to build first for `rows` vectors: the kind set, or by rows and the saving asked for."""
    if rows == 0 or (options.vector_index == "auto" and rows < options.flat_below) or options.vector_index == "flat":
        return Plan("flat")
    if options.vector_index != "auto":
        kind = options.vector_index
    elif options.target_saving > 4 * dimension / (dimension / 8 + 20):
        kind = "ivf_pq"
    elif options.target_saving > 4 * dimension / (dimension + 8):
        kind = "ivf_rq"
    else:
        kind = "ivf_sq"
    return _sized(kind, rows, dimension, options)


def _sized(kind: VectorIndexKind, rows: int, dimension: int, options: IndexOptions) -> Plan:
    if kind == "flat" or (kind == "ivf_pq" and rows < PQ_MIN_ROWS):
        return Plan("flat")
    # A graph is cut only where it would not be built in memory; lists are best about as many as they are long.
    partitions = max(1, rows // 1_000_000) if kind == "ivf_hnsw_sq" else max(1, min(8192, round(rows**0.5)))
    return Plan(kind, partitions, _sub_vectors(dimension, options.target_saving) if kind == "ivf_pq" else 0)


def _sub_vectors(dimension: int, saving: float) -> int:
    """Most sub-vectors (multiples of 8 that divide the dimension, where there are any) within `saving`; 16 dimensions
    each where no saving is asked for. 13 bytes per vector are the row's id and overhead, measured."""
    room = 4 * dimension / saving - 13 if saving else dimension / 16
    divisors = [m for m in range(1, dimension + 1) if dimension % m == 0 and m <= room]
    return max([m for m in divisors if m % 8 == 0] or divisors or [1])


def build_vector_index(
    tables: Tables, column: str, options: IndexOptions, queries: Vectors | None = None
) -> dict[str, Any]:
    """Bring the index of `elements.<column>` up to date and find the point at which it holds the contract.

    `queries` (n, dimension): vectors of real queries, measured beside a sample of the corpus's own. Returns what the
    release stores: kind, rows, unindexed, dimension, nprobes, ef, refine_factor, bytes_per_vector, saving, recall,
    recall_queries, p50_ms, p95_ms, holds, built, steps (every point tried). Columns without vectors are flat.
    """
    table = tables.open(ELEMENTS)
    dimension = table.schema.field(column).type.list_size
    rows = vector_count(table, column)
    plan = plan_for(rows, dimension, options)
    if plan.kind != "flat":
        plan = _standing(table, column, rows, dimension, options) or plan
    sample = take_sample(table, column, options.sample, queries)
    steps: list[dict[str, Any]] = []
    built = _install(tables, column, plan, options)
    point, recall = _operating_point(tables.open(ELEMENTS), column, plan, sample, options, steps)
    while recall.contract < options.min_recall and plan.kind != "flat":
        if built:
            plan = _sized(GENTLER[plan.kind], rows, dimension, options)
        # Else the index was trained on older rows: train it on these before a gentler one is taken.
        built = _install(tables, column, plan, options, anew=True)
        point, recall = _operating_point(tables.open(ELEMENTS), column, plan, sample, options, steps)
    table = tables.open(ELEMENTS)
    size = _index_bytes(table, column) / rows if plan.kind != "flat" else 4.0 * dimension
    return {
        "kind": plan.kind,
        "rows": rows,
        "unindexed": unindexed_rows(table, column),
        "dimension": dimension,
        **asdict(point),
        "partitions": plan.partitions,
        "bytes_per_vector": round(size, 1),
        "saving": round(4 * dimension / size, 2),
        "target_saving_met": 4 * dimension / size >= options.target_saving,
        **asdict(recall),
        **measure_latency(table, column, sample, asdict(point)),
        "holds": recall.contract >= options.min_recall,
        "built": built,
        "steps": steps,
    }


def _standing(table: LanceTable, column: str, rows: int, dimension: int, options: IndexOptions) -> Plan | None:
    """The index that an earlier run with these settings settled on, where it fits the rows of today: lists that are
    not twice too many or too few, so that rows may grow or shrink fourfold."""
    for name in index_names(table, column):
        found = _NAME.fullmatch(name)
        if found and found["wanted"] == _wanted(options):
            kind, partitions = cast(VectorIndexKind, found["kind"]), int(found["partitions"])
            wanted = _sized(kind, rows, dimension, options).partitions
            if wanted / 2 <= partitions <= wanted * 2:
                return Plan(kind, partitions, int(found["sub_vectors"]))
    return None


def _install(tables: Tables, column: str, plan: Plan, options: IndexOptions, *, anew: bool = False) -> bool:
    """Make `plan` the only index of `column`: built, or folded where it stands. True when it was built or dropped."""
    table = tables.open(ELEMENTS)
    names = index_names(table, column)
    name = plan.name(column, options) if plan.kind != "flat" else ""
    changed = anew or (name not in names if name else bool(names))
    with explained(f"building the vector index of {column}"):
        if name and changed:
            retrying(lambda: tables.open(ELEMENTS).create_index(column, config=plan.config(), name=name, replace=True))
        elif name and unindexed_rows(table, column):
            retrying(lambda: fold(tables.open(ELEMENTS), [name]))
        for other in names:
            if other != name:
                retrying(lambda other=other: tables.open(ELEMENTS).drop_index(other))
    return changed


def fold(table: LanceTable, names: list[str]) -> None:
    """Bring unindexed rows into the indexes `names`, and their earlier folds into one."""
    table.to_lance().optimize.optimize_indices(index_names=names, num_indices_to_merge=10)


def unindexed_rows(table: LanceTable, column: str) -> int:
    """Rows that the index of `column` does not cover (they are scanned); 0 where there is none."""
    statistics = [table.index_stats(name) for name in index_names(table, column)]
    return max((each.num_unindexed_rows for each in statistics if each), default=0)


def _index_bytes(table: LanceTable, column: str) -> int:
    names = index_names(table, column)
    described = table.to_lance().describe_indices()
    return sum(index.total_size_bytes or 0 for index in described if index.name in names)


def _operating_point(
    table: LanceTable, column: str, plan: Plan, sample: Sample, options: IndexOptions, steps: list[dict[str, Any]]
) -> tuple[OperatingPoint, Recall]:
    """The cheapest point that holds the contract, else the best one; every one tried goes to `steps`."""

    def tried(point: OperatingPoint) -> tuple[OperatingPoint, Recall]:
        recall = measure_recall(table, column, sample, asdict(point))
        steps.append({"kind": plan.kind, **asdict(point), **asdict(recall)})
        return point, recall

    if plan.kind == "flat" or not len(sample):
        return OperatingPoint(), Recall()
    best = OperatingPoint(), Recall(0.0)
    for looked_at in _widening(plan):
        # With the most refinement it shows whether the right candidates are found at all; then as little as holds.
        *fewer, most = _REFINE[plan.kind]
        best = tried(OperatingPoint(**looked_at, refine_factor=most))
        if best[1].contract < options.min_recall:
            continue
        for refine in fewer:
            cheaper = tried(OperatingPoint(**looked_at, refine_factor=refine))
            if cheaper[1].contract >= options.min_recall:
                return cheaper
        return best
    return best


def _widening(plan: Plan) -> Iterator[Mapping[str, int]]:
    if plan.kind == "ivf_hnsw_sq":
        for ef in (64, 128, 256, 512):
            yield {"nprobes": plan.partitions, "ef": ef}
        return
    nprobes = min(10, plan.partitions)
    while nprobes < plan.partitions:
        yield {"nprobes": nprobes}
        nprobes *= 2
    yield {"nprobes": plan.partitions}
