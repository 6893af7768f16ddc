"""Bytes to text: Unicode by mark or pattern, what the file declares, else old encodings by their letters."""

from __future__ import annotations

import codecs
import re
from collections import Counter

from codices.resources.extraction.common.charsets import UTF8, old_encoding

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEVEN_BIT = re.compile(r"iso2022|hz|utf-7")
_ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$B", "iso2022_jp_ext"), (b"\x1b$@", "iso2022_jp_ext"))
# What programs write under a narrower name, as the WHATWG's Encoding Standard reads it.
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}
_LATIN = re.compile(r"cp125[0247]|iso8859[-_](?:[1-4]|9|1[03456])$|mac[-_]roman|latin")
_NO_CHARSETS = {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined"}


def decode(data: bytes, declared: str | None = None) -> str:
    """All of the text; a byte that no encoding explains becomes U+FFFD, never an error.

    `declared` is what the file says about itself; Unicode that is plain to see goes before it.
    """
    encoding = _unicode_encoding(data)
    if encoding is not None:
        return data.decode(encoding, "replace")
    named = _codec(declared)
    if data.isascii():
        seven_bit = named if named and _SEVEN_BIT.match(named) else _escaped(data)
        return data.decode(seven_bit or "ascii", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if named is None or named == "utf-8" or _SEVEN_BIT.match(named):
        named = old_encoding(data)
    if _LATIN.match(named):
        return _decode_mixed(data, named)
    if named.startswith("utf"):
        return data.decode(named, "replace")  # a line's end is no byte there
    return "".join(_decode_line(line, named) for line in data.splitlines(keepends=True))


def decode_head(head: bytes) -> str | None:
    """The text at a file's start, or None where it is not text."""
    encoding = _unicode_encoding(head)
    if encoding is not None:
        return head.decode(encoding, "ignore")
    odd = sum(head.count(byte) for byte in range(32) if byte not in (7, 8, 9, 10, 11, 12, 13, 27))
    if odd > len(head) / 50:
        return None
    return decode(head)


def _codec(label: str | None) -> str | None:
    """Python's name for a declared encoding, None for one that nobody knows."""
    label = (label or "").strip().lower()
    for name in (label, label.removeprefix("x-"), re.sub(r"-[ie]$", "", label)):
        try:
            codec = codecs.lookup(name) if name else None
        except (LookupError, ValueError):
            continue
        if codec is not None and codec._is_text_encoding and codec.name not in _NO_CHARSETS:
            return _WIDER.get(codec.name, codec.name)
    return None


def _escaped(data: bytes) -> str | None:
    return next((encoding for escape, encoding in _ESCAPES if escape in data), None)


def _unicode_encoding(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:4096]
    if len(sample) >= 4 and b"\x00" in sample:
        # UTF-16 without a mark: of every two bytes one tells the script, and a text has few scripts.
        for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
            scripts, others = sample[place::2], sample[1 - place :: 2]
            common = [script for script, _ in Counter(scripts).most_common(2)]
            few = sum(scripts.count(script) for script in common) > 0.9 * len(scripts)
            if 0 in common and max(common) < 0x20 and few and others.count(0) < 0.05 * len(others):
                return encoding
    return None


def _decode_line(line: bytes, old: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(old, "replace")


def _decode_mixed(data: bytes, old: str) -> str:
    """Single bytes of an old encoding with UTF-8 among them, as in logs and glued mails."""
    pieces, end = [], 0
    for found in UTF8.finditer(data):
        pieces += [data[end : found.start()].decode(old, "replace"), found[0].decode("utf-8", "replace")]
        end = found.end()
    return "".join([*pieces, data[end:].decode(old, "replace")])
