"""Which way a page's words are found: scans with stamps, text layers that lie, outlined text, odd page boxes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.pdf import parse_pdf
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.pdf import pdf_documents as documents
from tests.resources.extraction.pdf.pdf_documents import HEIGHT, WIDTH

OPTIONS = ExtractionOptions()
PROSE = [f"The inspector checked turbine {number} on the second day of the month." for number in range(20)]
NOTICE = "This content was downloaded from the library of the university and is for personal use only. "


def parsed(path: Path) -> Extraction:
    return parse_pdf(path, path.name, OPTIONS)


def text_of(extraction: Extraction) -> str:
    return " ".join(block.text for block in extraction.blocks)


@pytest.mark.parametrize(("notices", "strips"), [(1, 6), (3, 1)])
def test_a_scan_with_a_notice_is_read_as_well(tmp_path: Path, notices: int, strips: int) -> None:
    page = documents.plain_scan(tmp_path / "scan.pdf", PROSE, strips)
    page.setFont("Helvetica", 7)
    for number in range(notices):
        page.drawString(40, 40 - 9 * number, NOTICE)
    page.save()
    extraction = parsed(tmp_path / "scan.pdf")
    assert extraction.pages[0].route == "mixed"
    assert extraction.pages[0].image_id in extraction.pictures
    assert text_of(extraction).count("personal use only") == notices


def test_a_page_of_text_on_a_picture_keeps_its_text_layer(tmp_path: Path) -> None:
    page = documents.plain_scan(tmp_path / "page.pdf", [])
    documents.paragraph(page, documents.LEFT * 20, 60, 60, WIDTH - 120)
    page.save()
    assert parsed(tmp_path / "page.pdf").pages[0].route == "text"


def shown_in_rows(lines: list[str]) -> str:
    return "".join(f"BT /F 11 Tf 60 {780 - 20 * number} Td ({line}) Tj ET\n" for number, line in enumerate(lines))


def test_a_text_layer_with_the_wrong_letters_is_not_used(tmp_path: Path) -> None:
    letters = [chr(code) for code in range(ord("A"), ord("z") + 1) if chr(code).isalpha()]
    wrong = [chr(code) for code in range(0x21, 0x21 + len(letters))]
    random.Random(3).shuffle(wrong)
    path = documents.mapped(tmp_path / "wrong.pdf", shown_in_rows(PROSE), dict(zip(letters, wrong, strict=True)))
    (page,) = parsed(path).pages
    assert page.route == "ocr"
    assert "not what the page shows" in page.reason


def test_a_list_of_numbers_and_codes_keeps_its_text_layer(tmp_path: Path) -> None:
    rows = [f"A-{1000 + k} {k * 3.2:.2f}% {k}/{k + 1} 2026-01-{k:02} X{k}Q-{k * 7}" for k in range(10, 30)]
    extraction = parsed(documents.mapped(tmp_path / "codes.pdf", shown_in_rows(rows), {"~": "~"}))
    assert extraction.pages[0].route == "text"
    assert "words 0.0" in extraction.pages[0].reason


@pytest.mark.parametrize("under", [True, False])
def test_a_bad_layer_under_a_scan_is_not_used(tmp_path: Path, under: bool) -> None:
    garbage = "1ine Ql: lhc rctcnli0n oj tuxb1ne xkq wa5 cbccl<cd hy tb3 jnzp3ct0r"
    page = documents.canvas(tmp_path / "scan.pdf")
    if under:
        page.setFont("Helvetica", 11)
        for number in range(20):
            page.drawString(48, HEIGHT - 70 - 23 * number, garbage)
    scan = documents.plain_scan(tmp_path / "picture.pdf", PROSE)
    scan.save()
    path = documents.scanned(tmp_path / "picture.pdf", tmp_path / "pixels.pdf", dpi=150)
    import pypdfium2 as pdfium

    picture = pdfium.PdfDocument(path)[0].render(scale=150 / 72).to_pil()  # pyright: ignore[reportArgumentType]
    page.drawImage(documents.ImageReader(picture), 0, 0, WIDTH, HEIGHT)
    page.save()
    assert parsed(tmp_path / "scan.pdf").pages[0].route == "ocr"


@pytest.mark.parametrize("box", ["595 842 0 0", "0 842 595 0", "0 0 0 0"])
def test_a_page_box_may_name_any_corners(tmp_path: Path, box: str) -> None:
    path = documents.mapped(tmp_path / "box.pdf", shown_in_rows(PROSE), {"~": "~"})
    path.write_bytes(path.read_bytes().replace(b"[0 0 595 842]", f"[{box}]".encode()))
    extraction = parsed(path)
    assert extraction.pages[0].route == "text"
    assert text_of(extraction).startswith(PROSE[0])


def test_text_drawn_as_one_path_goes_to_ocr(tmp_path: Path) -> None:
    strokes = "".join(f"{60 + 9 * k} 700 m {63 + 9 * k} 712 l {66 + 9 * k} 700 l h\n" for k in range(40))
    (page,) = parsed(documents.mapped(tmp_path / "outlined.pdf", strokes + "f", {"~": "~"})).pages
    assert page.route == "ocr"
    assert page.image_id


def test_a_searchable_scan_keeps_its_photograph(tmp_path: Path) -> None:
    page = documents.canvas(tmp_path / "drawn.pdf")
    documents.paragraph(page, documents.LEFT * 6, 60, 60, WIDTH - 120)
    documents.draw_chart(page, 120, 240, 300, 180)
    documents.paragraph(page, documents.RIGHT * 6, 60, 460, WIDTH - 120)
    page.save()
    scan = documents.scanned(tmp_path / "drawn.pdf", tmp_path / "scan.pdf")
    import pypdfium2 as pdfium

    picture = pdfium.PdfDocument(scan)[0].render(scale=150 / 72).to_pil()  # pyright: ignore[reportArgumentType]
    page = documents.canvas(tmp_path / "searchable.pdf")
    page.drawImage(documents.ImageReader(picture), 0, 0, WIDTH, HEIGHT)
    text = page.beginText(60, HEIGHT - 72)
    text.setTextRenderMode(3)
    text.setFont("Helvetica", 10)
    for line in PROSE[:6]:
        text.textLine(line)
    page.drawText(text)
    page.save()
    extraction = parsed(tmp_path / "searchable.pdf")
    assert extraction.pages[0].route == "text"
    (figure,) = extraction.figures
    assert figure.box is not None
    assert figure.box[0] * WIDTH == pytest.approx(120, abs=8)
    assert figure.box[3] * HEIGHT == pytest.approx(420, abs=8)


def test_text_on_a_huge_page_is_kept(tmp_path: Path) -> None:
    page = documents.canvas(tmp_path / "huge.pdf")
    page.setPageSize((200_000, 200_000))
    page.setFont("Helvetica", 20)
    for number, line in enumerate(PROSE):
        page.drawString(1000, 150_000 - 30 * number, line)
    page.drawImage(documents.ImageReader(documents.chart()), 1000, 1000, 50_000, 40_000)
    page.save()
    extraction = parsed(tmp_path / "huge.pdf")
    assert PROSE[7] in text_of(extraction)
    (warning,) = extraction.warnings
    assert warning.kind == "too_large"
    assert "200000 points" in warning.message


HEBREW = {letter: chr(0x5D0 + number) for number, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}


def hebrew(text: str) -> str:
    return "".join(HEBREW.get(letter, letter) for letter in text)


@pytest.mark.parametrize("letter_by_letter", [True, False])
def test_a_script_from_right_to_left_is_read_from_the_right(tmp_path: Path, letter_by_letter: bool) -> None:
    lines = ["shalom olam ze mismak", "im mispar 123 betoko"]
    content = ""
    for number, line in enumerate(lines):
        y = 700 - 18 * number
        if letter_by_letter:  # as browsers print: every letter in its place, the first on the right
            shown = line.replace("123", "321")
            places = [400 - stringWidth(shown[: k + 1], "Helvetica", 12) for k in range(len(shown))]
            content += "".join(
                f"BT /F 12 Tf {x:.2f} {y} Td ({letter}) Tj ET\n"
                for x, letter in zip(places, shown, strict=True)
                if letter != " "
            )
        else:
            content += f"BT /F 12 Tf 200 {y} Td ({line.replace('123', '321')[::-1]}) Tj ET\n"
    extraction = parsed(documents.mapped(tmp_path / "hebrew.pdf", content, HEBREW))
    assert text_of(extraction) == hebrew(" ".join(lines))


def test_forms_and_comments_are_read(tmp_path: Path) -> None:
    page = documents.canvas(tmp_path / "form.pdf")
    page.drawString(60, 750, "Application to the registry. Please fill in all of the fields.")
    page.drawString(60, 707, "Name:")
    page.acroForm.textfield(name="name", value="Otto Flamingo", x=110, y=700, width=200, height=20)
    page.acroForm.choice(name="kind", value="pelican", options=["pelican", "heron"], x=60, y=650, width=200, height=20)
    page.acroForm.textfield(name="key", value="sesame", fieldFlags="password", x=60, y=600, width=200, height=20)
    page.freeTextAnnotation("Seen by the office", DA="/Helv 12 Tf", Rect=[60, 500, 300, 530], relative=0)
    page.textAnnotation("Ask for the second page", [60, 740, 80, 760])
    page.save()
    extraction = parsed(tmp_path / "form.pdf")
    text = text_of(extraction)
    for expected in ("Otto Flamingo", "pelican", "Seen by the office"):
        assert expected in text
    assert "sesame" not in text
    (note,) = [block for block in extraction.blocks if block.kind == "note"]
    assert note.text == "Ask for the second page"
    value = next(block for block in extraction.blocks if "Otto" in block.text)
    assert value.box is not None
    assert value.box[1] * HEIGHT == pytest.approx(HEIGHT - 720, abs=12)
