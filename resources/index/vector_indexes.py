"""Vector indexes under a contract: of every build, recall@10 against exact search is measured, and held.

| kind | bytes per vector | what it is |
|---|---|---|
| flat | 4 d | no index: every vector is compared. Exact |
| ivf_flat | 4 d + 4 | inverted lists, vectors as they are |
| ivf_hnsw_sq | d + 200 | a graph over 8-bit vectors: the fewest comparisons, the longest build |
| ivf_sq | d + 4 | inverted lists of 8-bit vectors |
| ivf_rq | d / 8 + 16 | RaBitQ, one bit per dimension, of which there must be a multiple of 8 |
| ivf_pq | m + 4 | product quantisation, d / m dimensions in a byte |

To that come, for all rows together, the middle of every list and, of ivf_pq, a codebook of 1024 d bytes.

The build walks up until the contract holds: first the parts looked at (`nprobes`, `ef`), then the candidates ranked
again by their full vectors (`refine_factor`), then a gentler index. "Saving" is of the index, which is what a search
keeps in memory; the full vectors stay in the table, on disk.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, cast

from lance import LanceDataset
from lancedb.index import HnswSq, IvfFlat, IvfPq, IvfRq, IvfSq
from lancedb.table import LanceTable

from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.full_text import index_names, index_parts
from codices.resources.index.lance_store import explained, retrying
from codices.resources.index.measurement import (
    Recall,
    Sample,
    measure_latency,
    measure_recall,
    take_sample,
    vector_count,
)
from codices.resources.index.rows import Vectors
from codices.resources.index.schema import ELEMENTS, dimension_of
from codices.resources.index.tables import Tables
from codices.resources.settings.index_options import IndexOptions, VectorIndexKind

PQ_MIN_ROWS = 256
"""Under it LanceDB accepts an IVF_PQ index and trains nothing."""

_REFINE: dict[VectorIndexKind, tuple[int, ...]] = {
    "ivf_flat": (1,),
    "ivf_hnsw_sq": (1, 2, 5),
    "ivf_sq": (1, 2, 5),
    "ivf_rq": (1, 2, 5, 10, 20, 50),
    "ivf_pq": (1, 2, 5, 10, 20, 50),
}
SETTLED_SHARE = 0.01
"""Rows that may come, or go, before an index that only had them folded in is measured again: so few cannot move its
mean recall by more than about as much, and to measure costs as much as all rows, not as those that changed. A row that
was replaced counts once."""

TAIL_SHARE = 0.02
"""Rows that came since the index was built wait in a part of their own, which new ones join and a search looks into,
too, until they are this share of the others: to fold them in costs as much as all rows. Then all become one part."""

_MEASURED = ("nprobes", "ef", "refine_factor", "recall", "recall_queries", "p50_ms", "p95_ms", "holds", "steps")
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


def plans_for(rows: int, dimension: int, options: IndexOptions) -> list[Plan]:
    """What to build for `rows` vectors, and the gentler ones to try after it; a flat scan is the last.

    The first is of the kind set; else the largest that makes the saving asked for, or the smallest there is; without a
    saving asked for, 8-bit vectors.
    """
    kind, saving = options.vector_index, options.target_saving
    if rows == 0 or kind == "flat" or (kind == "auto" and rows < options.flat_below):
        return [Plan("flat")]

    def size(plan: Plan) -> float:
        return expected_bytes(plan, rows, dimension)

    partitions = partitions_for(rows)
    products = [Plan("ivf_pq", partitions, m) for m in _sub_vectors(dimension)] if rows >= PQ_MIN_ROWS else []
    bits = [Plan("ivf_rq", partitions)] if dimension % 8 == 0 else []
    if bits:  # built in a tenth of the time, and as good
        products = [plan for plan in products if size(plan) < size(bits[0])] or products[:1]
    gentle = [Plan("ivf_sq", partitions), Plan("ivf_flat", partitions)]
    room = 4 * dimension / saving if saving else size(Plan("ivf_pq", partitions, dimension // 16))
    match kind:
        case "ivf_flat":
            plans = gentle[1:]
        case "ivf_sq":
            plans = gentle
        case "ivf_hnsw_sq":
            # A graph is cut only where it would not be built in memory.
            plans = [Plan(kind, max(1, rows // 1_000_000)), *gentle]
        case "ivf_rq":
            plans = [*bits, *gentle]
        case "ivf_pq":
            plans = [*_from_largest_within(room, products, size), *bits, *gentle] if products else []
        case "auto":
            if saving:
                plans = _from_largest_within(room, sorted([*products, *bits, *gentle], key=size), size)
            else:
                plans = gentle
    return [*plans, Plan("flat")]


def _from_largest_within(room: float, plans: list[Plan], size: Callable[[Plan], float]) -> list[Plan]:
    """`plans`, smallest first, without those before the largest that takes at most `room` bytes per vector."""
    within = sum(size(plan) <= room for plan in plans)
    return plans[max(0, within - 1) :]


def partitions_for(rows: int) -> int:
    """Inverted lists are best about as many as they are long."""
    return max(1, min(8192, round(rows**0.5)))


def expected_bytes(plan: Plan, rows: int, dimension: int) -> float:
    """Bytes per vector of an index of `rows` vectors, a few more than most builds come to."""
    codes = {
        "flat": 4 * dimension,
        "ivf_flat": 4 * dimension + 4,
        "ivf_hnsw_sq": dimension + 200,
        "ivf_sq": dimension + 4,
        "ivf_rq": dimension / 8 + 16,
        "ivf_pq": plan.sub_vectors + 4 + 1024 * dimension / rows,
    }
    # LanceDB stores the middles of product-quantised lists in fewer bytes than four a dimension.
    middle = 2 * dimension if plan.kind == "ivf_pq" else 4 * dimension
    return codes[plan.kind] + plan.partitions * middle / rows


def _sub_vectors(dimension: int) -> list[int]:
    """Bytes that a vector may be quantised into: multiples of 8 that divide the dimension where there are any, up to
    four dimensions in a byte."""
    divisors = [m for m in range(1, dimension // 4 + 1) if dimension % m == 0]
    return [m for m in divisors if m % 8 == 0] or divisors


def build_vector_index(
    tables: Tables,
    column: str,
    options: IndexOptions,
    queries: Vectors | None = None,
    before: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Bring the index of `elements.<column>` up to date and find the point at which it holds the contract.

    `queries` (n, dimension): vectors of real queries, measured beside a sample of the corpus's own. `before`: what this
    returned last; as long as its index stands and at most `SETTLED_SHARE` of the rows came or went since it was
    measured, its measurement stands too. Returns what the release stores: kind, rows, unindexed, dimension, nprobes,
    ef, refine_factor, bytes_per_vector, saving, target_saving_met, saving_note (why it is not), recall, recall_queries,
    p50_ms, p95_ms, holds, built, steps (every point tried), basis (hash of what was measured), changed_rows (since).
    Columns without vectors are flat.
    """
    table = tables.open(ELEMENTS)
    dimension = dimension_of(table.schema.field(column).type)
    rows = vector_count(table, column)
    plans = plans_for(rows, dimension, options)
    plan = _standing(table, column, plans, options) or plans[0]
    came = unindexed_rows(table, column)
    built = _install(tables, column, plan, options)
    basis = _basis(plan, column, options, queries)
    known = before if before is not None and before.get("basis") == basis and not built else None
    changed = 0 if known is None else known["changed_rows"] + max(came, abs(rows - came - known["rows"]))
    if known is not None and changed <= SETTLED_SHARE * rows:
        found = {name: known[name] for name in _MEASURED}
    else:
        changed = 0
        plan, built, found = _measured(tables, column, options, queries, plans, plan, built, known)
        basis = _basis(plan, column, options, queries)
    table = tables.open(ELEMENTS)
    size = _index_bytes(table, column) / rows if plan.kind != "flat" else 4.0 * dimension
    met = not rows or 4 * dimension / size >= options.target_saving
    return {
        "kind": plan.kind,
        "rows": rows,
        "unindexed": unindexed_rows(table, column),
        "dimension": dimension,
        "partitions": plan.partitions,
        "bytes_per_vector": round(size, 1),
        "saving": round(4 * dimension / size, 2),
        "target_saving_met": met,
        "saving_note": "" if met else _why_larger(plan, plans, rows, options),
        **found,
        "built": built,
        "basis": basis,
        "changed_rows": changed,
    }


