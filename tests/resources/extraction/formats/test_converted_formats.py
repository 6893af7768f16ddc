"""Formats read by way of another program, pandoc (in its wheel) or LibreOffice (where it is installed), and books."""

from __future__ import annotations

import base64
import subprocess
import zipfile
from pathlib import Path

import pptx
import pypandoc
import pytest

from codices.resources.extraction.common import libreoffice
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions
from tests.resources.extraction.files import SVG, parsed, png, written
from tests.resources.extraction.formats.test_office import word_file

PARTS = {"Writer": "sw", "Impress": "sd", "Draw": "sd"}  # of LibreOffice -> of the name of its library


def needs_libreoffice(part: str) -> pytest.MarkDecorator:
    """Debian and others package LibreOffice's parts one by one."""
    program = libreoffice.program()
    there = program is not None and (Path(program).resolve().parent / f"lib{PARTS[part]}lo.so").exists()
    return pytest.mark.skipif(not there, reason=f"LibreOffice {part} is not installed")


HTML = """<h1>Top</h1><p>Some words</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
<p><img src="p.png" alt="An alt"></p><h2>Sub</h2><p>More words</p>"""


@pytest.mark.parametrize("suffix", ["odt", "epub", "rtf", "rst"])
def test_files_that_pandoc_wrote(tmp_path: Path, suffix: str):
    written(tmp_path, "p.png", png())
    written(tmp_path, "p.html", HTML)
    command = [pypandoc.get_pandoc_path(), "p.html", "-s", "-o", f"x.{suffix}", "--metadata", "title=Told"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    extraction = parsed(tmp_path / f"x.{suffix}", read_link=lambda target: png())
    text = [block.text for block in extraction.blocks]
    assert text.index("Some words") < text.index("More words")
    assert extraction.tables[0].cells == [["a", "b"], ["1", "2"]]
    [figure] = extraction.figures
    assert figure.image_id in extraction.pictures
    assert figure.before.endswith("a b 1 2")
    assert (figure.link == "p.png") == (suffix == "rst")
    assert extraction.blocks[-1].heading_path[-2:] == ("Top", "Sub")
    if suffix != "rtf":
        assert extraction.title == "Told"


def test_every_page_of_a_book_is_read(tmp_path: Path):
    """Pages beside the main text, notes that nothing refers to, and pictures in SVG: a cover, and one of its own."""
    head = "<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><head><title/></head><body>"
    pages = {
        "cover": "<svg viewBox='0 0 6 8'><image width='6' height='8' xlink:href='../pictures/a%20b.png'/></svg>",
        "one": f"<h1>One</h1><p><a id='x'/>Text</p><aside epub:type='footnote'><p>A note</p></aside>{SVG}",
        "answers": "<h1>Answers</h1><p>Beside</p>",
    }
    container = "<container><rootfiles><rootfile full-path='O/c.opf'/></rootfiles></container>"
    items = "".join(
        f"<item id='{name}' href='text/{name}.xhtml' media-type='application/xhtml+xml'/>" for name in pages
    )
    spine = "<itemref idref='cover'/><itemref idref='one'/><itemref idref='answers' linear='no'/>"
    package = f"""<package xmlns='http://www.idpf.org/2007/opf'><metadata xmlns:dc='http://purl.org/dc/elements/1.1/'>
    <dc:title>The book</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"""
    with zipfile.ZipFile(tmp_path / "x.epub", "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", container)
        book.writestr("O/c.opf", package)
        book.writestr("O/pictures/a b.png", png())
        for name, body in pages.items():
            book.writestr(f"O/text/{name}.xhtml", f"{head}{body}</body></html>")
    extraction = parsed(tmp_path / "x.epub")
    assert extraction.title == "The book"
    assert [block.text for block in extraction.blocks] == ["One", "Text", "A note", "Answers", "Beside"]
    cover, drawing = extraction.figures
    assert cover.image_id is not None
    assert drawing.words == "Throughput in requests"


def test_rst_reads_no_other_file(tmp_path: Path):
    secret = written(tmp_path, "secret.txt", "classified words")
    others = f".. include:: {secret}\n\n.. csv-table:: T\n   :file: {secret}\n\n.. raw:: html\n   :file: {secret}\n\n"
    text = f"Title\n=====\n\n{others}plain\n"
    extraction = parsed(written(tmp_path, "x.rst", text))
    assert "classified" not in str(extraction)
    assert extraction.blocks[-1].text == "plain"
    assert extraction.title == "Title"


def test_what_sphinx_directives_say(tmp_path: Path):
    text = """
.. py:class:: Pump(size)
              Pump(*sizes, **more)
   :no-index:

   Moves water.

   .. py:method:: run_now(speed)

      Starts it.

.. confval:: pump_limit
   :type: litres

   The most.

.. epigraph:: Water runs down,
   always.

.. code-block:: python
   :caption: pump.py

   run()

Written like this::

   .. c:function:: int run(void)

The end.
"""
    extraction = parsed(written(tmp_path, "x.rst", text))
    assert [block.text for block in extraction.blocks] == [
        "Pump(size)", "Pump(*sizes, **more)", "Moves water.", "run_now(speed)", "Starts it.", "pump_limit", "type",
        "litres", "The most.", "Water runs down, always.", "pump.py", "run()", "Written like this:",
        ".. c:function:: int run(void)", "The end.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (r"\ansicpg1251 {\fonttbl{\f0 Arial;}}\pard \'cf\'f0\'e8\'e2\'e5\'f2\par", "Привет"),
        (r"\ansicpg1252\deff0{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}\pard \'e9 {\f1\'cf\'f0} \'e9\par", "é Пр é"),
        (r"\ansicpg932\deff0{\fonttbl{\f0\fcharset128 M;}}\pard \'93\'fa\'96\'7b \'83A\'83\'8b\par", "日本 アル"),
        (
            r"\ansicpg1252\pard caf\u233? noir {\uc0\u-10179\u-8704} \uc2\u26085\'93\'fa. \{x\}\par",
            "café noir 😀 日. {x}",
        ),
    ],
)
def test_code_pages_of_rtf(tmp_path: Path, rtf: str, text: str):
    [block] = parsed(written(tmp_path, "x.rtf", f"{{\\rtf1\\ansi{rtf}}}")).blocks
    assert block.text == text


