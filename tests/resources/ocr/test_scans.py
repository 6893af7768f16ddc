"""Scanned pages and pictures: the way through parse, reading and putting the words back, with the real tesseract."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from rapidfuzz.distance import Levenshtein

from codices.resources.extraction.common.model import Block, Extraction
from codices.resources.extraction.common.pictures import encode
from codices.resources.extraction.formats.image_files import parse_image_file
from codices.resources.extraction.formats.pdf import parse_pdf
from codices.resources.extraction.overlay import overlay_html
from codices.resources.extraction.pages.legibility import installed_language
from codices.resources.extraction.pdf.finish import pieces_of
from codices.resources.ocr.apply import apply_readings
from codices.resources.ocr.reading import MissingLanguageError, check_languages, read_picture
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.settings.ocr_options import OcrOptions
from tests.resources.extraction.pdf import pdf_documents as documents

OPTIONS = ExtractionOptions()


def read(extraction: Extraction) -> Extraction:
    readings = {
        picture.image_id: read_picture(picture.data, picture.role, OcrOptions())
        for picture in extraction.pictures.values()
        if picture.role in ("page", "table")
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


def page_image(path: Path, dpi: int = 150) -> Image.Image:
    import pypdfium2 as pdfium

    return pdfium.PdfDocument(path)[0].render(scale=dpi / 72).to_pil().convert("L")  # pyright: ignore[reportArgumentType]


def one_block(path: Path) -> Image.Image:
    page = documents.canvas(path)
    documents.paragraph(page, documents.LEFT * 12 + documents.RIGHT * 12, 60, 60, documents.WIDTH - 120)
    page.save()
    return page_image(path)


@pytest.mark.parametrize(("turn", "skew"), [(90, 0), (0, 7)])
def test_an_image_file_of_a_page_that_lies_sideways_is_a_page(tmp_path: Path, turn: int, skew: int) -> None:
    image = one_block(tmp_path / "page.pdf").rotate(turn + skew, expand=True, fillcolor=255)
    image.save(tmp_path / "page.png", dpi=(150, 150))
    extraction = read(parse_image_file(tmp_path / "page.png", "page.png", OPTIONS))
    assert extraction.pages[0].route == "ocr"
    assert extraction.pages[0].turned == turn
    assert "of the queues which they keep for every consumer that asks" in text_of(extraction)


def test_a_figure_whose_text_stands_on_its_head_is_read(tmp_path: Path) -> None:
    image = one_block(tmp_path / "page.pdf").resize((707, 1000))
    upside = image.crop((0, 0, 707, 700)).rotate(180)
    reading = read_picture(encode(upside), "figure", OcrOptions())
    assert reading.rotation == 180
    assert "brokers and of the queues" in reading.text


def test_columns_of_equal_words_do_not_turn_the_page(tmp_path: Path) -> None:
    lines = [f"Line {number} of the CONTENT of the archive, paper number {number * 7}" for number in range(30)]
    documents.plain_scan(tmp_path / "list.pdf", lines).save()
    extraction = read(parse_pdf(tmp_path / "list.pdf", "list.pdf", OPTIONS))
    assert extraction.pages[0].turned == 0
    assert lines[3] in text_of(extraction)


def test_of_an_animation_the_first_frame_is_read_and_the_rest_is_told(tmp_path: Path) -> None:
    frames = [documents.chart(), documents.chart().rotate(180)]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:], duration=100)
    extraction = parse_image_file(tmp_path / "moving.gif", "moving.gif", OPTIONS)
    assert len(extraction.figures) == 1
    assert [warning.message for warning in extraction.warnings] == ["an animation: only its first frame is read"]


def test_every_picture_of_a_heic_file_is_a_figure(tmp_path: Path) -> None:
    import pillow_heif

    both = pillow_heif.from_pillow(documents.chart())
    both.add_from_pillow(documents.chart().rotate(180))
    both.save(tmp_path / "two.heic")
    extraction = parse_image_file(tmp_path / "two.heic", "two.heic", OPTIONS)
    assert [figure.page for figure in extraction.figures] == [1, 2]
    assert len(extraction.pictures) == 2


@pytest.mark.parametrize("given", ["another language", "no tesseract"])
def test_a_page_on_its_head_is_parsed_whatever_tesseract_is_there(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    if given == "no tesseract":
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        (tmp_path / "data").mkdir()
        (tmp_path / "data/deu.traineddata").symlink_to(tessdata() / "eng.traineddata")
        monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path / "data"))
    installed_language.cache_clear()
    try:
        scan = documents.scanned(report, tmp_path / "scan.pdf", turn=180)
        (page,) = parse_pdf(scan, "scan.pdf", OPTIONS, range(1, 2)).pages
    finally:
        installed_language.cache_clear()
    assert page.image_id
    assert page.turned == (180 if given == "another language" else 0)


def tessdata() -> Path:
    """The folder of tesseract's language data."""
    found = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True).stdout
    return Path(found.split('"')[1])
