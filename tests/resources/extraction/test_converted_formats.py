"""Formats read by way of another program: pandoc (in its wheel) and LibreOffice (where it is installed)."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pptx
import pypandoc
import pytest

from resources.extraction import libreoffice
from resources.extraction.model import ExtractionError
from resources.extraction.options import ExtractionOptions
from tests.resources.extraction.files import parsed, png, written
from tests.resources.extraction.test_office import word_file

needs_libreoffice = pytest.mark.skipif(libreoffice.program() is None, reason="LibreOffice is not installed")

HTML = """<h1>Top</h1><p>Some words</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
<p><img src="p.png" alt="An alt"></p><h2>Sub</h2><p>More words</p>"""


@pytest.mark.parametrize("suffix", ["odt", "epub", "rtf", "rst"])
def test_pandoc_formats(tmp_path: Path, suffix: str):
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


def test_rst_reads_no_other_file(tmp_path: Path):
    secret = written(tmp_path, "secret.txt", "classified words")
    others = f".. include:: {secret}\n\n.. csv-table:: T\n   :file: {secret}\n\n.. raw:: html\n   :file: {secret}\n\n"
    text = f"Title\n=====\n\n{others}plain\n"
    extraction = parsed(written(tmp_path, "x.rst", text))
    assert "classified" not in str(extraction)
    assert extraction.blocks[-1].text == "plain"
    assert extraction.title == "Title"


def convert(path: Path, target: str) -> Path:
    converted = path.with_suffix(f".{target}")
    converted.write_bytes(libreoffice.convert(path.read_bytes(), path.suffix[1:], target))
    return converted


@needs_libreoffice
def test_doc(tmp_path: Path):
    extraction = parsed(convert(word_file(tmp_path / "x.docx"), "doc"))
    assert extraction.media_type == "application/msword"
    assert [table.cells[0] for table in extraction.tables] == [["Wide", None, "End"]]
    assert [figure.caption for figure in extraction.figures] == ["Figure 1: The pump"]
    assert ("title", "Parts") in [(block.kind, block.text) for block in extraction.blocks]


@needs_libreoffice
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


@needs_libreoffice
def test_metafiles_are_rendered(metafile: Path):
    extraction = parsed(metafile)
    assert extraction.media_type == "image/emf"
    [figure] = extraction.figures
    assert extraction.pictures[figure.image_id or ""].width > 50


@needs_libreoffice
def test_metafiles_in_a_document_may_not_take_all_its_time(tmp_path: Path, metafile: Path):
    uri = "data:image/x-emf;base64," + base64.b64encode(metafile.read_bytes()).decode()
    page = written(tmp_path, "x.html", f"<p>words</p><img src='{uri}' alt='one'><p>and</p><img src='{uri}' alt='two'>")
    extraction = parsed(page, options=ExtractionOptions(timeout_seconds=1))
    assert [figure.alt for figure in extraction.figures] == ["one", "two"]
    assert [figure.image_id is None for figure in extraction.figures] == [False, True]
    assert [warning.kind for warning in extraction.warnings] == ["picture_unreadable"]
