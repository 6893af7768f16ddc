"""Which 8-bit or double-byte encoding a text without Unicode is in, when nothing says so."""

from __future__ import annotations

import re

SAMPLE = 64 * 1024  # bytes looked at

UTF8 = re.compile(rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+")
_RUN = re.compile(rb"[\x80-\xff]+")
_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_LONG_RUN = 4  # bytes: no Latin script has so many accented letters on end, all others have
_BETWEEN_LETTERS = re.compile(r"(?<=[A-Za-z])[^\x00-\x7f]+(?=[A-Za-z])")
_ALLOWED_INSIDE = set("\u2019\u2018\u00b4\u00b7\u00ad\u2013\u2014\u2026")
# The most frequent letters of a script's languages make up more than half of any text, in the right encoding only.
_FREQUENT = {
    "cp1251": "оеаинтсрвлі",
    "koi8_r": "оеаинтсрвл",
    "cp866": "оеаинтсрвл",
    "iso8859_5": "оеаинтсрвлі",
    "cp1253": "αοιετσνηρπςάίό",
    "cp1255": "יוהלאמרתבש",
    "cp1256": "المينترهوبع",
    "cp874": "นรอากเ่งยลมวด้ั",
}
_MIN_FREQUENT = 0.45
_CENTRAL = ("cp1250", "iso8859_2")
_CENTRAL_LANGUAGES = {"Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Slovene", "Romanian"}
_LATIN_LANGUAGES = {**dict.fromkeys(_CENTRAL, _CENTRAL_LANGUAGES), "cp1254": {"Turkish"}}


def old_encoding(data: bytes) -> str:
    """A Python codec for bytes that are not UTF-8 as a whole; "cp1252" where nothing speaks for another."""
    lines = [line for line in data[: 16 * SAMPLE].split(b"\n") if not line.isascii()]
    sample = b"\n".join(lines)[:SAMPLE]
    if east := _japanese(sample) or _traditional_chinese(sample):
        return east
    old = UTF8.sub(b" ", sample)
    if 2 * _high(old) > _high(sample):
        old = sample  # what looks like UTF-8 is so by accident
    runs = [len(run) for run in _RUN.findall(old) if len(set(run)) > 1 or len(run) < _LONG_RUN]
    if sum(run for run in runs if run >= _LONG_RUN) <= 0.4 * sum(runs):
        return _latin(old)
    return _chinese_or_korean(sample) or _by_letters(sample) or _by_statistics(sample) or "cp1252"


def _latin(sample: bytes) -> str:
    """Letters with accents among plain ones: Western, unless that puts signs inside words."""

    def signs(encoding: str) -> int:
        inside = "".join(_BETWEEN_LETTERS.findall(sample.decode(encoding, "replace")))
        return sum(not sign.isalpha() and sign not in _ALLOWED_INSIDE for sign in inside)

    best = min(("cp1252", *_CENTRAL), key=signs)  # the first of equals
    if best == "cp1252" and len(sample) >= 200:
        from charset_normalizer import from_bytes

        match = from_bytes(sample, cp_isolation=["cp1252", *_LATIN_LANGUAGES], enable_fallback=False).best()
        if match is not None and match.language in _LATIN_LANGUAGES.get(match.encoding, ()):
            return match.encoding
    return best


def _high(data: bytes) -> int:
    return sum(map(len, _RUN.findall(data)))


def _japanese(sample: bytes) -> str | None:
    """By its kana; without any, as in names, by frequent kanji where they are much of the text."""
    for encoding in ("cp932", "euc_jp"):
        if _share(sample, encoding, r"[\u3040-\u30ff]") > 0.15:
            return encoding
    return "cp932" if _frequent_pairs(sample, "cp932", 0x88, 0x97) else None


def _traditional_chinese(sample: bytes) -> str | None:
    low = sum(pair[1] < 0x80 for pair in _PAIR.findall(sample))  # Korean has none of them
    return "big5" if _frequent_pairs(sample, "big5", 0xA1, 0xC6) and low > 0.1 * len(_PAIR.findall(sample)) else None


def _frequent_pairs(sample: bytes, encoding: str, first: int, last: int) -> bool:
    """Whether the text is in the encoding, for the most part in the characters that its table has first."""
    text = _strictly(sample, encoding)
    if text is None:
        return False
    pairs = _PAIR.findall(sample)
    dense = len(pairs) >= 4 and len(pairs) > 0.3 * len("".join(text.split()))
    return dense and sum(first <= pair[0] <= last for pair in pairs) > 0.7 * len(pairs)


def _share(sample: bytes, encoding: str, pattern: str) -> float:
    """Of the characters beyond ASCII, how many fit the pattern; 0 where a byte does not fit the encoding."""
    beyond = re.findall(r"[^\x00-\x7f]", _strictly(sample, encoding) or "")
    return len(re.findall(pattern, "".join(beyond))) / max(1, len(beyond))


def _chinese_or_korean(sample: bytes) -> str | None:
    if _share(sample, "cp949", r"[\uac00-\ud7a3]") > 0.95:
        return "cp949"
    pairs = _PAIR.findall(sample)
    frequent = sum(0xA1 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs) > 0.8 * len(pairs)
    return "gb18030" if frequent and _strictly(sample, "gb18030") and _by_letters(sample) is None else None


def _strictly(sample: bytes, encoding: str) -> str | None:
    """The text, None where a byte does not fit; the sample's end may cut a character."""
    for end in (len(sample), len(sample) - 1):
        try:
            return sample[:end].decode(encoding)
        except UnicodeDecodeError:
            if len(sample) < SAMPLE:
                return None
    return None


def _by_letters(sample: bytes) -> str | None:
    def share(encoding: str) -> float:
        high = [c for c in sample.decode(encoding, "replace").lower() if c > "\x7f"]
        return sum(c in _FREQUENT[encoding] for c in high) / max(1, len(high))

    best = max(_FREQUENT, key=share)  # the first of equals
    return best if share(best) >= _MIN_FREQUENT else None


def _by_statistics(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, enable_fallback=False).best()
    return None if best is None or best.encoding in ("utf_8", "ascii") else best.encoding