def test_title_of_rtf(tmp_path: Path):
    info = r"{\info{\author Ann}{\title The \'e9tat \{1\}}}"
    rtf = rf"{{\rtf1\ansi\ansicpg1252{info}\pard Words\par}}"
    extraction = parsed(written(tmp_path, "x.rtf", rtf))
    assert extraction.title == "The état {1}"
    assert [block.text for block in extraction.blocks] == ["Words"]


def convert(path: Path, target: str) -> Path:
    converted = path.with_suffix(f".{target}")
    converted.write_bytes(libreoffice.convert(path.read_bytes(), path.suffix[1:], target))
    return converted


@needs_libreoffice("Writer")
def test_doc(tmp_path: Path):
    extraction = parsed(convert(word_file(tmp_path / "x.docx"), "doc"))
    assert extraction.media_type == "application/msword"
    assert [table.cells[0] for table in extraction.tables] == [["Wide", None, "End"]]
    assert [figure.caption for figure in extraction.figures] == ["Figure 1: The pump"]
    assert ("title", "Parts") in [(block.kind, block.text) for block in extraction.blocks]


@needs_libreoffice("Impress")
def test_ppt(tmp_path: Path):
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Old slide"  # pyright: ignore[reportOptionalMemberAccess]
    deck.save(str(tmp_path / "x.pptx"))
    extraction = parsed(convert(tmp_path / "x.pptx", "ppt"))
    assert [(block.page, block.text) for block in extraction.blocks] == [(1, "Old slide")]


def test_without_libreoffice_the_reason_is_clear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(libreoffice, "program", lambda: None)
    with pytest.raises(ExtractionError) as failure:
        libreoffice.convert(b"x", "doc", "docx")
    assert failure.value.kind == "needs_libreoffice"
    assert "not installed" in failure.value.message


@pytest.fixture(scope="module")
def metafile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    red = '<rect x="10" y="10" width="200" height="100" fill="red"/>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200">{red}</svg>'
    return convert(written(tmp_path_factory.mktemp("drawing"), "d.svg", svg), "emf")


@needs_libreoffice("Draw")
def test_metafiles_are_rendered(metafile: Path):
    extraction = parsed(metafile)
    assert extraction.media_type == "image/emf"
    [figure] = extraction.figures
    assert extraction.pictures[figure.image_id or ""].width > 50


@needs_libreoffice("Draw")
def test_metafiles_in_a_document_may_not_take_all_its_time(tmp_path: Path, metafile: Path):
    uri = "data:image/x-emf;base64," + base64.b64encode(metafile.read_bytes()).decode()
    page = written(tmp_path, "x.html", f"<p>words</p><img src='{uri}' alt='one'><p>and</p><img src='{uri}' alt='two'>")
    extraction = parsed(page, options=ExtractionOptions(timeout_seconds=1))
    assert [figure.alt for figure in extraction.figures] == ["one", "two"]
    assert [figure.image_id is None for figure in extraction.figures] == [False, True]
    assert [warning.kind for warning in extraction.warnings] == ["picture_unreadable"]
