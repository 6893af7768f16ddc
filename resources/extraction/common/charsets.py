"""Which 8-bit or double-byte encoding a text without Unicode is in, when nothing says so: asked of chardet.

Only encodings that files really come in are asked for: in a text of a few words, an old Macintosh's fits by accident.
"""

from __future__ import annotations

import re

SAMPLE = 64 * 1024  # bytes looked at

UTF8 = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_RUN = re.compile(rb"[\x80-\xff]+")
_LONG_RUN = 4  # bytes: no Latin script has so many accented letters on end, all others have
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_FREQUENT_KANJI = (0x88, 0x97)  # first bytes of the first level of JIS X 0208 in Shift JIS
_LATIN = ("cp1252", "cp1250", "iso8859-2", "cp1254", "mac-roman")
_LATIN_OF_LONG_TEXTS = ("cp1257",)  # Danish words of a line would be Baltic ones
_LONG = 200  # bytes
_OTHERS = (
    "cp932", "euc-jp", "gb18030", "big5hkscs", "cp949", "cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "cp1253",
    "iso8859-7", "cp1255", "iso8859-8", "cp1256", "cp874", "cp1258",
)  # fmt: skip


def old_encoding(data: bytes) -> str:
    """A Python codec for bytes that are not UTF-8 as a whole; "cp1252" where nothing speaks for another."""
    import chardet

    lines = [line for line in data[: 16 * SAMPLE].split(b"\n") if not line.isascii()]
    sample = b"\n".join(lines)[:SAMPLE]
    old = UTF8.sub(b" ", sample)
    if 2 * _high(old) > _high(sample):
        old = sample  # what looks like UTF-8 is so by accident
    runs = [len(run) for run in _RUN.findall(old) if len(set(run)) > 1 or len(run) < _LONG_RUN]
    latin = sum(run for run in runs if run >= _LONG_RUN) <= 0.4 * sum(runs)
    if latin and _japanese_names(sample):
        return "cp932"
    asked = [*_LATIN, *(_LATIN_OF_LONG_TEXTS if len(old) >= _LONG else ()), *(() if latin else _OTHERS)]
    found = chardet.detect(old, include_encodings=asked, compat_names=False)
    return found["encoding"] or "cp1252"


def _japanese_names(sample: bytes) -> bool:
    """Whether a text without kana is mostly of frequent kanji of Shift JIS."""
    try:
        text = sample.decode("cp932")
    except UnicodeDecodeError:
        return False
    pairs = _PAIR.findall(sample)
    first, last = _FREQUENT_KANJI
    dense = len(pairs) >= 4 and len(pairs) > 0.3 * len("".join(text.split()))
    return dense and sum(first <= pair[0] <= last for pair in pairs) > 0.7 * len(pairs)


def _high(data: bytes) -> int:
    return sum(map(len, _RUN.findall(data)))
