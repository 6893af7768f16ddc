"""Many files at once: long PDFs and TIFFs in ranges of pages give the same document as in one go."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction.common.model import Block, Extraction, Page
from codices.resources.extraction.run import extract_documents, merge
from codices.resources.foundation.failures import Failure
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.workers.isolation import in_hand


def long_pdf(path: Path, pages: int) -> Path:
    canvas = Canvas(str(path), pagesize=(400, 500))
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica", 9)
        canvas.drawString(40, 480, "The running head of this book")
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(40, 430, f"Chapter {number}")
        canvas.setFont("Helvetica", 10)
        for line in range(8):
            canvas.drawString(40, 390 - 14 * line, f"Page {number} says in line {line} what there is to say about it")
        canvas.drawString(200, 20, str(number))
        canvas.showPage()
    canvas.save()
    return path


def test_page_ranges_give_the_document_of_one_go(tmp_path: Path):
    long_pdf(tmp_path / "x.pdf", 7)
    corpus = Corpus(str(tmp_path))
    whole, ranges = (
        dict(extract_documents(corpus, [("x.pdf", None)], ExtractionOptions(workers=2, pages_per_job=pages)))["x.pdf"]
        for pages in (100, 2)
    )
    assert isinstance(whole, Extraction)
    assert isinstance(ranges, Extraction)
    assert [page.number for page in ranges.pages] == list(range(1, 8))
    assert ranges == whole


def test_what_is_in_hand_has_a_name_while_ranges_are_read_and_while_they_are_merged(tmp_path: Path):
    """Somebody who watches asks at any moment: also in the short one in which the document is put together."""
    names = [f"{number}.pdf" for number in range(6)]
    for name in names:
        long_pdf(tmp_path / name, 6)
    seen, done = set[str](), threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.update(name for _, name in in_hand())

    with ThreadPoolExecutor(1) as watcher:
        watched = watcher.submit(watch)
        options = ExtractionOptions(workers=1, pages_per_job=3)
        found = dict(extract_documents(Corpus(str(tmp_path)), [(name, None) for name in names], options))
        done.set()
        watched.result()
    assert found.keys() == set(names)
    assert {name.partition(",")[0] for name in seen} <= set(names)
    assert "0.pdf, pages 1-3" in seen


def test_a_long_tiff_is_read_in_ranges(tmp_path: Path):
    frames = [Image.effect_noise((200 + 10 * number, 200), 60) for number in range(5)]
    frames[0].save(tmp_path / "x.tif", save_all=True, append_images=frames[1:])
    whole, ranges = (
        dict(
            extract_documents(Corpus(str(tmp_path)), [("x.tif", None)], ExtractionOptions(workers=2, pages_per_job=n))
        )["x.tif"]
        for n in (100, 2)
    )
    assert isinstance(ranges, Extraction)
    assert [figure.page for figure in ranges.figures] == [1, 2, 3, 4, 5]
    assert ranges == whole


@pytest.mark.parametrize("kind", ["timeout", "no_content"])
def test_a_lost_range_is_a_warning(kind: str):
    def part(number: int) -> Extraction:
        page = Page(number, 100, 100, "text")
        return Extraction("application/pdf", pages=[page], blocks=[Block(f"page {number}", page=number, order=1)])

    lost = Failure("extraction", kind, "took longer than 9 s")
    merged = merge([(range(1, 2), part(1)), (range(2, 3), lost), (range(3, 4), part(3))])
    assert isinstance(merged, Extraction)
    assert [block.text for block in merged.blocks] == ["page 1", "page 3"]
    assert merged.warnings == (
        [] if kind == "no_content" else [Failure("extraction", kind, "pages 2-2: took longer than 9 s")]
    )
    passing = Failure("extraction", "vanished", "the file is gone")
    assert merge([(range(1, 2), part(1)), (range(2, 3), passing)]) == passing, "half a document is none"
    only = merge([(range(1, 2), lost), (range(2, 3), lost)])
    assert isinstance(only, Failure)
    assert only.kind == kind
