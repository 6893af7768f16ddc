"""Extraction against documents whose text, table cells and figure boxes are known: `make bench-extraction`.

Runs the public path (parse, OCR of what needs it, readings applied) on every document of a data folder, scores it
with the folder's scorer, and prints each figure beside its bar. Then the speed on born-digital PDFs, beside
`unstructured`'s fast strategy on the same files where that is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import resource
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import mean
from typing import Any

from resources.extraction.model import Block, Extraction, Table
from resources.extraction.options import ExtractionOptions
from resources.extraction.parse import parse
from resources.extraction.pdf_finish import pieces_of
from resources.ocr import apply_readings, read_picture
from resources.ocr.options import OcrOptions

EXACT = ("generated-exact", "format-exact")
Scores = dict[str, dict[str, float]]

# (what, measure, which documents, bar)
BARS: tuple[tuple[str, str, Callable[[dict[str, Any]], bool], float], ...] = (
    (
        "text similarity, exact truth, born digital and Office",
        "text_sim",
        lambda truth: truth["truth_quality"] in EXACT and truth["format"] != "scan",
        0.98,
    ),
    (
        "table cell F1, exact by their format",
        "cell_f1",
        lambda truth: truth["truth_quality"] == "format-exact",
        0.97,
    ),
    (
        "table cell F1, generated PDFs",
        "cell_f1",
        lambda truth: truth["truth_quality"] == "generated-exact" and truth["format"] == "pdf",
        0.90,
    ),
    (
        "table cell F1, scans and table images",
        "cell_f1",
        lambda truth: truth["format"] in ("scan", "image"),
        0.60,
    ),
    (
        "figure F1 at IoU .5, generated",
        "fig_f1",
        lambda truth: truth["truth_quality"] == "generated-exact",
        0.96,
    ),
    (
        "figure F1 at IoU .5, other tools' boxes on real PDFs",
        "fig_f1",
        lambda truth: truth["truth_quality"] == "model-silver",
        0.80,
    ),
    ("text similarity, scanned pages", "text_sim", lambda truth: truth["format"] == "scan", 0.95),
    (
        "text similarity, other tools' text of real PDFs (no bar: not the truth)",
        "text_sim",
        lambda truth: truth["truth_quality"] == "model-silver",
        0.0,
    ),
)


def extract(path: Path) -> tuple[Extraction, float, float]:
    """The finished extraction of one file, and the seconds that parsing and OCR took."""

    def read_link(target: str) -> bytes | None:
        linked = (path.parent / target).resolve()
        inside = linked.is_relative_to(path.parent.resolve()) and linked.is_file()
        return linked.read_bytes() if inside else None

    start = time.perf_counter()
    extraction = parse(path, path.name, ExtractionOptions(), read_link)
    parsed = time.perf_counter()
    readings = {
        picture.image_id: read_picture(picture.data, picture.role, OcrOptions())
        for picture in extraction.pictures.values()
        if picture.role != "figure"
    }
    extraction = apply_readings(extraction, readings)
    return extraction, parsed - start, time.perf_counter() - parsed


def prediction(extraction: Extraction) -> dict[str, Any]:
    """What the scorer reads: text in reading order (headers and footers left out), tables, figures."""
    parts = []
    for piece in pieces_of(extraction):
        if isinstance(piece, Block) and piece.kind not in ("header", "footer"):
            parts.append(piece.text)
        elif isinstance(piece, Table):
            parts += [" ".join(cell for cell in row if cell) for row in piece.cells]
    return {
        "text": "\n".join(parts),
        "tables": [{"page": t.page, "bbox": t.box, "cells": t.cells} for t in extraction.tables],
        "figures": [{"page": f.page, "bbox": f.box} for f in extraction.figures],
    }


def scorer_at(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location("score_extraction", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def print_quality(truths: list[dict[str, Any]], scores: Scores) -> None:
    print(f"\n{'':58s} {'ours':>6s} {'bar':>6s}  documents")
    for what, measure, chosen, bar in BARS:
        values = [
            scores[truth["doc_id"]][measure] for truth in truths if chosen(truth) and measure in scores[truth["doc_id"]]
        ]
        if values:
            value = mean(values)
            mark = "" if not bar else "reached" if value >= bar else "MISSED"
            print(f"{what:58s} {value:6.3f} {bar or '':>6}  {len(values):<3d} {mark}")


def print_speed(paths: Iterable[Path]) -> None:
    """Pages a second and core on born-digital PDFs; the layout model's share apart."""
    from resources.extraction import pdf_page

    spent = 0.0
    find_regions = pdf_page.find_regions

    def timed(image: Any) -> Any:
        nonlocal spent
        start = time.process_time()
        try:
            return find_regions(image)
        finally:
            spent += time.process_time() - start

    pdf_page.find_regions = timed
    print(
        f"\n{'pages per second and core':40s} {'ours':>8s} {'without layout':>15s} {'unstructured':>13s} {'ratio':>7s}"
    )
    try:
        for path in paths:
            spent = 0.0
            start = time.process_time()
            pages = len(parse(path, path.name, ExtractionOptions(), lambda target: None).pages)
            seconds = time.process_time() - start
            other = unstructured_seconds(path)
            bare = max(seconds - spent, 1e-9)
            values = [pages / seconds, pages / bare]
            values += [pages / other, other / seconds, other / bare] if other else []
            print(f"{path.name:36s}" + "".join(f" {value:20.1f}" for value in values))
    finally:
        pdf_page.find_regions = find_regions


