"""The whole search against the LanceDB calls it makes, and readers under promotions."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from benchmarks.index.corpus import MadeVectors, Vectors
from benchmarks.index.measured import bar, filled, peak_memory_gib, percentiles, show
from codices.resources.index.building import build_indexes
from codices.resources.index.maintenance import table_status
from codices.resources.index.measurement import vector_query
from codices.resources.index.releases import cut_release, open_release, promote
from codices.resources.index.schema import ELEMENTS, VECTOR_COLUMNS
from codices.resources.search.index import Index
from codices.resources.settings.index_options import IndexOptions
from codices.resources.settings.search_options import SearchOptions

_QUERIES = 10**6
_DEPTH = 100


class _Vectors:
    """An encoder that hands out made vectors: what is measured is the index, not a model."""

    name = "made"
    digest = "made"
    max_tokens = 256

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self._next = 0
        self.dimension = vectors.shape[1]

    def encode(self, texts: Sequence[str]) -> Vectors:
        self._next += len(texts)
        return np.stack([self._vectors[(self._next + n) % len(self._vectors)] for n in range(len(texts))])

    def encode_documents(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def token_spans(self, text: str) -> list[tuple[int, int]]:
        return []

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self.encode(texts)

    def encode_images(self, images: Iterable[bytes]) -> Vectors:
        return self.encode(["" for _ in images])

    def stream_images(self, images: Iterable[bytes]) -> Iterator[Vectors]:
        yield self.encode_images(images)


def large(rows: int, dimension: int) -> None:
    """Build time, bytes, hybrid latency and peak memory of one large index."""
    text, image = MadeVectors(dimension), MadeVectors(dimension, seed=1)
    queries = {"text_vector": text.take(200, _QUERIES), "image_vector": image.take(200, _QUERIES)}
    start = time.perf_counter()
    with filled(rows, text, dimension, image) as tables:
        written = time.perf_counter() - start
        report = build_indexes(tables, IndexOptions(), queries)
        points = {
            column: {key: report[column][key] for key in ("nprobes", "ef", "refine_factor")}
            for column in VECTOR_COLUMNS
        }
        encoder = {"name": "made", "digest": "made", "dimension": dimension}
        settings = {
            "profile": "made",
            "operating_points": points,
            "text_encoder": encoder,
            "image_encoder": encoder,
        }
        cut_release(tables, "bench", metrics=report, settings=settings)
        memory = peak_memory_gib()
        index = Index(
            open_release(tables, "bench"),
            SearchOptions(weights={"bm25": 1, "text_vector": 1, "image_vector": 1}),
            text_encoder=_Vectors(queries["text_vector"]),
            image_encoder=_Vectors(queries["image_vector"]),
        )
        words = [f"w{100 + 7 * n} w{1000 + 13 * n} w{20 + n}" for n in range(200)]
        table = index.elements

        def legs(n: int) -> None:
            table.search(words[n], query_type="fts").limit(_DEPTH).select(["element_id", "_score"]).to_arrow()
            for column in VECTOR_COLUMNS:
                query = vector_query(table, column, queries[column][n], points[column]).limit(_DEPTH)
                query.select(["element_id", "_distance"]).to_arrow()

        raw = percentiles(legs, 200)
        hybrid = percentiles(lambda n: index.search(words[n]), 200)
        status = table_status(tables)[ELEMENTS]
    show(
        f"Large: {rows:,} x {dimension} text vectors, a quarter with image vectors",
        ["measure", "value"],
        [
            ["write, 16 commits, s", written],
            ["all indexes and their measurement, s", report["seconds"]],
            ["table, bytes per row", status["bytes"] / rows],
            *([f"{c}: {report[c]['kind']}, bytes per vector", report[c]["bytes_per_vector"]] for c in VECTOR_COLUMNS),
            *([f"{c}: recall@10", report[c]["recall"]] for c in VECTOR_COLUMNS),
            ["raw LanceDB legs one after another, p50 ms", raw[0]],
            ["raw, p95 ms", raw[1]],
            ["search() with fusion and rows, p50 ms", hybrid[0]],
            ["search(), p95 ms", hybrid[1]],
            ["peak memory after the build, GiB", memory],
            ["peak memory after searching, GiB", peak_memory_gib()],
        ],
    )
    bar(f"hybrid p50 is {hybrid[0] / raw[0]:.2f} x of its raw legs (bar 1.3)", hybrid[0] <= 1.3 * raw[0])


def readers(rows: int, searches: int) -> None:
    """Promotions and rollbacks while readers open `latest` and search: every answer must be one release's."""
    made = MadeVectors(64)
    queries = made.take(200, _QUERIES)
    with filled(rows, made, 64) as tables:
        build_indexes(tables, IndexOptions())
        cut_release(tables, "old", metrics={}, settings={})
        for shard in range(8):
            tables.open(ELEMENTS).delete(f"shard = '{shard:02x}'")
        cut_release(tables, "new", metrics={}, settings={})
        expected = {name: open_release(tables, name).elements.count_rows() for name in ("old", "new")}
        seen: Counter[str] = Counter()
        faults: list[str] = []
        left = iter(range(searches))

        def read() -> None:
            for number in left:
                try:
                    opened = open_release(tables)
                    hits = vector_query(opened.elements, "text_vector", queries[number % 200], {}).limit(10)
                    shards = hits.select(["shard", "_distance"]).to_arrow().column("shard").to_pylist()
                    counted = opened.elements.count_rows()
                    if counted != expected[opened.name] or (opened.name == "new" and min(shards) < "08"):
                        faults.append(f"{opened.name} has {counted} rows, {sorted(set(shards))}")
                    seen[opened.name] += 1
                except Exception as error:  # every error of a reader is a fault of the index, whatever it is
                    faults.append(repr(error))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        turns = 0
        while any(thread.is_alive() for thread in threads):
            promote(tables, ("old", "new")[turns % 2])
            turns += 1
            time.sleep(0.05)
    show(
        f"Readers under promotion, {rows:,} rows",
        ["searches", "promotions", "answers", "faults"],
        [[sum(seen.values()), turns, dict(seen), faults[:3] or 0]],
    )
    bar(f"{len(faults)} errors or mixed results in {searches:,} searches", not faults)
