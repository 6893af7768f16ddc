"""Draws one document: composed from a seed, laid out by an engine, its truth beside it.

python -m benchmarks.extraction.drawn.draw FOLDER --seeds 0 1 2 [--styles a,b] [--jobs 2]
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.extraction.drawn import camera, html, marks, office_engine, reportlab_engine
from benchmarks.extraction.drawn.blocks import Document
from benchmarks.extraction.drawn.registry import HTML
from benchmarks.extraction.drawn.styles import STYLES
from benchmarks.extraction.drawn.truth import Drawn, truth_of
from benchmarks.extraction.drawn.typst_engine import print_typst
from benchmarks.extraction.drawn.words import Words

TYPST_FONTS = ("New Computer Modern", "Libertinus Serif", "Liberation Sans", "DejaVu Serif")
OFFICE_FONTS = ("Liberation Sans", "Liberation Serif", "DejaVu Sans")
Printer = Callable[[Document, bool], bytes]


def _printer(engine: str, chance: random.Random) -> Printer:
    """What draws a document, or its marked twin, as PDF."""
    if engine == "typst":
        font = chance.choice(TYPST_FONTS)
        return lambda document, marked: print_typst(document, font, marked)
    if engine == "reportlab":
        font = chance.choice(reportlab_engine.FONTS)
        return lambda document, marked: reportlab_engine.print_reportlab(document, font, marked)
    if engine == "office":
        look, font = chance.choice(office_engine.TABLE_STYLES), chance.choice(OFFICE_FONTS)
        return lambda document, marked: office_engine.print_office(document, look, font, marked)
    printed = {"weasyprint": html.print_weasyprint, "chromium": html.print_chromium}[engine]
    return lambda document, marked: printed(html.html_of(document, marked))


def draw(name: str, seed: int) -> Drawn:
    """The style's document for a seed: the same pair gives the same document. Raises KeyError for an unknown style."""
    style = STYLES[name]
    chance = random.Random(f"{name}/{seed}")
    engine = chance.choice(style.engines)
    document = style.compose(Words(chance))
    if engine == "screen":
        data, suffix, truth = _screen(document, chance)
    elif engine in ("still", "scan", "photo"):
        data, suffix, truth = _pictured(document, engine, chance)
    else:
        data, truth = print_with(engine, document, chance)
        suffix = ".pdf"
    doc_id = f"{name}_{seed:04d}"
    head = {"doc_id": doc_id, "file": f"{doc_id}{suffix}", "format": "pdf" if suffix == ".pdf" else "image"}
    about = {"truth_quality": "drawn", "style": name, "seed": seed, "engine": engine, "kind": style.kind}
    return Drawn(data, suffix, {**head, **about, **truth})


def print_with(engine: str, document: Document, chance: random.Random) -> tuple[bytes, dict[str, Any]]:
    """The document's PDF and its truth; `chance` picks fonts. Raises KeyError for an unknown engine."""
    printed = _printer(engine, chance)
    data = printed(document, False)
    twin = marks.pages_of(printed(document, True))
    return data, truth_of(document, len(twin), marks.find(twin))


def _pictured(document: Document, engine: str, chance: random.Random) -> tuple[bytes, str, dict[str, Any]]:
    """Printed first, then its first page, or in a scanned PDF every page, as a picture."""
    pdf, truth = print_with(chance.choice(HTML), document, chance)
    dpi = chance.choice((110, 150, 150, 200))
    pages = marks.pages_of(pdf, dpi / 72, smooth=True)
    if engine == "scan":
        shots, suffix = [camera.scan(page, chance) for page in pages], chance.choice((".pdf", ".pdf", ".tiff"))
    elif engine == "photo":
        shots, suffix = [camera.photo(page, chance) for page in pages], ".jpg"
    else:
        shots, suffix = [camera.still(page) for page in pages], chance.choice((".png", ".png", ".webp", ".jpg"))
    if len(pages) > 1 and suffix not in (".pdf", ".tiff"):
        suffix = ".pdf"  # the others hold one page
    for part in (*truth["tables"], *truth["figures"]):
        part["bbox"] = shots[part["page"] - 1].moved(part["bbox"])
    return camera.as_file([shot.pixels for shot in shots], suffix, dpi), suffix, _without_figure_words(truth)


def _screen(document: Document, chance: random.Random) -> tuple[bytes, str, dict[str, Any]]:
    """What a browser's window shows, cut off under its last line."""
    width, scale = chance.choice((900, 1100, 1280)), chance.choice((1, 1, 1.5, 2))
    page, twin = (
        marks.pixels_of_png(html.screenshot(html.html_of(document, marked), width, 1600, scale))
        for marked in (False, True)
    )
    filled = np.nonzero((page != page[-1, -1]).any(axis=(1, 2)))[0]
    bottom = min(len(page), int(filled[-1]) + 20)
    truth = truth_of(document, 1, marks.find([twin[:bottom]]))
    return camera.as_file([page[:bottom]], ".png", 96 * scale), ".png", _without_figure_words(truth)


def _without_figure_words(truth: dict[str, Any]) -> dict[str, Any]:
    """A figure's words are pixels like all others here: both versions of the text stay right, the shorter first."""
    return {**truth, "text": truth["texts"][-1]}


def write(folder: Path, name: str, seed: int) -> str:
    """Writes `docs/<id>.pdf` and `truth/<id>.json`, and gives the id."""
    drawn = draw(name, seed)
    for part in ("docs", "truth"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "docs" / drawn.truth["file"]).write_bytes(drawn.data)
    truth = json.dumps(drawn.truth, ensure_ascii=False)
    (folder / "truth" / f"{drawn.truth['doc_id']}.json").write_text(truth, "utf-8")
    return drawn.truth["doc_id"]


def write_all(folder: Path, pairs: list[tuple[str, int]], jobs: int) -> set[str]:
    """Writes the document of every (style, seed) and gives their ids. Raises KeyError for an unknown style."""
    with ProcessPoolExecutor(jobs) as pool:
        return set(pool.map(write, [folder] * len(pairs), *zip(*pairs, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, required=True)
    parser.add_argument("--styles", help="names, separated by commas; all without it")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    names = given.styles.split(",") if given.styles else list(STYLES)
    drawn = write_all(given.folder, [(name, seed) for name in names for seed in given.seeds], given.jobs)
    print(f"{len(drawn)} documents in {given.folder}")


if __name__ == "__main__":
    main()
