"""RTF, reStructuredText, notebooks and other markup: pandoc turns them, pictures included, into HTML, which is read.

pandoc is called as a program, in its sandbox: it reads the one file it is given and nothing else.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from codices.resources.extraction.common import media_types as types
from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.common.pandoc_program import run_pandoc
from codices.resources.extraction.formats.markup.rst_text import plain_directives
from codices.resources.extraction.formats.markup.rtf_text import title_of_rtf, unicode_rtf
from codices.resources.extraction.formats.web import parse_tree, read_html
from codices.resources.extraction.registry.sniffing import media_type_of
from codices.resources.settings.extraction_options import ExtractionOptions

_FORMATS = {
    types.RTF: "rtf",
    types.RST: "rst",
    types.NOTEBOOK: "ipynb",
    types.ORG: "org",
    types.LATEX: "latex",
    types.ASCIIDOC: "asciidoc",
    types.MEDIAWIKI: "mediawiki",
    types.MAN: "man",
    types.DOCBOOK: "docbook",
    types.JATS: "jats",
    types.FB2: "fb2",
    types.OPML: "opml",
}
_HOLDS_PICTURES = {types.RTF, types.NOTEBOOK, types.FB2}  # in others a picture is a file of its own
_PARAGRAPH_STYLE = re.compile(rb"\\outlinelevel(\d)(?!\d)|\\s(\d{1,4})(?!\d)")
_HEADING_STYLE = re.compile(rb"\{\\s(\d{1,4})(?!\d)[^{}]*\bheading ([1-9]);\}", re.IGNORECASE)
_HEADING_MARK = "codicesheading"
_XML_ENCODING = re.compile(rb"""<\?xml[^>]*\bencoding\s*=\s*["']([\w.:-]+)""")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_OTHER_FILES = re.compile(r"^[ \t]*\.\.[ \t]+(?:include|literalinclude)::.*$|^[ \t]+:(?:file|url):.*$", re.MULTILINE)


def parse_rtf(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """pandoc reads no headings in RTF, so their outline levels go through it as words."""
    rtf = unicode_rtf(_bytes(data_path, options))
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        source = Path(folder, "source.rtf")
        source.write_bytes(_mark_headings(rtf))
        return _through_html(source, types.RTF, options, read_link, title_of_rtf(rtf))


def _mark_headings(rtf: bytes) -> bytes:
    """A word before every heading, told by its outline level or by its style's name."""
    levels = {style: int(level) - 1 for style, level in _HEADING_STYLE.findall(rtf)}

    def mark(found: re.Match[bytes]) -> bytes:
        level = int(found[1]) if found[1] is not None else levels.get(found[2])
        return found[0] if level is None else b"%b %b%dx" % (found[0], _HEADING_MARK.encode(), level)

    return _PARAGRAPH_STYLE.sub(mark, rtf)


def _with_headings(html: str) -> str:
    def heading(found: re.Match[str]) -> str:
        level = int(found[2]) + 1
        return f"<h{level}>{found[1]}{found[3]}</h{level}>" if level <= 6 else found[0]

    html = re.sub(rf"<p>((?:<[^/>]+>)*){_HEADING_MARK}(\d)x(.*?)</p>", heading, html, flags=re.DOTALL)
    return re.sub(rf"{_HEADING_MARK}\dx", "", html)


def parse_rst(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """Files that a directive would include are left out: they are documents of their own, or none of ours."""
    data = _bytes(data_path, options)
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        source = Path(folder, "source.rst")
        source.write_text(plain_directives(_OTHER_FILES.sub("", decode(data))), encoding="utf-8")
        return _through_html(source, types.RST, options, read_link)


def parse_markup(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """A text in markup that pandoc knows. Raises ExtractionError("corrupt") where it is none, "too_large"."""
    media_type = media_type_of(data_path, path)
    data = _bytes(data_path, options)
    declared = _XML_ENCODING.match(data.lstrip())
    text = decode(data, declared[1].decode("ascii") if declared else None)
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        source = Path(folder, "source")
        source.write_text(_XML_DECLARATION.sub("", text.lstrip("\ufeff")), encoding="utf-8")
        return _through_html(source, media_type, options, read_link)


def _bytes(data_path: Path, options: ExtractionOptions) -> bytes:
    try:
        data = data_path.read_bytes()
    except OSError as error:
        raise reading_error(error) from error
    check_size(len(data), options.max_text_mib, "max_text_mib")
    return data


def _through_html(
    source: Path, media_type: str, options: ExtractionOptions, read_link: ReadLink, title: str = ""
) -> Extraction:
    flow = Flow(media_type, options, read_link)
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        html, warnings = run_pandoc(source, _FORMATS[media_type], Path(folder), media_type in _HOLDS_PICTURES)
        html = _with_headings(html) if media_type == types.RTF else html
        media = Path(folder, "media")
        flow.embedded = lambda target: _media_file(media, target) if target.startswith("media/") else None
        root = parse_tree(html)
        found = root.findtext(".//head/title") if root is not None else None
        if media_type != types.RTF and root is not None:
            # pandoc takes lone top headings out of the text, and those left are level 1 again.
            flow.heading(found or "", -1)
            flow.heading("".join(root.xpath("//meta[@name='subtitle']/@content")), 0)
        flow.title = title or ("" if (found or "").strip() == "Unknown Title" else found or "")
        read_html(html, flow)
    for line in warnings:
        flow.warn("part_lost", line)
    return flow.finish()


def _media_file(media: Path, target: str) -> bytes | None:
    file = (media.parent / target).resolve()
    if not file.is_relative_to(media.resolve()) or not file.is_file():
        return None
    return file.read_bytes()
