"""`make bench-extraction`: what is found in documents whose content is known, in scans, in bad and in long files, and
how fast. Some documents with truth come from a data folder, where it is there; everything else is made here. Documents
are drawn with fresh seeds on every run, which are printed; give `--exact-seeds` to draw the same ones again.
"""

from __future__ import annotations

import argparse
import os
import resource
from pathlib import Path

from benchmarks.extraction.competition import print_competition
from benchmarks.extraction.drawn.styles import STYLES
from benchmarks.extraction.drawn_sets import fresh_seeds, print_drawn, print_folder
from benchmarks.extraction.limits import print_bad_inputs, print_long_document
from benchmarks.extraction.quality import print_scores, read_truths
from benchmarks.extraction.scans import print_scans
from benchmarks.extraction.speed import print_speed

PARTS = ("drawn", "icdar2013", "quality", "scans", "bad-inputs", "long", "speed")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/extraction"))
    parser.add_argument("--scorer", type=Path, default=Path("../shared/data/scorers/score_extraction.py"))
    parser.add_argument("--predictions", type=Path, help="write the scorer's input here as well")
    parser.add_argument("--icdar2013", type=Path, default=Path("../shared/data/icdar2013"))
    parser.add_argument("--seeds", type=int, default=3, help="how many fresh seeds each style is drawn with")
    parser.add_argument("--exact-seeds", nargs="+", type=int, help="these seeds; below 1000 are for tuning")
    parser.add_argument("--styles", help="names of drawn styles, separated by commas; all without it")
    parser.add_argument("--jobs", type=int, default=2, help="processes that draw, then workers that extract")
    parser.add_argument("--report", type=Path, help="folder for each document's scores, as JSON")
    parser.add_argument("--drawn", type=Path, help="measure what `benchmarks.extraction.drawn.draw` put here instead")
    given = parser.parse_args()
    parts = [part for part in given.parts if _has_data(part, given)]
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    if given.report:
        given.report.mkdir(parents=True, exist_ok=True)
    if "drawn" in parts:
        names = given.styles.split(",") if given.styles else list(STYLES)
        report = given.report and given.report / "drawn.json"
        if given.drawn:
            print_folder(given.drawn, given.jobs, report, names)
        else:
            print_drawn(given.exact_seeds or fresh_seeds(given.seeds), names, given.jobs, report)
    if "icdar2013" in parts:
        print_competition(given.icdar2013, given.jobs, given.report and given.report / "icdar2013.json")
    if "quality" in parts:
        print_scores(given.data, given.scorer, given.predictions)
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    if "scans" in parts:
        print_scans()
    if "bad-inputs" in parts:
        print_bad_inputs()
    if "long" in parts:
        print_long_document()
    if "speed" in parts:
        pdfs = [given.data / "docs" / truth["file"] for truth in read_truths(given.data) if truth["format"] == "pdf"]
        print_speed(pdfs)


def _has_data(part: str, given: argparse.Namespace) -> bool:
    """False, said on the terminal, for a part whose documents are not on this machine."""
    there = {
        "quality": (given.data / "truth").is_dir() and given.scorer.is_file(),
        "speed": (given.data / "truth").is_dir(),
        "icdar2013": (given.icdar2013 / "truth").is_dir(),
    }.get(part, True)
    if not there:
        print(f"left out: {part}, its documents are not at {given.icdar2013 if part == 'icdar2013' else given.data}")
    return there


if __name__ == "__main__":
    main()
