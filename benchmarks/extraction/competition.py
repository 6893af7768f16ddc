"""The ICDAR 2013 table competition's documents, where they are there: relations, cells and detection."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.extraction.drawn_sets import print_bar
from benchmarks.extraction.measured import measure, truths_in
from benchmarks.extraction.score import means, relations_f1

BARS = {"relations_r": 0.85, "relations_p": 0.85, "cells": 0.82, "detection": 0.90}
RELATIONS_F1 = 0.88


def print_competition(folder: Path, jobs: int, report: Path | None) -> None:
    """`folder` has `docs/*.pdf` and `truth/*.json`; `report` gets each document's scores."""
    measured, seconds = measure(folder, truths_in(folder), jobs)
    print(f"\nICDAR 2013, {len(measured)} documents, {seconds:.0f} s with {jobs} workers")
    print(f"{'document':24s}{'recall':>10s}{'precision':>10s}{'cells':>10s}{'detection':>10s}")
    for document in measured:
        line = "".join(f"{document.scores.get(name, float('nan')):10.3f}" for name in BARS)
        print(f"{document.truth['doc_id']:24s}{line}  {document.failure[:60]}")
    scores = [document.scores for document in measured]
    print_bar("ICDAR 2013: relations F1", relations_f1(scores), RELATIONS_F1)
    for name, bar in BARS.items():
        print_bar(f"ICDAR 2013: {name}", means(scores, name), bar)
    if report:
        report.write_text(json.dumps([document.to_json() for document in measured], indent=1), "utf-8")
