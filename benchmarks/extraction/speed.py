"""Pages per second and core on born-digital PDFs, beside `unstructured`'s fast strategy on the same files."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from codices.resources.extraction.parse import parse
from codices.resources.settings.extraction_options import ExtractionOptions

REPEATS = 3


def print_speed(paths: Iterable[Path]) -> None:
    """Pages a second and core on born-digital PDFs, the best of REPEATS runs after one that warms up; the layout
    model's share apart."""
    from codices.resources.extraction.pdf import page as pdf_page

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
            pages, runs = 0, []
            for _ in range(REPEATS + 1):
                spent, start = 0.0, time.process_time()
                pages = len(parse(path, path.name, ExtractionOptions(), lambda target: None).pages)
                runs.append((time.process_time() - start, spent))
            seconds, spent = min(runs[1:])
            bare = max(seconds - spent, 1e-9)
            other = unstructured_seconds(path)
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
    blank = spacy.blank("en")
    blank.add_pipe("sentencizer")
    tokenize._get_nlp = lambda: blank  # pyright: ignore[reportPrivateUsage]
    runs = []
    for _ in range(REPEATS + 1):
        start = time.process_time()
        partition_pdf(str(path), strategy="fast")
        runs.append(time.process_time() - start)
    return min(runs[1:])
