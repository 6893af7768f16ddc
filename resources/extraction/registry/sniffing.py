"""The type of a file, told by its content; the name only decides between kinds of plain text."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from codices.resources.extraction.common.encodings import decode_head
from codices.resources.extraction.common.limits import reading_error
from codices.resources.extraction.common.media_types import (
    DITA,
    DOC,
    DOCBOOK,
    DOCX,
    ELEMENTS,
    EMF,
    EML,
    ENCRYPTED,
    EPUB,
    FB2,
    GZIP,
    HTML,
    JATS,
    JSON,
    MAN,
    MARKDOWN,
    MSG,
    ODP,
    ODS,
    ODT,
    OLE,
    OPML,
    PDF,
    PLAIN,
    POSTSCRIPT,
    PPT,
    PPTX,
    SVG,
    TAR,
    UNKNOWN,
    WMF,
    XLS,
    XLSB,
    XLSX,
    XML,
    ZIP,
    first_tag,
    starts_as_svg,
)
from codices.resources.extraction.registry.registered import named, signatures

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # how an OLE2 file starts
_HEAD = 16 * 1024
_SAY_LITTLE = (ZIP, OLE, UNKNOWN)  # boxes that formats of other packages may use, too
_MAN_NAME = re.compile(r"\.[1-9]")
_MAN_START = re.compile(r"^(?:\.TH|\.Dd)\s", re.MULTILINE)
_XML_DIALECTS = (
    (re.compile(r"<FictionBook[\s>]"), FB2),
    (re.compile(r"<opml[\s>]"), OPML),
    (re.compile(r"-//OASIS//DTD DITA|<[\w-]+[^<>]*\sdita:|<[\w-]+[^<>]*\sditaarch:"), DITA),
    (re.compile(r"http://docbook\.org/ns/docbook|-//OASIS//DTD DocBook|-//OASIS//DTD Simplified DocBook"), DOCBOOK),
    (re.compile(r"-//NLM//DTD J|<article[^<>]*\s(?:dtd-version|article-type)="), JATS),
)
_PDF_HEADER = re.compile(rb"%PDF-\d\.\d[ \t]*(?:[\r\n%]|$)")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE)
_SVG_AND_MORE = re.compile(r"</(?:\w+:)?svg>\s*[^\s<]")
_HTML_PARTS = re.compile(
    r"</?(?:p|div|h[1-6]|table|tr|td|ul|ol|li|span|a|img|br|section|article)\b[^<>]*>", re.IGNORECASE
)
_MAIL_HEADER = re.compile(
    r"^(?:from|to|cc|subject|date|message-id|received|return-path|mime-version|content-type|delivered-to|reply-to|"
    r"x-[\w-]+|dkim-signature|in-reply-to|references):",
    re.IGNORECASE,
)
_ELEMENTS = re.compile(r"\[?\s*\{\s*\"(?:type|element_id|text|metadata)\"\s*:")
_MARKDOWN_MARKS = (
    re.compile(r"^#{1,6} \S", re.MULTILINE),
    re.compile(r"^(?:```|~~~)", re.MULTILINE),
    re.compile(r"!?\[[^\]\n]+\]\([^)\n]+\)"),
    re.compile(r"^\|.+\|\s*$\n^\|[\s:|-]+\|\s*$", re.MULTILINE),
)


def media_type_of(path: Path, name: str) -> str:
    """The media type of a file that is there; `name` is what the corpus calls it.

    Reads the first 16 KiB, and the directory of an archive. Raises ExtractionError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise reading_error(error) from error
    suffix = PurePosixPath(name).suffix.lower()
    found = (
        _by_signature(head, suffix)
        or (_archive(path) if head[:4] in (b"PK\x03\x04", b"PK\x05\x06") else None)
        or (_compound_file(path) if head.startswith(_COMPOUND) else None)
        or _text(head, suffix)
    )
    return named("any").get(suffix, found) if found in _SAY_LITTLE else found


def may_be_mail(head: bytes) -> bool:
    """Whether a file that starts like this may be a mail; of a compound file only `media_type_of` knows more."""
    if head.startswith(_COMPOUND):
        return True
    text = None if head.startswith((b"PK", b"%PDF", b"\x89PNG", b"\xff\xd8\xff")) else decode_head(head)
    return text is not None and _looks_like_mail(text.lstrip("\ufeff \t\r\n"))


