"""PDFs: words in reading order, headings, running lines, tables, figures, routes, bad files, ranges of pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.pdf import finish_pages, page_count, parse_pdf
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.pdf import pdf_documents as documents

OPTIONS = ExtractionOptions()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return documents.report(tmp_path_factory.mktemp("pdf") / "report.pdf")


@pytest.fixture(scope="module")
def extraction(report: Path) -> Extraction:
    return parse_pdf(report, "report.pdf", OPTIONS)


def texts(extraction: Extraction, *kinds: str) -> list[str]:
    return [block.text for block in extraction.blocks if not kinds or block.kind in kinds]


def test_headings_make_the_heading_path(extraction: Extraction) -> None:
    assert texts(extraction, "title")[:2] == ["Chapter One", "Section 1"]
    body = next(block for block in extraction.blocks if block.text.startswith("This is what page 2"))
    assert body.heading_path == ("Chapter Two", "Section 2")
    assert extraction.title == "Chapter One"


def test_running_lines_are_marked(extraction: Extraction) -> None:
    assert set(texts(extraction, "header")) == {"Handbook of the cluster"}
    assert texts(extraction, "footer") == ["1", "2", "3"]


def test_ruled_table(extraction: Extraction) -> None:
    (table,) = extraction.tables
    assert table.cells == documents.CELLS
    assert table.caption == "Table 1: memory of each broker"
    assert (table.page, table.heading_path) == (2, ("Chapter Two", "Section 2"))
    assert "<th>Broker</th>" in table.html
    assert not any("1024 MB" in text for text in texts(extraction))


def test_unruled_table(tmp_path: Path) -> None:
    path = documents.report(tmp_path / "unruled.pdf", ruled=False)
    (table,) = parse_pdf(path, path.name, OPTIONS).tables
    assert table.cells == documents.CELLS


def test_figure(extraction: Extraction) -> None:
    (figure,) = extraction.figures
    assert figure.caption == "Figure 1: memory over one day"
    assert figure.box is not None
    assert figure.box[0] * documents.WIDTH == pytest.approx(50, abs=3)
    assert (figure.box[2] - figure.box[0]) * documents.WIDTH == pytest.approx(300, abs=6)
    picture = extraction.pictures[figure.image_id or ""]
    assert picture.role == "figure"
    assert picture.width == pytest.approx(300 / 72 * 200, rel=0.03)
    assert figure.after.startswith("The right column")
    assert "which they keep" in figure.before


def test_everything_has_its_place(extraction: Extraction) -> None:
    pieces = [*extraction.blocks, *extraction.tables, *extraction.figures]
    assert sorted(piece.order for piece in pieces) == list(range(1, len(pieces) + 1))
    for piece in pieces:
        assert piece.box is not None
        assert 0 <= piece.box[0] < piece.box[2] <= 1
        assert 0 <= piece.box[1] < piece.box[3] <= 1
    assert [page.route for page in extraction.pages] == ["text"] * 3
    assert "characters" in extraction.pages[0].reason


def test_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = documents.two_columns(tmp_path / "columns.pdf")
    text = " ".join(texts(parse_pdf(path, path.name, OPTIONS)))
    assert text.startswith("A title that goes over both of the columns The left column")
    assert text.count(documents.LEFT.strip()) == 8
    assert text.rindex("left column") < text.index("right column")


def test_ranges_give_what_the_whole_gives(report: Path, extraction: Extraction) -> None:
    assert page_count(report, OPTIONS) == 3
    merged = Extraction("application/pdf")
    for start in (1, 2, 3):
        part = parse_pdf(report, "report.pdf", OPTIONS, range(start, start + 1))
        for name in ("pages", "blocks", "tables", "figures", "warnings"):
            getattr(merged, name).extend(getattr(part, name))
        merged.pictures.update(part.pictures)
    merged = finish_pages(merged)
    assert merged == extraction
    assert finish_pages(replace(merged)) == extraction


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(tmp_path: Path, report: Path, turn: int) -> None:
    import pypdfium2 as pdfium

    document = pdfium.PdfDocument(report)
    document[0].set_rotation(turn)
    path = tmp_path / "turned.pdf"
    document.save(path)
    document.close()
    page = parse_pdf(path, path.name, OPTIONS, range(1, 2)).pages[0]
    assert (page.width > page.height) == (turn != 180)


def test_bad_files_say_what_is_wrong(tmp_path: Path, report: Path) -> None:
    data = report.read_bytes()
    locked = tmp_path / "locked.pdf"
    page = documents.canvas(locked, encrypt=StandardEncryption("secret"))
    page.drawString(50, 50, "hidden")
    page.save()
    cases = {"empty_file": b"", "corrupt": b"%PDF-1.7\nnothing else\n%%EOF", "encrypted": locked.read_bytes()}
    for kind, content in cases.items():
        path = tmp_path / f"{kind}.pdf"
        path.write_bytes(content)
        with pytest.raises(ExtractionError) as caught:
            parse_pdf(path, path.name, OPTIONS)
        assert caught.value.kind == kind
        assert caught.value.message
    cut = tmp_path / "cut.pdf"
    cut.write_bytes(data[:300])
    with pytest.raises(ExtractionError) as caught:
        parse_pdf(cut, cut.name, OPTIONS)
    assert caught.value.kind == "truncated"


def test_a_huge_page_box_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    page = documents.canvas(path)
    page.setPageSize((14_000_000, 14_000_000))
    page.rect(0, 0, 7_000_000, 7_000_000, fill=1)
    page.drawImage(documents.ImageReader(documents.chart()), 0, 0, 14_000_000, 14_000_000)
    page.save()
    with pytest.raises(ExtractionError) as caught:
        parse_pdf(path, path.name, OPTIONS)
    assert "points" in caught.value.message


def test_a_page_of_pixels_goes_to_ocr(tmp_path: Path, report: Path) -> None:
    path = documents.scanned(report, tmp_path / "scan.pdf", dpi=100)
    extraction = parse_pdf(path, path.name, OPTIONS, range(2, 3))
    (page,) = extraction.pages
    assert page.route == "ocr"
    assert extraction.pictures[page.image_id or ""].role == "page"
    (table,) = extraction.tables
    assert extraction.pictures[table.image_id or ""].role == "table"
    (figure,) = extraction.figures
    assert extraction.pictures[figure.image_id or ""].role == "figure"
