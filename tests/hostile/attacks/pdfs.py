"""PDFs: pages, forms and outlines that hold themselves, streams that unpack without end, fonts that lie."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from tests.hostile.crafted_files import pdf_of

_TITLE = "<< /Title (Attack) >>"
_ONE_PAGE = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
_PAGE = "/Type /Page /Parent 2 0 R /MediaBox [0 0 612 792]"
_CATALOGUE = "<< /Type /Catalog /Pages 2 0 R >>"
_HELVETICA = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def _stream(data: bytes, dictionary: str = "") -> str:
    return f"<< /Length {len(data)} {dictionary} >>\nstream\n{data.decode('latin-1')}\nendstream"


def _drawn(operators: bytes, passes: int = 1) -> bytes:
    """One page with these operators, packed so often."""
    for _ in range(passes):
        operators = zlib.compress(operators, 9)
    filters = f"/Filter [{'/FlateDecode ' * passes}]"
    return _bytes_of(_CATALOGUE, _ONE_PAGE, f"<< {_PAGE} /Contents 4 0 R {_HELVETICA} >>", _stream(operators, filters))


def _bytes_of(*objects: str) -> bytes:
    """A PDF of objects whose streams may hold any byte, without a table: readers find the objects themselves."""
    body = "".join(f"{number} 0 obj\n{content}\nendobj\n" for number, content in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer << /Size {len(objects) + 1} /Root 1 0 R >>\n%%EOF\n".encode("latin-1")


def launching() -> bytes:
    """Starts a program when it is opened, and a script when it is closed."""
    actions = "/OpenAction << /S /Launch /F (touch) /P (launched) >> /AA << /WC << /S /JavaScript /JS (app.beep) >> >>"
    return pdf_of(f"<< /Type /Catalog /Pages 2 0 R {actions} >>", _ONE_PAGE, f"<< {_PAGE} >>", _TITLE)


def pages_in_themselves() -> bytes:
    inner = "<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 9 >>"
    return pdf_of(_CATALOGUE, "<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 9 >>", inner, _TITLE)


def form_in_itself() -> bytes:
    """A form that draws itself ten times."""
    draws, own = b"/X Do " * 10, "/Resources << /XObject << /X 4 0 R >> >>"
    form = _stream(draws, f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] {own}")
    return pdf_of(_CATALOGUE, _ONE_PAGE, f"<< {_PAGE} /Contents 5 0 R {own} >>", form, _stream(draws), _TITLE)


def outline_in_itself() -> bytes:
    entry = "<< /Title (Round) /Parent 4 0 R /Next 5 0 R /First 5 0 R /Last 5 0 R /Dest [3 0 R /Fit] >>"
    catalogue = "<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>"
    return pdf_of(catalogue, _ONE_PAGE, f"<< {_PAGE} >>", "<< /First 5 0 R /Last 5 0 R /Count 9 >>", entry, _TITLE)


def table_before_itself() -> bytes:
    """A cross-reference table that names itself as the one before it."""
    start = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    place = str(len(start)).encode()
    table = b"xref\n0 1\n0000000000 65535 f \ntrailer << /Size 2 /Root 1 0 R /Prev " + place + b" >>\n"
    return start + table + b"startxref\n" + place + b"\n%%EOF\n"


def large_pages() -> bytes:
    """Two hundred pages, each a hundred million kilometres wide."""
    kids = " ".join(f"{number} 0 R" for number in range(3, 203))
    pages = f"<< /Type /Pages /Kids [{kids}] /Count 99999999 >>"
    return pdf_of(_CATALOGUE, pages, *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1e14 1e14] >>"] * 200, _TITLE)


def font_that_lies() -> bytes:
    """A TrueType font whose tables lie outside of it, and are four gigabytes long."""
    tables = b"".join(name + b"\0\0\0\0" + b"\x7f\xff\xff\xf0" * 2 for name in (b"cmap", b"glyf", b"loca", b"maxp"))
    font = b"\0\1\0\0\0\x04\0\x40\0\2\0\0" + tables
    described = "/FirstChar 0 /LastChar 99999999 /Widths [1] /FontDescriptor 6 0 R"
    return _bytes_of(
        _CATALOGUE,
        _ONE_PAGE,
        f"<< {_PAGE} /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        _stream(b"BT /F1 12 Tf 72 700 Td (Font) Tj ET"),
        f"<< /Type /Font /Subtype /TrueType /BaseFont /A {described} >>",
        "<< /Type /FontDescriptor /FontName /A /Flags 4 /FontFile2 7 0 R >>",
        _stream(font, f"/Length1 {len(font)}"),
    )


PDFS: dict[str, Callable[[], bytes]] = {
    "launch.pdf": launching,
    "pages-loop.pdf": pages_in_themselves,
    "form-loop.pdf": form_in_itself,
    "outline-loop.pdf": outline_in_itself,
    "table-loop.pdf": table_before_itself,
    "large-pages.pdf": large_pages,
    "font.pdf": font_that_lies,
    "bomb.pdf": lambda: _drawn(b"0 0 1 1 re f " * 8_000_000, passes=2),
    "words.pdf": lambda: _drawn(b"BT /F1 9 Tf 9 9 Td (pump) Tj ET\n" * 100_000),
    "lines.pdf": lambda: _drawn(b"0 0 m 9 9 l S 10 10 500 1 re f\n" * 100_000),
    "states.pdf": lambda: _drawn(b"q " * 1_000_000 + b"BT /F1 9 Tf (deep) Tj ET"),
}
