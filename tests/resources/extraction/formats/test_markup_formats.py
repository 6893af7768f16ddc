"""Text formats with a markup of their own: headings, lists, tables, code and pictures are what they are in it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from codices.resources.foundation.failures import ExtractionError
from tests.resources.extraction.files import parsed, png, written

PICTURE = base64.b64encode(png()).decode()
_MARKUP = {
    "x.org": "#+TITLE: Pumps\n* Upkeep\nGrease the bearing.\n\n| Part | No |\n|------+----|\n| Seal | 7  |\n",
    "x.tex": r"\documentclass{article}\title{Pumps}\begin{document}\maketitle\section{Upkeep}Grease the bearing."
    r"\begin{tabular}{ll}Part & No \\ \hline Seal & 7\end{tabular}\end{document}",
    "x.adoc": "= Pumps\n\n== Upkeep\n\nGrease the bearing.\n\n|===\n|Part |No\n\n|Seal |7\n|===\n",
    "x.mediawiki": "= Pumps =\n== Upkeep ==\nGrease the bearing.\n\n{|\n! Part !! No\n|-\n| Seal || 7\n|}\n",
    "x.dbk": "<?xml version='1.0' encoding='UTF-8'?><article xmlns='http://docbook.org/ns/docbook'><title>Pumps</title>"
    "<section><title>Upkeep</title><para>Grease the <emphasis>bearing</emphasis>.</para><informaltable>"
    "<tgroup cols='2'><thead><row><entry>Part</entry><entry>No</entry></row></thead><tbody><row><entry>Seal</entry>"
    "<entry>7</entry></row></tbody></tgroup></informaltable></section></article>",
    "x.xml": "<?xml version='1.0'?><article article-type='research-article'><front><article-meta><title-group>"
    "<article-title>Pumps</article-title></title-group></article-meta></front><body><sec><title>Upkeep</title>"
    "<p>Grease the <bold>bearing</bold>.</p><table-wrap><table><thead><tr><th>Part</th><th>No</th></tr></thead>"
    "<tbody><tr><td>Seal</td><td>7</td></tr></tbody></table></table-wrap></sec></body></article>",
    "x.dita": "<!DOCTYPE concept PUBLIC '-//OASIS//DTD DITA Concept//EN' 'concept.dtd'><concept id='c'>"
    "<title>Pumps</title><conbody><section><title>Upkeep</title><p>Grease the <ph>bearing</ph>.</p><table>"
    "<tgroup cols='2'><colspec colname='a'/><thead><row><entry>Part</entry><entry>No</entry></row></thead><tbody>"
    "<row><entry>Seal</entry><entry>7</entry></row></tbody></tgroup></table></section></conbody></concept>",
}


@pytest.mark.parametrize("name", _MARKUP)
def test_headings_sentences_and_tables(tmp_path: Path, name: str):
    extraction = parsed(written(tmp_path, name, _MARKUP[name]))
    assert extraction.title == "Pumps"
    assert [(block.kind, block.text, block.heading_path) for block in extraction.blocks] == [
        ("title", "Pumps", ()),
        ("title", "Upkeep", ("Pumps",)),
        ("text", "Grease the bearing.", ("Pumps", "Upkeep")),
    ]
    assert [table.cells for table in extraction.tables] == [[["Part", "No"], ["Seal", "7"]]]


def test_an_outline_and_a_manual_page(tmp_path: Path):
    head = "<?xml version='1.0'?><opml version='2.0'><head><title>Plan</title></head>"
    outline = f"{head}<body><outline text='Grease'/></body></opml>"
    assert [b.text for b in parsed(written(tmp_path, "x.opml", outline)).blocks] == ["Plan", "Grease"]
    manual = ".TH PUMP 1\n.SH NAME\npump \\- moves water\n.SH OPTIONS\n.TP\n.B \\-v\nSay more.\n"
    blocks = parsed(written(tmp_path, "pump.1", manual)).blocks
    assert ("Say more.", "OPTIONS") in [(block.text, block.heading_path[-1]) for block in blocks if block.heading_path]


def test_a_book_in_fiction_book_holds_its_pictures(tmp_path: Path):
    book = (
        '<?xml version="1.0" encoding="utf-8"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" '
        'xmlns:l="http://www.w3.org/1999/xlink"><description><title-info><book-title>Pumps</book-title></title-info>'
        "</description><body><section><title><p>Upkeep</p></title><p>Grease it.</p><image l:href='#a.png'/>"
        "</section></body>"
        f'<binary id="a.png" content-type="image/png">{PICTURE}</binary></FictionBook>'
    )
    extraction = parsed(written(tmp_path, "x.fb2", book))
    assert "Grease it." in [block.text for block in extraction.blocks]
    assert [figure.image_id is not None for figure in extraction.figures] == [True]


def test_a_notebook_is_its_cells_and_what_they_gave(tmp_path: Path):
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "stdout", "text": ["flow 42\n"]},
        {"output_type": "display_data", "metadata": {}, "data": {"image/png": PICTURE, "text/plain": ["<Figure>"]}},
    ]
    code = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": ["if x:\n", "    run()"]}
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Pumps\n", "\n", "|Part|No|\n", "|-|-|\n", "|Seal|7|"]},
        {**code, "outputs": outputs},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    extraction = parsed(written(tmp_path, "x.ipynb", json.dumps(notebook)))
    assert [(block.kind, block.text) for block in extraction.blocks] == [
        ("title", "Pumps"),
        ("code", "if x:\n    run()"),
        ("code", "flow 42"),
    ]
    assert [table.cells for table in extraction.tables] == [[["Part", "No"], ["Seal", "7"]]]
    assert [figure.image_id is not None for figure in extraction.figures] == [True]


def test_a_broken_notebook_fails(tmp_path: Path):
    with pytest.raises(ExtractionError) as caught:
        parsed(written(tmp_path, "x.ipynb", '{"cells": ['))
    assert caught.value.kind == "corrupt"
