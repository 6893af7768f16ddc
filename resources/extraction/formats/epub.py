"""EPUB: the pages of the book's spine, each an HTML page with pictures from the same archive."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from codices.resources.extraction.common.encodings import decode
from codices.resources.extraction.common.flow import Flow, ReadLink
from codices.resources.extraction.common.limits import check_archive, read_archive_entry
from codices.resources.extraction.common.media_types import EPUB
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.formats.office.office_xml import parse_xml
from codices.resources.extraction.formats.web import read_html
from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

_LOCKED_PAGE = re.compile(rb"""URI=["'][^"']+\.x?html?["']""")
# XHTML may close any element in its own tag, HTML only those that have no inside.
_CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|image|input|link|meta|param|source|track|wbr)\b)([a-zA-Z][\w:-]*)((?:\s[^<>]*)?)/>"
)
_COVER = re.compile(
    r"""<svg\b[^>]*>\s*(?:<(title|desc)\b[^>]*>[^<]*</\1>\s*)*"""
    r"""<image\b[^>]*?\bhref\s*=\s*["']([^"']*)["'][^>]*>\s*(?:</image>)?\s*</svg>"""
)


def parse_epub(data_path: Path, path: str, options: ExtractionOptions, read_link: ReadLink) -> Extraction:
    """One EPUB. Raises ExtractionError: "corrupt", "archive_bomb", "encrypted", "no_content"."""
    check_archive(data_path, options)
    # Pictures of the book are in the book: none is looked for beside it.
    flow = Flow(EPUB, options)
    with zipfile.ZipFile(data_path) as archive:
        names = set(archive.namelist())
        locks = "META-INF/encryption.xml"
        # Fonts are often scrambled, which is no matter; pages are only where somebody locked the book.
        if locks in names and _LOCKED_PAGE.search(read_archive_entry(archive, locks)):
            raise ExtractionError("encrypted", "the book is locked by rights management")
        package, folder = _package(archive, names)
        flow.title = package.findtext(".//{http://purl.org/dc/elements/1.1/}title") or ""
        for page, media_type in _spine(package, folder):
            try:
                _read_page(archive, names, page, media_type, flow)
            except (KeyError, ExtractionError) as error:
                flow.lost(error)
    return flow.finish()


def _package(archive: zipfile.ZipFile, names: set[str]) -> tuple[Any, str]:
    """The root of the package file, which lists what the book is made of, and its folder."""
    container = "META-INF/container.xml"
    root = parse_xml(read_archive_entry(archive, container)) if container in names else None
    file = root.find(".//{*}rootfile") if root is not None else None
    name = unquote(file.get("full-path", "")) if file is not None else ""
    package = parse_xml(read_archive_entry(archive, name)) if name in names else None
    if package is None:
        raise ExtractionError("corrupt", "the book has no list of its pages")
    return package, posixpath.dirname(name)


def _spine(package: Any, folder: str) -> list[tuple[str, str]]:
    """Name in the archive and media type of every page, in reading order, pages beside the main text included."""
    manifest = {item.get("id", ""): item for item in package.iterfind("{*}manifest/{*}item")}
    pages = []
    for reference in package.iterfind("{*}spine/{*}itemref"):
        item = manifest.get(reference.get("idref", ""))
        # The list of contents would say every heading twice.
        if item is not None and "nav" not in item.get("properties", "").split():
            pages.append((_inside(folder, item.get("href", "")), item.get("media-type", "")))
    return list(dict.fromkeys(pages))


def _read_page(archive: zipfile.ZipFile, names: set[str], page: str, media_type: str, flow: Flow) -> None:
    data = read_archive_entry(archive, page)
    if media_type.startswith("image/"):
        flow.figure(data, name=page)
        return
    folder = posixpath.dirname(page)

    def embedded(target: str) -> bytes | None:
        name = _inside(folder, target)
        return read_archive_entry(archive, name) if name in names else None

    flow.embedded = embedded
    text = _CLOSED.sub(r"<\1\2></\1>", decode(data))
    read_html(_COVER.sub(r'<img src="\2">', text), flow)


def _inside(folder: str, link: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(link.partition("#")[0].partition("?")[0])))
