"""Markup that pandoc reads."""

from functools import partial

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.common.format import Format
from codices.resources.extraction.declared.depends import PANDOC, READERS

_of_pandoc = partial(Format, reader=f"{READERS}.pandoc:parse_markup", libraries=PANDOC, preload=(f"{READERS}.pandoc",))
_text = partial(_of_pandoc, named="text")
_xml = partial(_of_pandoc, named="xml")

FORMATS = (
    _of_pandoc(
        types.RTF, "an RTF text", reader=f"{READERS}.pandoc:parse_rtf", suffixes=(".rtf",), signatures=(b"{\\rtf",)
    ),
    _text(types.RST, "a reStructuredText", reader=f"{READERS}.pandoc:parse_rst", suffixes=(".rst", ".rest")),
    _text(types.NOTEBOOK, "a Jupyter notebook", suffixes=(".ipynb",)),
    _text(types.ORG, "an Org text", suffixes=(".org",)),
    _text(types.LATEX, "a LaTeX text", suffixes=(".tex", ".latex")),
    _text(types.ASCIIDOC, "an AsciiDoc text", suffixes=(".adoc", ".asciidoc")),
    _text(types.MEDIAWIKI, "a MediaWiki page", suffixes=(".mediawiki", ".wiki")),
    _of_pandoc(types.MAN, "a manual page"),
    _xml(types.DOCBOOK, "a DocBook text", suffixes=(".dbk", ".docbook")),
    _xml(types.JATS, "a JATS article", suffixes=(".nxml",)),
    _xml(types.FB2, "a FictionBook", suffixes=(".fb2",)),
    _xml(types.OPML, "an OPML outline", suffixes=(".opml",)),
)
