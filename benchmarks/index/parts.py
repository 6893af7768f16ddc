"""Quantisation, growth, dimensions and centring: what LanceDB's indexes do under the recall contract."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import numpy as np

from benchmarks.index.corpus import MadeVectors, Vectors
from benchmarks.index.measured import bar, filled, percentiles, show
from codices.resources.index.full_text import build_full_text_indexes
from codices.resources.index.measurement import measure_latency, measure_recall, take_sample, vector_query
from codices.resources.index.schema import ELEMENTS
from codices.resources.index.tables import Tables
from codices.resources.index.vector_indexes import build_vector_index
from codices.resources.settings.index_options import IndexOptions

_QUERIES = 10**6


def _built(tables: Tables, options: IndexOptions, queries: Vectors) -> tuple[dict[str, Any], float]:
    start = time.perf_counter()
    report = build_vector_index(tables, "text_vector", options, queries)
    return report, time.perf_counter() - start


def quantisation(rows: int, dimension: int) -> None:
    """Every kind of index at its operating point: bytes, recall on held-out queries, latency."""
    made = MadeVectors(dimension)
    queries = made.take(200, _QUERIES)
    asked = {
        "flat": IndexOptions(vector_index="flat"),
        "ivf_flat": IndexOptions(vector_index="ivf_flat"),
        "auto": IndexOptions(flat_below=0),
        "ivf_hnsw_sq": IndexOptions(vector_index="ivf_hnsw_sq"),
        "saving 12x": IndexOptions(target_saving=12, flat_below=0),
        "saving 30x": IndexOptions(target_saving=30, flat_below=0),
    }
    lines, reports = [], {}
    with filled(rows, made, dimension) as tables:
        for name, options in asked.items():
            report, seconds = _built(tables, options, queries)
            reports[name] = report
            lines.append(
                [
                    name,
                    report["kind"],
                    report["bytes_per_vector"],
                    f"{report['saving']}x",
                    min(report["recall"], report["recall_queries"] or 1.0),
                    f"nprobes {report['nprobes']} of {report['partitions']} ef {report['ef']} "
                    f"refine {report['refine_factor']}",
                    report["p50_ms"],
                    report["p95_ms"],
                    seconds,
                ]
            )
    show(
        f"Quantisation, {rows:,} x {dimension}: recall@10, the lower of the corpus's own rows and 200 held-out queries",
        [
            "asked",
            "index",
            "bytes/vector",
            "saving",
            "recall",
            "operating point",
            "p50 ms",
            "p95 ms",
            "build+measure s",
        ],
        lines,
    )
    auto, smallest, raw = reports["auto"], reports["saving 30x"], reports["ivf_flat"]
    ratio = auto["p50_ms"] / raw["p50_ms"]
    bar(f"recall >= .99 at {auto['saving']}x (bar 3.9x)", auto["holds"] and auto["saving"] >= 3.9)
    bar(f"its p50 is {ratio:.2f} x that of flat IVF (bar 1.5)", ratio <= 1.5)
    bar(
        f"recall {smallest['recall']} at {smallest['saving']}x, {smallest['bytes_per_vector']} bytes/vector (bar 30x)",
        smallest["holds"] and smallest["saving"] >= 30,
    )


def growth(sizes: list[int], dimension: int) -> None:
    """p50 of the default index over the number of rows, vectors and full text."""
    made = MadeVectors(dimension)
    queries = made.take(200, _QUERIES)
    lines = []
    for rows in sizes:
        with filled(rows, made, dimension) as tables:
            report, _ = _built(tables, IndexOptions(), queries)
            build_full_text_indexes(tables, ELEMENTS, IndexOptions())
            table = tables.open(ELEMENTS)
            near = partial(vector_query, table, "text_vector", point=report)
            vector = percentiles(
                lambda n, near=near: near(queries[n]).limit(10).select(["element_id", "_distance"]).to_arrow(), 200
            )
            words = [f"w{100 + 7 * n} w{1000 + 13 * n} w{20 + n}" for n in range(200)]
            full_text = percentiles(
                lambda n, table=table, words=words: (
                    table.search(words[n], query_type="fts").limit(10).select(["element_id", "_score"]).to_arrow()
                ),
                200,
            )
            lines.append([f"{rows:,}", report["kind"], report["recall"], *vector, *full_text])
    show(
        f"Growth, d = {dimension}, default settings",
        ["rows", "index", "recall", "vector p50 ms", "p95", "BM25 p50 ms", "p95"],
        lines,
    )
    for name, column in (("vector", 3), ("BM25", 5)):
        ratio = float(lines[-1][column]) / float(lines[0][column])
        bar(f"{name} p50 grows {ratio:.2f} x from {lines[0][0]} to {lines[-1][0]} rows (bar 4)", ratio <= 4)


def dimensions(rows: int, full: int, shorter: list[int]) -> None:
    """What a smaller dimension costs: recall@10 against the neighbours that the full vectors have."""
    made = MadeVectors(full)
    vectors, queries = made.take(rows, 0), made.take(200, _QUERIES)
    exact = np.argpartition(-(queries @ vectors.T), 10, axis=1)[:, :10]
    sample = vectors[:20_000]
    mean = sample.mean(0)
    axes = np.linalg.eigh((sample - mean).T @ (sample - mean))[1][:, ::-1]
    lines = []
    for dimension in [*shorter, full]:
        for method in ("truncated", "pca"):
            project = np.eye(full, dimension, dtype=np.float32) if method == "truncated" else axes[:, :dimension]
            small, small_queries = _unit(vectors @ project), _unit(queries @ project)
            found = np.argpartition(-(small_queries @ small.T), 100, axis=1)[:, :100]
            order = np.take_along_axis(-(small_queries @ small.T), found, axis=1).argsort(axis=1)
            found = np.take_along_axis(found, order, axis=1)
            ten, hundred = (
                np.mean([len(set(a) & set(b[:depth])) / 10 for a, b in zip(exact, found, strict=True)])
                for depth in (10, 100)
            )
            p50, _ = percentiles(lambda n, s=small, q=small_queries: s @ q[n], 50)
            lines.append([dimension, method, 4 * dimension, 4 * dimension * rows / 2**20, ten, hundred, p50])
    show(
        f"Dimension, {rows:,} vectors of {full}: recall of the full vectors' ten neighbours",
        ["dimension", "method", "bytes/vector", "MiB", "recall@10", "in the first 100", "exact scan p50 ms"],
        lines,
    )


def _unit(vectors: Vectors) -> Vectors:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class _Centred(MadeVectors):
    """The same vectors less their mean, made unit length again."""

    def take(self, number: int, stream: int) -> Vectors:
        return _unit(super().take(number, stream) - MadeVectors.take(self, 20_000, 7).mean(0))


def centring(rows: int, dimension: int) -> None:
    """Whether vectors less their mean survive one-bit quantisation better than vectors as they are."""
    lines = []
    for name, made in (("as they are", MadeVectors(dimension)), ("less their mean", _Centred(dimension))):
        with filled(rows, made, dimension) as tables:
            options = IndexOptions(vector_index="ivf_rq", min_recall=0.01)
            report, _ = _built(tables, options, made.take(200, _QUERIES))
            table = tables.open(ELEMENTS)
            sample = take_sample(table, "text_vector", 1, made.take(200, _QUERIES))
            for refine in (1, 2, 5, 10):
                point = {"nprobes": report["partitions"], "refine_factor": refine}
                recall = measure_recall(table, "text_vector", sample, point).recall_queries
                lines.append([name, refine, recall, measure_latency(table, "text_vector", sample, point)["p50_ms"]])
    show(
        f"Centring before one-bit quantisation, {rows:,} x {dimension}, all lists looked at",
        ["vectors", "refine", "recall@10", "p50 ms"],
        lines,
    )
