"""Scanned pages and pictures: the way through parse, reading and putting the words back, with the real tesseract."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from resources.extraction.image_files import parse_image_file
from resources.extraction.model import Block, Extraction
from resources.extraction.options import ExtractionOptions
from resources.extraction.overlay import overlay_html
from resources.extraction.pdf import parse_pdf
from resources.extraction.pdf_finish import pieces_of
from resources.extraction.pictures import encode
from resources.ocr.apply import apply_readings
from resources.ocr.options import OcrOptions
from resources.ocr.reading import MissingLanguageError, check_languages, read_picture
from tests.resources.extraction import pdf_documents as documents

OPTIONS = ExtractionOptions()


def read(extraction: Extraction) -> Extraction:
    readings = {
        picture.image_id: read_picture(picture.data, picture.role, OcrOptions())
        for picture in extraction.pictures.values()
        if picture.role != "figure"
    }
    return apply_readings(extraction, readings)


def text_of(extraction: Extraction) -> str:
    return " ".join(piece.text for piece in pieces_of(extraction) if isinstance(piece, Block))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return documents.report(tmp_path_factory.mktemp("ocr") / "report.pdf")


@pytest.mark.parametrize(("turn", "skew"), [(0, 1.5), (90, 0.0), (180, -2.0)])
def test_a_scan_reads_like_the_document(report: Path, tmp_path: Path, turn: int, skew: float) -> None:
    expected = parse_pdf(report, "report.pdf", OPTIONS, range(2, 3))
    scan = documents.scanned(report, tmp_path / "scan.pdf", turn, skew)
    extraction = read(parse_pdf(scan, "scan.pdf", OPTIONS, range(2, 3)))
    page = extraction.pages[0]
    assert page.height > page.width
    assert page.turned == (360 - turn) % 360
    (table,) = extraction.tables
    assert table.cells == documents.CELLS
    assert table.caption == "Table 1: memory of each broker"
    (figure,) = extraction.figures
    assert figure.caption == "Figure 1: memory over one day"
    assert Levenshtein.normalized_similarity(text_of(extraction), text_of(expected)) > 0.95
    assert "data:image/jpeg" in overlay_html(scan, extraction)


def test_columns_of_a_scan_are_not_mixed(tmp_path: Path) -> None:
    source = documents.two_columns(tmp_path / "columns.pdf")
    scan = documents.scanned(source, tmp_path / "scan.pdf")
    text = text_of(read(parse_pdf(scan, "scan.pdf", OPTIONS)))
    assert text.startswith("A title that goes over both")
    assert text.rindex("left column") < text.index("right column")


def test_every_frame_of_a_tiff_is_a_page(report: Path, tmp_path: Path) -> None:
    scan = documents.scanned(report, tmp_path / "scan.pdf")
    pages = [parse_pdf(scan, "scan.pdf", OPTIONS, range(n, n + 1)) for n in (1, 3)]
    frames = []
    for page in pages:
        picture = page.pictures[page.pages[0].image_id or ""]
        frames.append(Image.open(io.BytesIO(picture.data)))
    path = tmp_path / "scan.tiff"
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="tiff_lzw")
    extraction = read(parse_image_file(path, path.name, OPTIONS))
    assert [page.route for page in extraction.pages] == ["ocr", "ocr"]
    assert {block.page for block in extraction.blocks} == {1, 2}
    assert "This is what page 3 says first." in text_of(extraction)


def test_a_table_in_a_picture(tmp_path: Path) -> None:
    page = documents.canvas(tmp_path / "table.pdf")
    page.setPageSize((460, 140))
    page.translate(0, 140 - documents.HEIGHT)
    documents.draw_table(page, 30, 30, 400, ruled=False)
    page.save()
    scan = documents.scanned(tmp_path / "table.pdf", tmp_path / "scan.pdf", dpi=150)
    picture = tmp_path / "table.png"
    import pypdfium2 as pdfium

    pdfium.PdfDocument(scan)[0].render(scale=150 / 72).to_pil().save(picture)  # pyright: ignore[reportArgumentType]
    extraction = read(parse_image_file(picture, picture.name, OPTIONS))
    assert len(extraction.figures) == 1
    assert [table.cells for table in extraction.tables] == [documents.CELLS]


def test_a_picture_is_one_figure_and_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    documents.chart().save(path, exif=exif)
    extraction = parse_image_file(path, path.name, OPTIONS)
    (figure,) = extraction.figures
    assert figure.box == (0.0, 0.0, 1.0, 1.0)
    picture = extraction.pictures[figure.image_id or ""]
    assert picture.width < picture.height
    assert not extraction.tables


def test_words_keep_their_place_and_confidence() -> None:
    page = Image.new("RGB", (800, 200), "white")
    from PIL import ImageDraw, ImageFont

    ImageDraw.Draw(page).text((100, 80), "cluster memory", fill="black", font=ImageFont.load_default(40))
    reading = read_picture(encode(page), "figure", OcrOptions())
    assert reading.text == "cluster memory"
    first = reading.words[0]
    assert first.confidence > 80
    assert first.box[0] == pytest.approx(100 / 800, abs=0.02)


def test_a_picture_that_cannot_be_read_is_a_failure_with_a_reason() -> None:
    reading = read_picture(b"no picture", "figure", OcrOptions())
    assert reading.failure is not None
    assert (reading.failure.stage, reading.failure.kind) == ("ocr", "unsupported")


def test_a_missing_language_is_named() -> None:
    check_languages(OcrOptions())
    with pytest.raises(MissingLanguageError, match="xyz"):
        check_languages(OcrOptions(languages=("eng", "xyz")))
