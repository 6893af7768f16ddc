"""Text of PDFs that is more than lines of words: code, columns with narrow gutters, fields, layers, hyphens."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.pdf import parse_pdf
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.pdf.pdf_documents import HEIGHT, LEFT, RIGHT, canvas, paragraph

CODE = """def settle(orders):
    for order in orders:
        if order.paid:
            ship(order)

    return len(orders)"""
SETTINGS = """relay:
  limit: 40
  retry:
    count: 3"""


def read(page: Canvas, path: Path) -> Extraction:
    page.save()
    return parse_pdf(path, path.name, ExtractionOptions())


def write_code(page: Canvas, code: str, x: float, top: float, size: float = 9) -> None:
    page.setFont("Courier", size)
    for number, line in enumerate(code.splitlines()):
        page.drawString(x, HEIGHT - top - number * 1.3 * size, line)


def write_lines(page: Canvas, lines: Sequence[str], x: float, top: float, pitch: float = 13) -> None:
    page.setFont("Helvetica", 10)
    for number, line in enumerate(lines):
        page.drawString(x, HEIGHT - top - number * pitch, line)


def test_code_keeps_its_lines_and_indentation_and_is_no_table(tmp_path: Path) -> None:
    page = canvas(tmp_path / "page.pdf")
    end = paragraph(page, LEFT * 3, 60, 80, 470)
    page.setFillColor(colors.whitesmoke)
    page.rect(56, HEIGHT - end - 110, 470, 90, fill=1)
    page.setFillColor(colors.black)
    write_code(page, CODE, 66, end + 34)
    paragraph(page, RIGHT * 3, 60, end + 130, 470)
    found = read(page, tmp_path / "page.pdf")
    assert [block.text for block in found.blocks if block.kind == "code"] == [CODE]
    assert found.tables == []
    assert found.figures == []
    assert [block.kind for block in found.blocks] == ["text", "code", "text"]


def test_code_beside_a_column_of_prose_is_read_with_its_own_column(tmp_path: Path) -> None:
    page = canvas(tmp_path / "page.pdf")
    paragraph(page, LEFT * 12, 60, 80, 230)
    end = paragraph(page, RIGHT * 4, 302, 80, 230)
    write_code(page, SETTINGS, 302, end + 20)
    paragraph(page, RIGHT * 4, 302, end + 80, 230)
    found = read(page, tmp_path / "page.pdf")
    assert [block.text for block in found.blocks if block.kind == "code"] == [SETTINGS]
    text = " ".join(block.text for block in found.blocks if block.kind == "text")
    assert text.count(LEFT.strip()) == 12
    assert text.count(RIGHT.strip()) == 8


def test_names_in_such_letters_within_sentences_and_tables_are_no_code(tmp_path: Path) -> None:
    page = canvas(tmp_path / "page.pdf")
    paragraph(page, 'Set <font name="Courier">max_wait</font> before the start. ' * 6, 60, 80, 470)
    for number, (name, meaning) in enumerate((("max_wait", "seconds"), ("max_size", "entries"), ("min_free", "bytes"))):
        write_code(page, name, 60, 200 + 14 * number)
        write_lines(page, [meaning], 200, 200 + 14 * number)
    assert not [block for block in read(page, tmp_path / "page.pdf").blocks if block.kind == "code"]


def test_lines_of_two_columns_stay_apart_over_a_gutter_as_wide_as_a_space(tmp_path: Path) -> None:
    page = canvas(tmp_path / "page.pdf")
    paragraph(page, LEFT * 10, 60, 80, 232)
    paragraph(page, RIGHT * 10, 300, 87, 232)  # the baselines of one stand between those of the other
    found = read(page, tmp_path / "page.pdf")
    text = " ".join(block.text for block in found.blocks)
    assert text.count(LEFT.strip()) == 10
    assert text.count(RIGHT.strip()) == 10


def test_a_word_broken_by_the_hyphen_of_typography_is_joined(tmp_path: Path) -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont("DejaVu", "DejaVuSans.ttf"))
    page = canvas(tmp_path / "page.pdf")
    page.setFont("DejaVu", 10)
    page.drawString(60, HEIGHT - 80, "The harbour keeps a list of every fisher\u2010")
    page.drawString(60, HEIGHT - 93, "man who has left it before the storm.")
    [block] = read(page, tmp_path / "page.pdf").blocks
    assert "every fisherman who" in block.text


def test_fields_inherit_values_choose_several_and_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "form.pdf"
    path.write_bytes(
        _pdf(
            "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R 7 0 R 8 0 R] /DA (/F1 10 Tf) >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R /Annots [6 0 R 7 0 R 8 0 R] "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
            _stream("BT /F1 12 Tf 40 350 Td (Vessel and harbours of call, to be filled in) Tj ET"),
            "<< /FT /Tx /T (vessel) /V (Kingfisher) /Kids [6 0 R] >>",
            "<< /Type /Annot /Subtype /Widget /Parent 5 0 R /Rect [40 300 200 320] /F 4 >>",
            "<< /Type /Annot /Subtype /Widget /FT /Ch /Ff 2097152 /T (calls) /Opt [(Oban) (Tobermory) (Mallaig)] "
            "/V [(Oban) (Mallaig)] /Rect [40 250 300 270] /F 4 >>",
            "<< /Type /Annot /Subtype /Widget /FT /Btn /T (insured) /V /Yes /AS /Yes /Rect [40 200 60 220] /F 4 "
            "/AP << /N << /Yes 9 0 R /Off 9 0 R >> >> >>",
            _stream("", "/Type /XObject /Subtype /Form /BBox [0 0 20 20]"),
        )
    )
    text = " ".join(block.text for block in parse_pdf(path, path.name, ExtractionOptions()).blocks)
    assert "Kingfisher" in text
    assert "Oban, Mallaig" in text
    assert "\u2612" in text
    assert "Tobermory" not in text


def test_a_layer_that_is_switched_off_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "layers.pdf"
    content = "BT /F1 12 Tf 40 350 Td (The price list of the season) Tj ET "
    content += "/OC /L1 BDC BT /F1 12 Tf 40 300 Td (Seen by everyone) Tj ET EMC "
    content += "/OC /L2 BDC BT /F1 12 Tf 40 250 Td (Seen by nobody) Tj ET EMC"
    path.write_bytes(
        _pdf(
            "<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [5 0 R 6 0 R] /D << /OFF [6 0 R] >> >> >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> "
            "/Properties << /L1 5 0 R /L2 6 0 R >> >> >>",
            _stream(content),
            "<< /Type /OCG /Name (shown) >>",
            "<< /Type /OCG /Name (draft) >>",
        )
    )
    text = " ".join(block.text for block in parse_pdf(path, path.name, ExtractionOptions()).blocks)
    assert "everyone" in text
    assert "nobody" not in text


def _stream(content: str, keys: str = "") -> str:
    return f"<< {keys} /Length {len(content)} >>\nstream\n{content}\nendstream"


def _pdf(*objects: str) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalogue."""
    data, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    tail = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(data)}\n"
    )
    return data + tail.encode() + b"%%EOF\n"