def _basis(plan: Plan, column: str, options: IndexOptions, queries: Vectors | None) -> str:
    asked = None if queries is None else hashlib.sha256(queries.tobytes()).hexdigest()
    return fingerprint(plan.name(column, options), options.sample, asked)


def _measured(
    tables: Tables,
    column: str,
    options: IndexOptions,
    queries: Vectors | None,
    plans: list[Plan],
    plan: Plan,
    built: bool,
    known: Mapping[str, Any] | None,
) -> tuple[Plan, bool, dict[str, Any]]:
    """Measure the index that stands, and build gentler ones until one holds. `known`: its last measurement, whose point
    is tried first. Returns what stands, whether it was built, and what was measured (`_MEASURED`)."""
    sample = take_sample(tables.open(ELEMENTS), column, options.sample, queries)
    steps: list[dict[str, Any]] = []
    first = None if known is None else OperatingPoint(**{name: known[name] for name in asdict(OperatingPoint())})
    point, recall = _operating_point(tables.open(ELEMENTS), column, plan, sample, options, steps, first)
    while recall.contract < options.min_recall and plan.kind != "flat":
        if built:
            plan = _after(plan, plans)
        # Else the index was trained on older rows: train it on these before a gentler one is taken.
        built = _install(tables, column, plan, options, anew=True)
        point, recall = _operating_point(tables.open(ELEMENTS), column, plan, sample, options, steps)
    latency = measure_latency(tables.open(ELEMENTS), column, sample, asdict(point))
    holds = recall.contract >= options.min_recall
    return plan, built, {**asdict(point), **asdict(recall), **latency, "holds": holds, "steps": steps}


