"""`make bench-extraction`: what is found in documents whose content is known, in scans, in bad and in long files, and
how fast. Documents with truth come from a data folder; everything else is made here.
"""

from __future__ import annotations

import argparse
import os
import resource
from pathlib import Path

from benchmarks.extraction.limits import print_bad_inputs, print_long_document
from benchmarks.extraction.quality import print_scores, read_truths
from benchmarks.extraction.scans import print_scans
from benchmarks.extraction.speed import print_speed

PARTS = ("quality", "scans", "bad-inputs", "long", "speed")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.extraction", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/extraction"))
    parser.add_argument("--scorer", type=Path, default=Path("../shared/data/scorers/score_extraction.py"))
    parser.add_argument("--predictions", type=Path, help="write the scorer's input here as well")
    given = parser.parse_args()
    needs_data = {"quality", "speed"} & set(given.parts)
    if needs_data and not ((given.data / "truth").is_dir() and given.scorer.is_file()):
        raise SystemExit(f"no documents with truth at {given.data}, or no scorer at {given.scorer}; see --parts")
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    if "quality" in given.parts:
        print_scores(given.data, given.scorer, given.predictions)
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    if "scans" in given.parts:
        print_scans()
    if "bad-inputs" in given.parts:
        print_bad_inputs()
    if "long" in given.parts:
        print_long_document()
    if "speed" in given.parts:
        pdfs = [given.data / "docs" / truth["file"] for truth in read_truths(given.data) if truth["format"] == "pdf"]
        print_speed(pdfs)


if __name__ == "__main__":
    main()
