"""Folders of documents extracted as an index run does it, in isolated workers, and scored against their truth."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.extraction.score import score
from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction.common.model import WHOLE_PAGE, Extraction, Reading
from codices.resources.extraction.reading_text import reading_text
from codices.resources.extraction.run import extract_documents
from codices.resources.foundation.failures import Failure
from codices.resources.ocr.apply import apply_readings
from codices.resources.ocr.jobs import PRELOAD, ReadingJob, read_job
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.settings.ocr_options import OcrOptions
from codices.resources.workers.isolation import run_isolated


@dataclass(frozen=True)
class Measured:
    """One document: its truth, what was found, the scores, and why nothing was found (or "")."""

    truth: dict[str, Any]
    found: dict[str, Any]
    scores: dict[str, float]
    failure: str = ""

    def to_json(self) -> dict[str, Any]:
        kept = ("doc_id", "style", "kind", "seed", "engine")
        return {key: self.truth.get(key) for key in kept} | {"scores": self.scores, "failure": self.failure}


def truths_in(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted((folder / "truth").glob("*.json"))]


def measure(folder: Path, truths: list[dict[str, Any]], jobs: int) -> tuple[list[Measured], float]:
    """Every document of `folder/docs` that `truths` names, and the seconds that `jobs` workers took."""
    started = time.monotonic()
    found = dict(extracted(folder / "docs", [truth["file"] for truth in truths], jobs))
    seconds = time.monotonic() - started
    return [_measured(truth, found[truth["file"]]) for truth in truths], seconds


def extracted(folder: Path, files: list[str], jobs: int) -> Iterator[tuple[str, Extraction | Failure]]:
    """Parsed, the pictures of pages and tables read, as `codices extract` does for one file."""
    options = ExtractionOptions(workers=jobs)
    parsed = dict(extract_documents(Corpus(str(folder)), [(file, None) for file in files], options))
    readings = _readings(parsed, options)
    for file, outcome in parsed.items():
        yield file, apply_readings(outcome, readings) if isinstance(outcome, Extraction) else outcome


def _readings(parsed: dict[str, Extraction | Failure], options: ExtractionOptions) -> dict[str, Reading]:
    pictures = {
        picture.image_id: picture
        for outcome in parsed.values()
        if isinstance(outcome, Extraction)
        for picture in outcome.pictures.values()
        if picture.role in ("page", "table")  # a figure's words are not the page's text
    }
    jobs = [ReadingJob("", each.image_id, each.role, each.data, OcrOptions()) for each in pictures.values()]
    readings: dict[str, Reading] = {}
    for job, outcome in run_isolated(
        read_job,
        jobs,
        workers=options.workers or 2,
        timeout_seconds=options.timeout_seconds,
        memory_gib=options.memory_gib,
        preload=PRELOAD,
        stage="ocr",
    ):
        failed = isinstance(outcome, Failure)
        readings[job.image_id] = Reading(job.image_id, failure=outcome) if failed else outcome
    return readings


def prediction(extraction: Extraction) -> dict[str, Any]:
    """What the scorer reads: the text that `codices extract` prints, tables, figures, blocks of code. A picture that is
    read as a page is no figure on it."""
    read = {block.page for block in extraction.blocks}
    figures = [f for f in extraction.figures if f.box != WHOLE_PAGE or f.page not in read]
    return {
        "text": reading_text(extraction),
        "tables": [{"page": table.page, "bbox": table.box, "cells": table.cells} for table in extraction.tables],
        "figures": [{"page": figure.page, "bbox": figure.box} for figure in figures],
        "code": [block.text for block in extraction.blocks if block.kind == "code"],
    }


def _measured(truth: dict[str, Any], outcome: Extraction | Failure) -> Measured:
    if isinstance(outcome, Failure):
        return Measured(truth, {}, score(truth, {}), f"{outcome.kind}: {outcome.message}")
    found = prediction(outcome)
    return Measured(truth, found, score(truth, found))