def _why_larger(plan: Plan, plans: list[Plan], rows: int, options: IndexOptions) -> str:
    if options.vector_index == "auto" and rows < options.flat_below:
        return f"fewer than index.flat_below ({options.flat_below}) vectors are scanned as they are"
    if _alike(plan, plans[0]):
        return f"the settings allow no smaller index of {rows} vectors: what it holds beside them counts, too"
    return "smaller ones were built, and did not hold the recall contract"


def _standing(table: LanceTable, column: str, plans: list[Plan], options: IndexOptions) -> Plan | None:
    """The index that an earlier run with these settings settled on, where it fits the rows of today: lists that are
    not twice too many or too few, so that rows may grow or shrink fourfold."""
    for name in index_names(table, column):
        found = _NAME.fullmatch(name)
        if found and found["wanted"] == _wanted(options):
            kind = cast(VectorIndexKind, found["kind"])
            plan = Plan(kind, int(found["partitions"]), int(found["sub_vectors"]))
            if any(_alike(plan, each) and _fits(plan.partitions, each.partitions) for each in plans):
                return plan
    return None


def _fits(partitions: int, wanted: int) -> bool:
    return wanted / 2 <= partitions <= wanted * 2


def _alike(a: Plan, b: Plan) -> bool:
    return (a.kind, a.sub_vectors) == (b.kind, b.sub_vectors)


def _after(plan: Plan, plans: list[Plan]) -> Plan:
    position = next(number for number, each in enumerate(plans) if _alike(plan, each))
    return plans[position + 1]


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
            # A part has the middles of all lists again: an index that has to be small gets none.
            share = 0 if options.target_saving else TAIL_SHARE
            retrying(lambda: _fold_vectors(tables.dataset(ELEMENTS), name, share))
        for other in names:
            if other != name:
                retrying(lambda other=other: tables.open(ELEMENTS).drop_index(other))
    return changed


def _fold_vectors(dataset: LanceDataset, name: str, share: float) -> None:
    """Bring unindexed rows into the index `name`: a second part of up to `share` of the first one's rows, else one."""
    rows = {fragment.fragment_id: fragment.count_rows() for fragment in dataset.get_fragments()}
    parts = index_parts(dataset, name)
    first = sum(rows.get(at, 0) for at in parts[0].fragment_ids)
    small = sum(rows.values()) - first <= share * first
    dataset.optimize.optimize_indices(index_names=[name], num_indices_to_merge=len(parts) - 1 if small else len(parts))


def unindexed_rows(table: LanceTable, column: str) -> int:
    """Rows that the index of `column` does not cover (they are scanned); 0 where there is none."""
    statistics = [table.index_stats(name) for name in index_names(table, column)]
    return max((each.num_unindexed_rows for each in statistics if each), default=0)


def _index_bytes(table: LanceTable, column: str) -> int:
    names = index_names(table, column)
    described = table.to_lance().describe_indices()
    return sum(index.total_size_bytes or 0 for index in described if index.name in names)


def _operating_point(
    table: LanceTable,
    column: str,
    plan: Plan,
    sample: Sample,
    options: IndexOptions,
    steps: list[dict[str, Any]],
    first: OperatingPoint | None = None,
) -> tuple[OperatingPoint, Recall]:
    """`first` if that holds the contract, or the cheapest point that does, else the best one; every one tried goes to
    `steps`."""

    def tried(point: OperatingPoint) -> tuple[OperatingPoint, Recall]:
        recall = measure_recall(table, column, sample, asdict(point))
        steps.append({"kind": plan.kind, "sub_vectors": plan.sub_vectors, **asdict(point), **asdict(recall)})
        return point, recall

    if plan.kind == "flat" or not len(sample):
        return OperatingPoint(), Recall()
    if first is not None:
        again = tried(first)
        if again[1].contract >= options.min_recall:
            return again
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