def _by_signature(head: bytes, suffix: str) -> str | None:
    if _is_pdf(head, suffix):
        return PDF
    for start, media_type in signatures():
        if head.startswith(start):
            return media_type
    if head.startswith(b"\xc5\xd0\xd3\xc6"):
        return POSTSCRIPT
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        brands = head[8:40]
        if b"avif" in brands or b"avis" in brands:
            return "image/avif"
        if any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")):
            return "image/heic"
        return "video/mp4"
    if (
        head[:2] == b"BM"
        and len(head) > 26
        and head[6:10] == b"\x00\x00\x00\x00"
        and head[14] in (12, 40, 52, 56, 64, 108, 124)
    ):
        return "image/bmp"
    if head[:4] == b"\x01\x00\x00\x00" and head[40:44] == b" EMF":
        return EMF
    if head[:4] == b"\x01\x00\x09\x00" and suffix == ".wmf":
        return WMF
    if head.startswith(b"%!PS") and not _named_as_text(suffix):
        return POSTSCRIPT
    if head[:2] == b"\x1f\x8b":
        return SVG if suffix == ".svgz" else GZIP
    if head[257:262] == b"ustar":
        return TAR
    return None


def _named_as_text(suffix: str) -> bool:
    return suffix in named("text")


def _is_pdf(head: bytes, suffix: str) -> bool:
    """Some bytes may stand before the header. A text that speaks of PDF has it within a line, or a text's name."""
    place = head[: 1024 + len(b"%PDF-")].find(b"%PDF-")
    text = _named_as_text(suffix)
    if place <= 0:
        return place == 0 and (not text or _PDF_HEADER.match(head) is not None)
    before = head[:place]
    if not before.strip():
        return True
    starts_a_line = before[-1:] in (b"\r", b"\n", b"\0") and _PDF_HEADER.match(head, place) is not None
    return not text and (starts_a_line or not before.isascii()) and not may_be_mail(head)


def _archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            kind = archive.read("mimetype")[:200].decode("ascii", "replace").strip() if "mimetype" in names else ""
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError):
        return ZIP  # what is wrong with it is said when it is parsed
    if kind in (EPUB, ODT, ODS, ODP):
        return kind
    if kind.startswith(ODT):
        return ODT
    if kind.startswith(ODS):
        return ODS
    if kind.startswith(ODP):
        return ODP
    if "xl/workbook.bin" in names:
        return XLSB
    for folder, media_type in (("word/", DOCX), ("ppt/", PPTX), ("xl/", XLSX)):
        if any(name.startswith(folder) for name in names):
            return media_type
    if "META-INF/container.xml" in names:
        return EPUB
    return ZIP


def _compound_file(path: Path) -> str:
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as compound:
            names = {"/".join(entry) for entry in compound.listdir()}
    except (OSError, ValueError, IndexError, TypeError):
        return OLE
    for stream, media_type in (
        ("EncryptedPackage", ENCRYPTED),
        ("WordDocument", DOC),
        ("PowerPoint Document", PPT),
        ("Workbook", XLS),
        ("Book", XLS),
        ("__properties_version1.0", MSG),
    ):
        if stream in names:
            return media_type
    return OLE


def _text(head: bytes, suffix: str) -> str:
    text = decode_head(head)
    if text is None:
        return UNKNOWN
    start = text[:4096].lstrip("\ufeff \t\r\n")
    by_name = named("text").get(suffix) or named("any").get(suffix)
    named_text = by_name not in (None, HTML, EML)  # texts of other formats may start with a tag all the same
    if start.startswith("<"):
        page = _HTML.match(start, first_tag(start))
        dialect = None if page else named("xml").get(suffix) or _xml_dialect(start)  # many have a <body>, too
        if dialect:
            return dialect
        # A Markdown page may start with a tag and show another in an example.
        if page or (not named_text and _HTML.search(text)):
            return HTML
        if starts_as_svg(text) and not (named_text and _SVG_AND_MORE.search(text)):
            return SVG
        if start.startswith("<?xml"):
            return XML
    if by_name == EML or _looks_like_mail(start):
        return EML
    if by_name == JSON and _ELEMENTS.match(start) and '"element_id"' in text:
        return ELEMENTS
    if by_name is not None:
        return by_name
    if _MAN_NAME.fullmatch(suffix) and _MAN_START.search(text):
        return MAN
    if start.startswith("<") and len(_HTML_PARTS.findall(text)) >= 3:
        return HTML
    if sum(1 for mark in _MARKDOWN_MARKS if mark.search(text)) >= 2:
        return MARKDOWN
    return PLAIN


def _xml_dialect(start: str) -> str | None:
    """What kind of document an XML is, told by its document type, its namespace or its first element."""
    return next((media_type for sign, media_type in _XML_DIALECTS if sign.search(start[:2000])), None)


def _looks_like_mail(text: str) -> bool:
    names: set[str] = set()
    for line in text.splitlines()[:40]:
        if line[:1] in (" ", "\t"):
            continue
        if not line or not re.match(r"^[\w-]+:", line):
            break
        if _MAIL_HEADER.match(line):
            names.add(line.split(":")[0].lower())
    return len(names) >= 3 and bool(names & {"from", "received", "message-id", "mime-version", "return-path"})
