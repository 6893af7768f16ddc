"""The characters of an RTF file: bytes of the code page of its fonts, and numbers with a stand-in, become Unicode.

pandoc takes every byte for Western European, loses the blank after a numbered character and breaks pairs of surrogates.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

# \fcharset -> code page, as Windows numbers them.
CHARSETS = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    254: "cp437", 255: "cp850",
}  # fmt: skip
_ANSI = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_FONT = re.compile(r"\\f(\d+)(?!\d)[^{};]*?\\fcharset(\d+)")
_TOKEN = re.compile(
    r"(?P<bytes>(?:\\'[0-9a-fA-F]{2})+|[\x80-\xff]+)|\\(?P<word>[a-zA-Z]+)(?P<number>-?\d+)? ?|\\.|[{}]", re.DOTALL
)
_TITLE = re.compile(rb"\{\\info\b.*?\{\\title\b ?((?:[^{}\\]|\\[\\{}])*)\}", re.DOTALL)
# Ends of lines are nothing in RTF; a character that has a control word of its own counts as one.
_STAND_IN = re.compile(
    r"[\r\n]*(?:\\'[0-9a-fA-F]{2}|[^\\{}\r\n]|\\(?:[lr](?:dbl)?quote|e[nm]dash|bullet)(?![a-z]) ?|\\[\\{}~_-])"
)


@dataclass(frozen=True)
class _State:
    """What a group inherits and forgets at its end."""

    font: int
    stand_in: int = 1  # characters after a numbered one, for readers without Unicode


def unicode_rtf(data: bytes) -> bytes:
    """The same file with its characters in UTF-8, whatever code pages it uses."""
    rtf = data.decode("latin-1")
    page = _code_page(rtf)
    fonts = {int(font): CHARSETS.get(int(charset), page) for font, charset in _FONT.findall(rtf)}
    default = re.search(r"\\deff(\d+)", rtf)
    first = int(default[1]) if default else -1
    is_utf8 = _is_utf8(data)
    state, groups, out, place = _State(first), [], [], 0
    while (token := _TOKEN.search(rtf, place)) is not None:
        out.append(rtf[place : token.start()])
        place = token.end()
        word, number, text = token["word"], token["number"], token[0]
        if token["bytes"]:
            raw = re.sub(r"\\'(..)", lambda byte: chr(int(byte[1], 16)), text).encode("latin-1")
            codec = "utf-8" if is_utf8 and text[0] != "\\" else fonts.get(state.font, page)
            if codec in ("cp932", "cp949", "gbk", "cp950") and rtf[place : place + 1] not in ("\\", "{", "}", ""):
                # The second byte of a character may be an ASCII letter, which stands as itself.
                decoder = codecs.getincrementaldecoder(codec)("replace")
                decoder.decode(raw)
                if decoder.getstate()[0]:
                    raw += rtf[place].encode("latin-1")
                    place += 1
            _say(out, raw.decode(codec, "replace"))
        elif word == "u" and number is not None:
            _say(out, chr(int(number) % 65536))
            for _ in range(state.stand_in):
                stand_in = _STAND_IN.match(rtf, place)
                place = stand_in.end() if stand_in else place
        elif word == "bin" and number is not None:
            size = max(0, int(number))
            out.append(data[place : place + size].hex())
            place += size
        else:
            out.append(text)
            if text == "{":
                groups.append(state)
            elif text == "}":
                state = groups.pop() if groups else state
            elif word == "f" and number is not None:
                state = _State(int(number), state.stand_in)
            elif word == "plain":
                state = _State(first, state.stand_in)
            elif word == "uc" and number is not None:
                state = _State(state.font, int(number))
    out.append(rtf[place:])
    # Pairs of surrogates become the one character they stand for.
    return "".join(out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def title_of_rtf(rtf: bytes) -> str:
    """The document's title out of what `unicode_rtf` gave; "" where it has none."""
    found = _TITLE.search(rtf)
    return re.sub(r"\\([\\{}])", r"\1", found[1].decode("utf-8", "replace")).strip() if found else ""


def _say(out: list[str], text: str) -> None:
    if not out[-1] and len(out) > 1 and re.fullmatch(r"\\[a-zA-Z]+-?\d*", out[-2]):
        out.append(" ")  # the end of a control word
    out.append(re.sub(r"[\\{}]", r"\\\g<0>", text))


def _code_page(rtf: str) -> str:
    named = re.search(r"\\ansicpg(\d+)", rtf)
    name = "mac_roman" if named and named[1] == "10000" else f"cp{named[1]}" if named else ""
    try:
        return codecs.lookup(name).name
    except LookupError:
        other = re.match(r"\{\\rtf1?\s*\\(mac|pca|pc)\b", rtf)
        return _ANSI[other[1]] if other else "cp1252"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
