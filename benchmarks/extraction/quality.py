"""How much of documents is found whose text, table cells and figure boxes are known, scored by their own scorer."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from typing import Any

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.parse import parse
from codices.resources.extraction.reading_text import reading_text
from codices.resources.ocr.apply import apply_readings
from codices.resources.ocr.reading import read_picture
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.settings.ocr_options import OcrOptions

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
        if picture.role in ("page", "table")
    }
    extraction = apply_readings(extraction, readings)
    return extraction, parsed - start, time.perf_counter() - parsed


def prediction(extraction: Extraction) -> dict[str, Any]:
    """What the scorer reads: the text that `codices extract` prints, tables, figures."""
    return {
        "text": reading_text(extraction),
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


def print_scores(data: Path, scorer_file: Path, predictions_file: Path | None) -> None:
    """Extracts and scores every document of `data`, a line each, then prints the means beside their bars."""
    scorer = scorer_at(scorer_file)
    truths = read_truths(data)
    scores: Scores = {}
    predictions = {}
    print(f"{'document':44s} {'parse s':>8s} {'OCR s':>7s}  scores")
    for truth in truths:
        extraction, parse_seconds, ocr_seconds = extract(data / "docs" / truth["file"])
        predictions[truth["doc_id"]] = prediction(extraction)
        found = scorer.score_doc(truth, predictions[truth["doc_id"]])
        scores[truth["doc_id"]] = {key: value for key, value in found.items() if not key.startswith("_")}
        shown = " ".join(f"{key} {value:.3f}" for key, value in scores[truth["doc_id"]].items())
        print(f"{truth['doc_id']:44s} {parse_seconds:8.2f} {ocr_seconds:7.2f}  {shown}", flush=True)
    if predictions_file:
        predictions_file.write_text(json.dumps(predictions), "utf-8")
    print_quality(truths, scores)


def read_truths(data: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted((data / "truth").glob("*.json"))]
