"""Is the fused ranking better than each leg alone, and what does it cost? `python -m benchmarks.retrieval`.

Quality: judged queries over indexes made from files by the whole pipeline, nDCG@10 of the fused ranking beside its legs
alone, beside the convex combination and equal-weight RRF, with the paired interval against the best leg. Speed: hybrid
search over 100,000 elements against the raw LanceDB calls it makes, side by side in one process.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from codices.resources.encoders import EncoderOptions, load_text_encoder
from codices.resources.index.building import build_indexes
from codices.resources.index.lance_store import one_of
from codices.resources.index.measurement import vector_query
from codices.resources.index.releases import cut_release
from codices.resources.index.schema import elements_schema
from codices.resources.index.tables import open_tables
from codices.resources.search import Index, open_index
from codices.resources.search.evaluation.learning import calibrate
from codices.resources.search.evaluation.metrics import interval, per_query
from codices.resources.search.evaluation.retrieve import retrieve_queries
from codices.resources.search.query.queries import QueryRow, read_judgements, read_queries
from codices.resources.search.release_settings import release_settings
from codices.resources.search.results import HIT_COLUMNS
from codices.resources.settings.index_options import IndexOptions
from codices.resources.settings.levels import Level
from codices.resources.settings.search_options import SearchOptions

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
LEGS = ("bm25", "text_vector", "image_vector")
SETS = ("docs-figures", "scifact", "examples", "speed")
SPEED_QUERIES = 200


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with docs-figures and scifact")
    parser.add_argument("--only", choices=SETS, action="append")
    parser.add_argument("--homes", type=Path, help="keep the indexes here, and use those that are there")
    parser.add_argument("--elements", type=int, default=100_000, help="of the speed measurement")
    arguments = parser.parse_args()
    chosen = arguments.only or SETS
    with tempfile.TemporaryDirectory() as scratch:
        homes = arguments.homes or Path(scratch)
        homes.mkdir(parents=True, exist_ok=True)
        if "docs-figures" in chosen:
            docs_figures(arguments.data / "docs-figures", homes)
        if "scifact" in chosen:
            scifact(arguments.data / "scifact", homes)
        if "examples" in chosen:
            examples(homes)
        if "speed" in chosen:
            speed(homes, arguments.elements)


def docs_figures(data: Path, homes: Path) -> None:
    index = indexed(data / "corpus_noalt", homes / "docs-figures")
    queries, judged = read_queries(data / "queries.jsonl"), read_judgements(data / "qrels.tsv")
    overlap = {
        row["id"]: row.get("filename_overlap", 0.0)
        for row in map(json.loads, (data / "queries.jsonl").read_text(encoding="utf-8").splitlines())
    }
    alt, natural, identifier = ([q for q in queries if q.type == kind] for kind in ("alt", "natural", "identifier"))
    unnamed = [query for query in alt if not overlap[query.id]]
    print("\ndocs-figures: one hit is a figure's file or a page")
    heading()
    quality(index, "alt -> figure", alt, judged, "source", "figure")
    quality(index, "  no word of the file's name", unnamed, judged, "source", "figure")
    quality(index, "natural -> figure", natural, judged, "source", "figure")
    quality(index, "identifier -> page or figure", identifier, judged, "source", None)
    quality(index, "alt, all in one ranking", alt, judged, "source", None)
    quality(index, "natural, all in one ranking", natural, judged, "source", None)
    calibrated(index, queries, judged, "source")


def scifact(data: Path, homes: Path) -> None:
    corpus = homes / "scifact-files"
    if not corpus.exists():
        corpus.mkdir(parents=True)
        for line in (data / "corpus.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            (corpus / f"{row['id']}.md").write_text(f"# {row['title']}\n\n{row['text']}\n", encoding="utf-8")
    index = indexed(corpus, homes / "scifact")
    queries = read_queries(data / "queries_train.jsonl")
    judged = {
        query: {f"{name}.md": grade for name, grade in grades.items()}
        for query, grades in read_judgements(data / "qrels_train.tsv").items()
    }
    print("\nSciFact: one hit is an abstract")
    heading()
    quality(index, "claim -> abstract", queries, judged, "document", None)
    calibrated(index, queries, judged, "document")


def examples(homes: Path) -> None:
    folder = Path(__file__).resolve().parents[1] / "examples"
    index = indexed(folder / "corpus", homes / "examples")
    queries, judged = read_queries(folder / "queries.jsonl"), read_judgements(folder / "qrels.tsv")
    print("\nexamples/corpus: one hit is a figure's file or a document")
    heading()
    quality(index, "question -> source", queries, judged, "source", None)
    calibrated(index, queries, judged, "source")


def indexed(corpus: Path, home: Path) -> Index:
    """The corpus through the whole pipeline, as a user would do it."""
    if not (home / "lancedb").exists():
        print(f"indexing {corpus.name} ...", file=sys.stderr)
        command = [
            sys.executable,
            "-m",
            "codices.pipelines.commands.command_line",
            "index",
            str(corpus),
            "--home",
            str(home),
        ]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return open_index(home)


def heading() -> None:
    names = f"{'fused':>8}{'convex':>8}{'bm25':>8}{'text':>8}{'image':>8}{'RRF 1:1':>9}{'R@10':>7}"
    print(f"{'':30}{'n':>5}{names}   fused - best leg")


def quality(
    index: Index,
    name: str,
    queries: Sequence[QueryRow],
    judged: Mapping[str, Mapping[str, int]],
    level: Level,
    modality: str | None,
) -> None:
    """One line: nDCG@10 of the fused ranking, by convex fusion, by each leg alone, by equal-weight RRF; R@10."""
    asked = [replace(query, modality=modality) for query in queries]
    wanted = {query.id: judged[query.id] for query in asked if query.id in judged}

    def scored(**options: Any) -> dict[str, dict[str, float]]:
        ranked = retrieve_queries(reopened(index, **options), asked, level=level)
        return per_query(ranked, wanted)

    fused, convex = scored(), scored(fusion="convex")["nDCG@10"]
    alone = {leg: scored(weights=only(leg))["nDCG@10"] for leg in LEGS}
    equal = scored(fusion="rrf", k=60, weights={"bm25": 1, "text_vector": 1, "identifiers": 0, "phrases": 0})["nDCG@10"]
    best = max(alone.values(), key=mean)
    change = interval(np.array([fused["nDCG@10"][query] - best[query] for query in fused["nDCG@10"]]))
    values = "".join(f"{mean(alone[leg]):8.3f}" for leg in LEGS)
    print(
        f"{name:30}{len(wanted):5}{mean(fused['nDCG@10']):8.3f}{mean(convex):8.3f}{values}{mean(equal):9.3f}{mean(fused['R@10']):7.3f}"
        f"   {change['mean']:+.3f} ({change['low']:+.3f} to {change['high']:+.3f})"
    )


def only(leg: str) -> dict[str, float]:
    return {name: float(name == leg) for name in (*LEGS, "identifiers", "phrases")}


def reopened(index: Index, **options: Any) -> Index:
    """The same release under other search settings, its encoders shared."""
    other = Index(index.opened, SearchOptions(**options))
    other.encoder = index.encoder
    return other


def mean(values: Mapping[str, float]) -> float:
    return statistics.fmean(values.values()) if values else math.nan


def calibrated(
    index: Index, queries: Sequence[QueryRow], judged: Mapping[str, Mapping[str, int]], level: Level
) -> None:
    found = calibrate(index, queries, judged, level=level)
    if found is None:
        return
    gain = found.gain
    print(
        f"cross-validated: {found.held_out:.3f}, default {found.default:.3f}, gain {gain['mean']:+.4f} "
        f"({gain['low']:+.4f} to {gain['high']:+.4f}), {'adopted' if found.adopted else 'default kept'}, "
        f"optimism {found.optimism:+.4f}; types count the same"
    )


def speed(homes: Path, number: int) -> None:
    """Hybrid search and the raw calls in turns, query by query: what a busy machine does to one it does to both."""
    home = homes / f"speed-{number}"
    if not home.exists():
        synthetic(home, number)
    index = open_index(home)
    queries = [" ".join(words(np.random.default_rng(seed), 4)) for seed in range(SPEED_QUERIES)]
    index.search(queries[0])
    vectors = dict(zip(queries, index.encoder.texts(queries, "text_vector"), strict=True))
    ours: list[float] = []
    raw: list[float] = []
    for query in queries[1:]:
        raw.append(timed(lambda query=query: raw_calls(index, query, vectors[query])))
        ours.append(timed(lambda query=query: index.search(query)))
    encode = [
        timed(lambda query=query: index.encoder.texts([f"{query} again"], "text_vector")) for query in queries[:50]
    ]
    p50, raw_p50 = statistics.median(ours), statistics.median(raw)
    print(f"\n{number:,} elements, hybrid search of 4 words, 10 hits, model loaded, milliseconds")
    print(f"{'':34}{'p50':>8}{'p95':>8}")
    for name, values in (
        ("codices, query vector known", ours),
        ("raw LanceDB calls", raw),
        ("encoding a query", encode),
    ):
        print(f"{name:34}{1000 * statistics.median(values):8.1f}{1000 * float(np.quantile(values, 0.95)):8.1f}")
    print(f"p50 ratio: {p50 / raw_p50:.2f}")


def raw_calls(index: Index, query: str, vector: np.ndarray) -> None:
    """What a hybrid search asks of LanceDB, one after the other, as a script would: words, vectors, the hits' rows."""
    depth, table = index.options.depth, index.elements
    found = table.search(query, query_type="fts", fts_columns="text").limit(depth)
    ids = found.select(["element_id", "_score"]).to_arrow().column("element_id").to_pylist()
    near = vector_query(table, "text_vector", vector, index.operating_points.get("text_vector", {})).limit(depth)
    ids += near.select(["element_id", "_distance"]).to_arrow().column("element_id").to_pylist()
    table.search().where(one_of("element_id", ids[:10])).select(HIT_COLUMNS).limit(10).to_arrow()


def timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def words(random: np.random.Generator, number: int) -> list[str]:
    """Made-up words, frequent ones first, as in any language (Zipf); of letters, so that none looks like an identifier,
    which would be looked up as well."""
    return [_word(rank) for rank in np.minimum(random.zipf(1.3, number), 30_000)]


def _word(rank: int) -> str:
    letters = ""
    while rank:
        rank, letter = divmod(rank, 26)
        letters += chr(ord("a") + letter)
    return f"w{letters}x"


def synthetic(home: Path, number: int) -> None:
    """Vectors lie around those of texts as queries are, so that queries meet full lists, as they do in a corpus."""
    random = np.random.default_rng(1)
    encoder = load_text_encoder(EncoderOptions())
    centres = encoder.encode([" ".join(words(np.random.default_rng(seed), 4)) for seed in range(1000, 1400)])
    dimension = centres.shape[1]
    tables = open_tables(home / "lancedb")
    tables.ensure(text_dimension=dimension, image_dimension=dimension)
    schema = elements_schema(dimension, dimension)
    rows: list[dict[str, Any]] = []
    for position in range(number):
        vector = centres[random.integers(len(centres))] + random.normal(scale=0.03, size=dimension)
        rows.append(
            {
                "element_id": f"{position:024x}",
                "doc_id": f"{position // 20:024x}",
                "path": f"guide/{position // 20}.md",
                "shard": "0",
                "modality": "text",
                "ordinal": position % 20,
                "pages": [1 + position % 20],
                "boxes": [{"page": 1, "x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.3}],
                "heading_path": words(random, 3),
                "text": " ".join(words(random, 120)),
                "identifiers": [f"id-{position}"],
                "text_vector": (vector / np.linalg.norm(vector)).astype(np.float32),
                "content_key": f"{position:x}",
            }
        )
    fields = pa.schema([field for field in schema if field.name in rows[0]])
    tables.replace_shard("elements", "0", pa.Table.from_pylist(rows, schema=fields))
    report = build_indexes(tables, IndexOptions())
    cut_release(tables, metrics={}, settings=release_settings(EncoderOptions(), SearchOptions(), index_report=report))


if __name__ == "__main__":
    main()
