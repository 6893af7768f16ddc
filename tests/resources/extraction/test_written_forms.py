"""What is cut out of a document, written as Markdown and HTML, reads back as the same."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest

from codices.resources.extraction.as_html import as_html
from codices.resources.extraction.as_markdown import as_markdown
from codices.resources.extraction.common.model import Block, Extraction
from codices.resources.extraction.with_unstructured.elements_out import elements_of
from tests.conftest import codices_here
from tests.resources.extraction.files import parsed, png, written

HARD = (
    "1. is no list, nor is",
    "# a heading",
    "- a dash, * or _this_ with `marks` and <b>tags</b> | bars [x](y)",
    "Costs $5 & more, ~~all~~ of it \\ done",
)


def word_document() -> bytes:
    document = docx.Document()
    document.add_heading("Cooling circuit", 1)
    for text in HARD:
        document.add_paragraph(text)
    document.add_heading("Parts", 2)
    for text in ("Impeller", "Seal | ring"):
        document.add_paragraph(text, style="List Bullet")
    table = document.add_table(3, 2)
    cells = (cell for row in table.rows for cell in row.cells)
    for cell, text in zip(cells, ("pump", "bar", "P-1|A", "4.5", "P-2", "<5"), strict=True):
        cell.text = text
    document.add_picture(io.BytesIO(png()))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def said(extraction: Extraction) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(block.kind, block.text, block.heading_path) for block in extraction.blocks]


@pytest.fixture
def before(tmp_path: Path) -> Extraction:
    return parsed(written(tmp_path, "report.docx", word_document()))


def test_markdown_reads_back_as_the_same(before: Extraction, tmp_path: Path):
    after = parsed(written(tmp_path, "report.md", as_markdown(before)))
    assert said(after) == said(before)
    assert [table.cells for table in after.tables] == [table.cells for table in before.tables]


def test_html_reads_back_as_the_same_with_its_pictures(before: Extraction, tmp_path: Path):
    after = parsed(written(tmp_path, "report.html", as_html(before)))
    assert said(after) == said(before)
    assert [table.cells for table in after.tables] == [table.cells for table in before.tables]
    assert after.pictures.keys() == before.pictures.keys()


def test_code_that_shows_fences_and_lines_that_repeat_on_pages(tmp_path: Path):
    code = "```\nfenced\n```\nif a < b:\n    c()"
    document = Extraction("text/plain", blocks=[Block(code, "code", order=1), Block("page 3", "footer", order=2)])
    for name, text in (("a.md", as_markdown(document)), ("a.html", as_html(document))):
        assert said(parsed(written(tmp_path, name, text))) == [("code", code, ())]
    assert [each["type"] for each in elements_of(document, "a.txt")] == ["CodeSnippet", "Footer"]


def test_the_command_prints_each_form(tmp_path: Path):
    written(tmp_path, "pumps.md", "# Pumps\n\nTwo of *them*.\n")

    def printed(form: str) -> str:
        return codices_here("extract", "pumps.md", "--format", form, cwd=tmp_path).out

    assert printed("markdown") == "# Pumps\n\nTwo of them.\n"
    assert "<h1>Pumps</h1>\n<p>Two of them.</p>" in printed("html")
    assert '"type": "Title"' in printed("unstructured")
    assert printed("json") == codices_here("extract", "pumps.md", "--json", cwd=tmp_path).out
    assert printed("text") == "Pumps\nTwo of them.\n"
    written(tmp_path, "empty.md", "")
    failed = codices_here("extract", "empty.md", "--format", "markdown", cwd=tmp_path)
    assert (failed.status, failed.out) == (1, "")
    assert "no bytes" in failed.err
