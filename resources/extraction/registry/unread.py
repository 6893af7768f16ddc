"""What files of types that are not read are called, for the failure that says so."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from codices.resources.extraction.common.media_types import OLE, POSTSCRIPT, UNKNOWN, ZIP

# Suffix -> what a person calls such a file.
_BY_SUFFIX = {
    ".pages": "an Apple Pages document",
    ".numbers": "an Apple Numbers spreadsheet",
    ".key": "an Apple Keynote presentation",
    ".one": "a OneNote section",
    ".pub": "a Microsoft Publisher publication",
    ".vsd": "a Visio drawing",
    ".vsdx": "a Visio drawing",
    ".mpp": "a Microsoft Project plan",
    ".mdb": "a Microsoft Access database",
    ".accdb": "a Microsoft Access database",
    ".pst": "an Outlook mailbox",
    ".ost": "an Outlook mailbox",
    ".wpd": "a WordPerfect document",
    ".djvu": "a DjVu document",
    ".mobi": "a Kindle book",
    ".azw3": "a Kindle book",
    ".chm": "a compiled HTML help file",
    ".xps": "an XPS document",
    ".oxps": "an XPS document",
    ".indd": "an InDesign document",
    ".psd": "a Photoshop picture",
    ".ai": "an Illustrator drawing",
    ".eps": "a PostScript drawing",
    ".odg": "an OpenDocument drawing",
    ".dwg": "an AutoCAD drawing",
    ".dxf": "an AutoCAD drawing",
    ".jxl": "a JPEG XL picture",
    ".jp2": "a JPEG 2000 picture",
    ".ico": "an icon",
    ".cr2": "a raw photo",
    ".nef": "a raw photo",
    ".dng": "a raw photo",
    ".sqlite": "an SQLite database",
    ".db": "a database",
    ".parquet": "a Parquet file",
    ".jar": "a Java archive",
    ".apk": "an Android app",
    ".iso": "a disk image",
    ".dmg": "a disk image",
    ".7z": "a 7-Zip archive",
    ".rar": "a RAR archive",
    ".ttf": "a font",
    ".otf": "a font",
    ".woff2": "a font",
    ".pyc": "a compiled Python program",
    ".class": "a compiled Java program",
}

# First bytes -> the same, for files whose suffix says nothing.
_BY_START = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"!BDN", "an Outlook mailbox"),
    (b"8BPS", "a Photoshop picture"),
    (b"AT&TFORM", "a DjVu document"),
    (b"ITSF", "a compiled HTML help file"),
    (b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "a OneNote section"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound or video recording"),
    (b"fLaC", "a sound recording"),
    (b"RIFF", "a sound or video recording"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"\x00\x01\x00\x00\x00", "a font"),
    (b"OTTO", "a font"),
    (b"wOFF", "a font"),
    (b"wOF2", "a font"),
    (b"\x28\xb5\x2f\xfd", "a file packed with Zstandard"),
)

_BY_TYPE = {
    "video/mp4": "a video",
    POSTSCRIPT: "a PostScript program",
    ZIP: "a ZIP archive",
    OLE: "a file of an old Microsoft program",
    UNKNOWN: "a file of a kind that is not known",
}
_OF_A_TYPE = {POSTSCRIPT, "video/mp4"}  # whatever the suffix says
_APPLE = re.compile(rb"Index/(?:Document|Presentation|Slide|Tables)\b[^\x00]*?\.iwa")


def name_of(media_type: str, path: str, head: bytes) -> str:
    """What a person calls the file, with its article: "an Apple Pages document". `path` is what the corpus calls it,
    `head` its first bytes."""
    suffix = PurePosixPath(path).suffix.lower()
    if media_type in _OF_A_TYPE:
        return _BY_TYPE[media_type]
    by_start = next((name for start, name in _BY_START if head.startswith(start)), None)
    if by_start is not None:
        return by_start
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    return (
        "an Apple iWork document" if _APPLE.search(head) else _BY_TYPE.get(media_type, f"a file of type {media_type}")
    )
