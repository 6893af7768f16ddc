"""Documents drawn afresh, extracted and scored: a line for every style, and the bars."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.extraction.drawn.draw import write_all
from benchmarks.extraction.measured import Measured, measure, truths_in
from benchmarks.extraction.score import false_tables_per_100, means

FIRST_FRESH = 1000  # seeds below are for tuning
MEASURES = ("text", "cells", "detection", "figures", "words", "code")
LEAST_OF_A_STYLE = 0.75

# kind of style -> measure -> bar; the lowest that is good enough
BARS: dict[str, dict[str, float]] = {
    "pdf": {"cells": 0.92, "detection": 0.94, "text": 0.97, "figures": 0.95},
    "page image": {"text": 0.93, "cells": 0.80, "figures": 0.80},
    "screenshot": {"words": 0.97},
    "script": {"text": 0.97, "cells": 0.90},
}
MOST_FALSE_TABLES = 1.0  # on a hundred pages without a table


def fresh_seeds(count: int) -> list[int]:
    """Seeds that nobody has tuned on: by chance, from `FIRST_FRESH` to a million."""
    return [FIRST_FRESH + secrets.randbelow(1_000_000 - FIRST_FRESH) for _ in range(count)]


def print_drawn(seeds: list[int], names: list[str], jobs: int, report: Path | None) -> None:
    """Draws every style for every seed, extracts and scores; `report` gets each document's scores as JSON.

    Raises KeyError for a style that is not there.
    """
    print(f"\ndrawn with seeds {' '.join(map(str, seeds))}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        write_all(Path(scratch), [(name, seed) for name in names for seed in seeds], jobs)
        print_folder(Path(scratch), jobs, report)


def print_folder(folder: Path, jobs: int, report: Path | None, names: list[str] | None = None) -> None:
    """Extracts and scores the documents that lie drawn in `folder`, of the styles `names` or of all."""
    truths = [truth for truth in truths_in(folder) if names is None or truth["style"] in names]
    measured, seconds = measure(folder, truths, jobs)
    print_styles(measured)
    print_bars(measured)
    pages = sum(document.truth["pages"] for document in measured)
    print(f"{len(measured)} documents, {pages} pages, {seconds:.0f} s with {jobs} workers")
    if report:
        report.write_text(json.dumps([document.to_json() for document in measured], indent=1), "utf-8")


def print_styles(measured: list[Measured]) -> None:
    by_style: dict[str, list[Measured]] = defaultdict(list)
    for document in measured:
        by_style[document.truth["style"]].append(document)
    print(f"\n{'style':24s}" + "".join(f"{name:>11s}" for name in MEASURES) + "  false tables / pages without")
    for style, documents in by_style.items():
        scores = [document.scores for document in documents]
        shown = [means(scores, name) for name in MEASURES]
        low = any(value is not None and value < LEAST_OF_A_STYLE for value in shown)
        false, pages = (sum(each.get(name, 0) for each in scores) for name in ("false_tables", "empty_pages"))
        line = "".join(f"{'' if value is None else format(value, '.3f'):>11s}" for value in shown)
        print(f"{style:24s}{line}  {f'{false:.0f} / {pages:.0f}' if pages else '':10s}{' LOW' if low else ''}")
        for document in documents:
            if document.failure:
                print(f"    {document.truth['doc_id']} failed: {document.failure[:90]}")


def print_bars(measured: list[Measured]) -> None:
    print(f"\n{'':44s} {'ours':>6s} {'bar':>6s}")
    for kind, bars in BARS.items():
        scores = [document.scores for document in measured if document.truth["kind"] == kind]
        for name, bar in bars.items():
            print_bar(f"{kind}: {name}", means(scores, name), bar)
    drawn = [document.scores for document in measured if document.truth["kind"] in ("pdf", "script")]
    print_bar("false tables on 100 pages without one", false_tables_per_100(drawn), MOST_FALSE_TABLES, most=True)
    lowest = min(_style_means(measured), default=None)
    if lowest:
        print_bar(f"lowest of a style: {lowest[2]} {lowest[1]}", lowest[0], LEAST_OF_A_STYLE)


def print_bar(what: str, value: float | None, bar: float, most: bool = False) -> None:
    if value is not None:
        reached = value <= bar if most else value >= bar
        print(f"{what:44s} {value:6.3f} {bar:6.2f}  {'reached' if reached else 'MISSED'}")


def _style_means(measured: list[Measured]) -> list[tuple[float, str, str]]:
    """(mean, measure, style) of the measures that have a bar."""
    found = []
    for style in {document.truth["style"] for document in measured}:
        documents = [document for document in measured if document.truth["style"] == style]
        for name in BARS[documents[0].truth["kind"]]:
            value = means([document.scores for document in documents], name)
            if value is not None:
                found.append((value, name, style))
    return found