def unstructured_seconds(path: Path) -> float | None:
    """Processor seconds of `unstructured`'s fast strategy, its sentence model replaced by a blank one: the fastest
    way to run it without a model hub. None where its PDF part is not installed."""
    try:
        import spacy  # pyright: ignore[reportMissingImports] - an extra: benchmarks
        import unstructured.nlp.tokenize as tokenize  # pyright: ignore[reportMissingImports] - an extra: benchmarks
        from unstructured.partition.pdf import partition_pdf  # pyright: ignore[reportMissingImports] - an extra: benchmarks
    except ImportError:
        return None
    if not hasattr(unstructured_seconds, "ready"):
        blank = spacy.blank("en")
        blank.add_pipe("sentencizer")
        tokenize._get_nlp = lambda: blank  # pyright: ignore[reportPrivateUsage]
        partition_pdf(str(path), strategy="fast")
        unstructured_seconds.ready = True  # pyright: ignore[reportFunctionMemberAccess]
    start = time.process_time()
    partition_pdf(str(path), strategy="fast")
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/extraction"))
    parser.add_argument("--scorer", type=Path, default=Path("../shared/data/scorers/score_extraction.py"))
    parser.add_argument("--predictions", type=Path, help="write the scorer's input here as well")
    parser.add_argument("--no-speed", action="store_true")
    arguments = parser.parse_args()
    if not (arguments.data / "truth").is_dir() or not arguments.scorer.is_file():
        raise SystemExit(f"no documents with truth at {arguments.data}, or no scorer at {arguments.scorer}")
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    scorer = scorer_at(arguments.scorer)
    truths = [json.loads(path.read_text("utf-8")) for path in sorted((arguments.data / "truth").glob("*.json"))]
    scores: Scores = {}
    predictions = {}
    print(f"{'document':44s} {'parse s':>8s} {'OCR s':>7s}  scores")
    for truth in truths:
        extraction, parse_seconds, ocr_seconds = extract(arguments.data / "docs" / truth["file"])
        predictions[truth["doc_id"]] = prediction(extraction)
        found = scorer.score_doc(truth, predictions[truth["doc_id"]])
        scores[truth["doc_id"]] = {key: value for key, value in found.items() if not key.startswith("_")}
        shown = " ".join(f"{key} {value:.3f}" for key, value in scores[truth["doc_id"]].items())
        print(f"{truth['doc_id']:44s} {parse_seconds:8.2f} {ocr_seconds:7.2f}  {shown}", flush=True)
    if arguments.predictions:
        arguments.predictions.write_text(json.dumps(predictions), "utf-8")
    print_quality(truths, scores)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    if not arguments.no_speed:
        print_speed(arguments.data / "docs" / truth["file"] for truth in truths if truth["format"] == "pdf")


if __name__ == "__main__":
    main()
