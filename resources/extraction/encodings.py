"""Bytes to text: Unicode by mark or pattern, old 8-bit encodings by statistics, mixtures line by line."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024


def decode(data: bytes, declared: str | None = None) -> str:
    """All of the text; a byte that no encoding explains becomes U+FFFD, never an error.

    `declared` is what the file says about itself; it counts only where the bytes agree.
    """
    encoding = _unicode_encoding(data)
    if encoding is not None:
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if declared and declared.lower().replace("-", "") not in ("utf8", "ascii", "usascii"):
        try:
            return data.decode(declared)
        except (LookupError, UnicodeDecodeError):
            pass
    if _has_utf8(data):
        # UTF-8 with lines of another encoding among it, as in logs and glued mails.
        old = _eight_bit_encoding(data)
        return "".join(_decode_line(line, old) for line in data.splitlines(keepends=True))
    return data.decode(_eight_bit_encoding(data), "replace")


def decode_head(head: bytes) -> str | None:
    """The text at a file's start, or None where it is not text."""
    encoding = _unicode_encoding(head)
    if encoding is not None:
        return head.decode(encoding, "ignore")
    if b"\x00" in head:
        return None
    odd = sum(head.count(byte) for byte in range(32) if byte not in (7, 8, 9, 10, 11, 12, 13, 27))
    if odd > len(head) / 50:
        return None
    return decode(head)


def _unicode_encoding(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    sample = data[:4096]
    if len(sample) >= 4 and b"\x00" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        half = len(sample) // 2
        # Western text in UTF-16 without a mark: every other byte is zero.
        if odd > 0.4 * half and even < 0.05 * half:
            return "utf-16-le"
        if even > 0.4 * half and odd < 0.05 * half:
            return "utf-16-be"
    return None


def _has_utf8(data: bytes) -> bool:
    whole = len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", data))
    return whole > 0 and whole * 2 >= len(re.findall(rb"[\x80-\xff]+", data)) * 0.5


def _decode_line(line: bytes, old: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode(old, "replace")


def _eight_bit_encoding(data: bytes) -> str:
    from charset_normalizer import from_bytes

    high = re.findall(rb"[^\n]*[\x80-\xff][^\n]*", data[: 16 * _SAMPLE])
    best = from_bytes(b"\n".join(high)[:_SAMPLE], enable_fallback=False).best() if high else None
    if best is None or best.encoding in ("utf_8", "ascii"):
        return "cp1252"
    # Short Western texts are often taken for one of their many cousins.
    western = {"cp1250", "cp1252", "latin_1", "iso8859_15", "cp1254", "cp1257", "cp1258", "iso8859_9", "mac_roman"}
    return "cp1252" if best.encoding in western or len(b"".join(high)) < 200 else best.encoding
