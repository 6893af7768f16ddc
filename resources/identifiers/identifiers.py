"""Identifiers in text: what people paste into a search box and expect to find to the letter.

The same extractors read elements when they are indexed and queries when they arrive, so that both sides agree.
Precision comes first: an ordinary word, number or date is no identifier. Shapes that prose shares (`RabbitMQ`,
`third-party`) are *weak*: indexed, and looked up only by a query that holds nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from codices.resources.identifiers.shapes import CVE, UUID, classify

MAX_LENGTH = 512
"""Longer tokens are data (base64, minified code), not something anybody looks up."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
_HYPHENS = re.compile("[\u2010-\u2013]")
# Word processors turn `--dry-run` into a dash; a dash before a plain word is punctuation.
_DASHED_FLAG = re.compile("[\u2013\u2014](?<![^\\s\"'`(\\[].)(?:(?=[a-z]+-[a-z])|[\u2013\u2014](?=[a-zA-Z]))")
# `CVE-2021-` and the rest in the next line, as in a narrow column.
_WRAPPED = re.compile(r"-(?:(?<=\bCVE-)|(?<=[0-9a-f]{4}-))\s{1,40}(?=[0-9a-f]{4})", re.I)

_NOT_IN_URL = (
    "\\s<>\"'`|\\\\^{}\\[\\]\u00ab\u00bb\u2014\u2015\u2018-\u201f\u2026\u2039\u203a\u3001-\u3003\u3008-\u3011"
    "\u3014-\u301f\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f\uff3b\uff3d\uff5b\uff5d\uff61-\uff64"
)
_URL = re.compile(
    rf"(?<![a-zA-Z0-9])[a-zA-Z][a-zA-Z0-9+.-]{{1,15}}://"
    rf"(?:\[[0-9a-fA-F:.]{{2,45}}\][^{_NOT_IN_URL}]{{0,2000}}|[^{_NOT_IN_URL}]{{2,2000}})"
)
# Greek is no other script here: it stands inside the names of chemistry and mathematics.
_OTHER_SCRIPT = "\u0400-\u1dff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
_ASCII_RUN = re.compile(r"[!-~]{2}")
_HAS_OTHER_SCRIPT = re.compile(f"[{_OTHER_SCRIPT}]")
_STUCK_ON = re.compile(f"(?<=[a-zA-Z0-9])[{_OTHER_SCRIPT}]")
# Between other letters, one hyphen or slash joins words (SQL-запрос) and begins no flag and no path.
_LATIN_RUN = re.compile(f"(?:(?<=[\u0400-\u1dff])-(?!-))?(?:/(?![^/{_OTHER_SCRIPT}]*/))?([^{_OTHER_SCRIPT}]+)")
_BRACKETED_IP = re.compile(r"(?<!\w)\[([0-9a-fA-F:]{2,39}[0-9.]{0,15}(?:%\w{1,15})?)\](?::\d{1,5}\b)?")
_BRACED_VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]+)(?:\}|(?=:))")
_ONE_DASH_SETTING = re.compile(r"(?<![\w-])-[a-z]{2,20}=[\w.+:-]*\w\+*")
_AFTER_DRIVE = re.compile(  # blanks only before a backslash, and not after `app.exe`
    r""":\\(?:(?:[^\s.\\/:*?"<>|,;]{1,64}\ (?=[\w(&])){0,3}[^\s\\/:*?"<>|,;]{1,64}\\){1,32}[\w.@+~%$#-]{0,128}"""
)
_INDEXED = re.compile(r"(?:\[\d{1,4}\]){1,4}(?=\.[a-z_])(?:\[\d{1,4}\]|\.[a-zA-Z_][a-zA-Z0-9_]{0,64}){1,32}")
_AFTER_APOSTROPHE = re.compile(r"['\u2019][\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[a-zA-Z]{2,24}(?!\w|['\u2019])")

_TOKEN = re.compile(r"[\w@./\\:~%$#*+-]+")
_LEADING = re.compile(r"^(?:[@:*+%]|\.(?![a-z/\\]|\./))+")
_TRAILING = ".:*+%$#@~-/\\"
_BETWEEN_SEPARATORS = re.compile(r"([^/:]+)")  # `client/server_name`, `key:value_x`: the parts may still be some
_BETWEEN_AT_SIGNS = re.compile(r"@?-*([^@]+)")
_EMPHASISED = re.compile(r"_+([^_](?:.*[^_])?)_+")
_PERCENT_VARIABLE = re.compile(r"%[A-Z][A-Za-z0-9_]{2,}%(?=$|[\\/])")
_SETTING = ("export ", "set ", "env ", "ENV ", "setx ")

_DATA_KINDS = frozenset({"uuid", "cve", "ip", "hash", "version", "ticket", "error_code", "resource"})
_INSIDE = re.compile(rf"{UUID.pattern}|{CVE.pattern}", re.I)

# Letters and digits that OCR takes for one another. Applied to both sides, so only equality matters.
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "2": "z", "6": "g"})
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
MIN_SKELETON = 8


@dataclass(frozen=True)
class Identifier:
    """One identifier as written. `weak`: prose shares its shape. `start` and `end`: offsets in `normalised(text)`."""

    text: str
    kind: str
    start: int
    end: int
    weak: bool = False


def normalised(text: str) -> str:
    """`text` with one spelling for what looks the same: composed letters, plain hyphens, no invisible characters, the
    `--` that a word processor made a dash, and CVE ids and UUIDs that a line end broke in one piece."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
        text = _HYPHENS.sub("-", _DASHED_FLAG.sub("--", text))
    return _WRAPPED.sub("-", text)


def extract_identifiers(text: str) -> list[Identifier]:
    """Identifiers of `text`, longest reading first taken (a URL is one, not its host and its path), in order.

    Linear in the length of the text.
    """
    text = normalised(text)
    found: list[Identifier] = []
    position = 0
    for identifier in sorted(_across_tokens(text), key=lambda one: (one.start, -one.end)):
        if identifier.start >= position:
            found.extend(_in_plain_text(text, position, identifier.start))
            found.append(identifier)
            position = identifier.end
    found.extend(_in_plain_text(text, position, len(text)))
    return found


def identifier_forms(identifiers: Iterable[Identifier], *, from_ocr: bool = False) -> list[str]:
    """What goes into an element's `identifiers` column: every identifier and its parts (a URL's host, a path's file
    name), exact and case-folded, sorted. With `from_ocr` also their `skeleton`s."""
    forms: set[str] = set()
    for identifier in identifiers:
        for part in parts(identifier):
            forms.add(part)
            forms.add(part.casefold())
            if from_ocr and (damaged := skeleton(part)):
                forms.add(damaged)
    return sorted(forms)


def parts(identifier: Identifier) -> list[str]:
    """The identifier itself, then the identifiers inside it that people look up alone."""
    text, kind = identifier.text, identifier.kind
    names = [text]
    if kind == "url":
        names += _parts_of_url(text)
    elif kind == "path":
        bare = re.sub(r"^(?:\.{0,2}[\\/])+", "", text.rstrip("/\\"))
        names += [bare, re.split(r"[\\/]", bare)[-1], *_data(re.split(r"[\\/]", bare))]
        names += _PERCENT_VARIABLE.findall(text)
    elif kind == "ip":
        names += _parts_of_address(text)
    elif kind == "host":
        names += _leading_labels(text.partition(":")[0])
    elif kind == "email":
        names += [text.partition("@")[2], text.partition("'")[2]]
    elif kind == "flag":
        name, _, value = text.partition("=")
        names += [name, name.lstrip("-"), *_strong([value])]
    elif kind == "env":
        bare = text.strip("${}%")
        names += [bare, f"${bare}"]
    elif kind == "ticket":
        names.append(text[text.rfind("#") :] if "#" in text else text)
    elif kind == "resource":
        names += _data(re.split(r"[/:]", text))
    elif kind == "version":
        names += [text[1:] if text[0] in "vV" else text, text.rpartition("@")[2]]
    elif kind == "config_key" and ("." in text or ":" in text):
        names += [name for name in re.split(r"[.:]+", text) if "_" in name] + _leading_labels(text)
    if text.count("-") >= 2:
        names += _INSIDE.findall(text)
    if not text.isascii() and _HAS_OTHER_SCRIPT.search(text):
        names += _strong(run for run in _LATIN_RUN.findall(text) if run[-1] not in "/\\")
    kept = [names[0], *(name for name in names[1:] if len(name) >= 3)]
    return list(dict.fromkeys(kept))


def _parts_of_url(url: str) -> list[str]:
    address = url.split("://", 1)[1]
    authority, _, path = address.partition("/")
    authority = authority.rpartition("@")[2].partition("?")[0].partition("#")[0]
    host = authority.partition("]")[0].strip("[") if authority.startswith("[") else authority.rpartition(":")[0]
    names = [address.rstrip("/"), authority, host]
    if classify(last := re.split("[?#]", path)[0].rstrip("/").rpartition("/")[2])[0]:
        names.append(last)
    return names + _data(re.split(r"[/?&=#;,:]", path))


def _parts_of_address(address: str) -> list[str]:
    if match := re.match(r"\[(.+)\]", address):
        address = match.group(1)
    bare = re.split(r"[/%]|(?<=\.\d):(?=\d+$)|(?<=\.\d\d):(?=\d+$)|(?<=\.\d{3}):(?=\d+$)", address)[0]
    ends = bare.split("-") if "." in bare else []
    return [address, bare, *(end for end in ends if "." in end), *([bare.rpartition(":")[2]] if "." in bare else [])]


def _leading_labels(name: str) -> list[str]:
    """`db-7f3a9c.prod.example.org` is called `db-7f3a9c.prod` and `db-7f3a9c` as well; `spec.template.name` is not
    called `spec`."""
    labels = name.split(".")
    leading = [".".join(labels[:count]) for count in range(len(labels), 1, -1)]
    return leading + _strong([labels[0]])


def _strong(names: Iterable[str]) -> list[str]:
    names = [_LEADING.sub("", name.rstrip(_TRAILING)) for name in names]
    return [name for name in names if len(name) >= 3 and _is_strong(*classify(name))]


def _is_strong(kind: str, weak: bool) -> bool:
    return bool(kind) and not weak


def _data(names: Iterable[str]) -> list[str]:
    """Those that name a thing, not a place in a tree."""
    return [name for name in names if len(name) >= 3 and classify(name)[0] in _DATA_KINDS]


def skeleton(identifier: str) -> str | None:
    """What is left of an identifier when lookalikes (0/o, 1/l/i, 5/s ...) are one and punctuation is gone, with a `~`
    before it: how a damaged reading by OCR is still found. None when too little is left to be distinctive."""
    bare = _NOT_ALPHANUMERIC.sub("", identifier.casefold()).translate(_LOOKALIKES)
    return f"~{bare}" if len(bare) >= MIN_SKELETON else None


def _across_tokens(text: str) -> Iterator[Identifier]:
    """Identifiers that hold characters at which tokens end, in no order."""
    if "://" in text:
        for match in _URL.finditer(text):
            yield _at(match.start(), _without_sentence_end(match.group()), "url")
    for match in _BRACKETED_IP.finditer(text):
        if classify(match.group(1))[0] == "ip":
            yield _at(match.start(), match.group(), "ip")
    for match in _BRACED_VARIABLE.finditer(text):
        yield Identifier(f"${{{match.group(1)}}}", "env", match.start(), match.end())
    for match in _ONE_DASH_SETTING.finditer(text):
        yield _at(match.start(), match.group(), "flag")
    for match in _AFTER_DRIVE.finditer(text):
        drive = match.start() - 1
        if " " in match.group() and drive >= 0 and _is_first_letter(text, drive):
            yield _at(drive, text[drive : match.end()].rstrip(_TRAILING), "path")
    for match in _INDEXED.finditer(text):
        begin = _run_before(text, match.start(), 128, "_.")
        is_call = text[match.end() : match.end() + 1] == "("
        if match.start() - begin >= 3 and _is_first_letter(text, begin) and not is_call:
            yield _at(begin, text[begin : match.end()], "config_key")
    if "@" in text:
        for match in _AFTER_APOSTROPHE.finditer(text):
            begin = _run_before(text, match.start(), 12, "")
            if begin < match.start() and _is_first_letter(text, begin):
                yield _at(begin, text[begin : match.end()].replace("\u2019", "'"), "email")


def _at(start: int, text: str, kind: str) -> Identifier:
    return Identifier(text, kind, start, start + len(text))


def _is_first_letter(text: str, position: int) -> bool:
    return text[position].isalpha() and (position == 0 or not _is_latin_or_digit(text[position - 1]))


def _is_latin_or_digit(character: str) -> bool:
    return character.isalnum() and not _HAS_OTHER_SCRIPT.match(character)


def _run_before(text: str, end: int, limit: int, marks: str) -> int:
    """Where the letters, digits and `marks` before `end` begin, at most `limit` characters back."""
    begin = end
    while begin > max(0, end - limit) and (_is_latin_or_digit(text[begin - 1]) or text[begin - 1] in marks):
        begin -= 1
    return begin


def _in_plain_text(text: str, start: int, end: int) -> Iterator[Identifier]:
    for match in _TOKEN.finditer(text, start, end):
        token, offset = match.group(), match.start()
        if token[0] == "-" and offset and text[offset - 1] in ")]}\u2032":  # (IL-13)-IL-33
            token, offset = token[1:], offset + 1
        if 3 <= len(token) <= MAX_LENGTH:
            if token.isupper() and token.isalnum() and _is_set(text, offset, match.end()):
                yield _at(offset, token, "env")
            elif token.startswith("::") and text[offset - 1 : offset] == "[":  # a slice, not the address ::1
                yield from _in_token(token[2:], offset + 2)
            else:
                yield from _in_token(token, offset)


def _is_set(text: str, start: int, end: int) -> bool:
    """`export KUBECONFIG=...`: what names no variable elsewhere does here."""
    return text[end : end + 1] == "=" and text.endswith(_SETTING, 0, start)


def _in_token(token: str, offset: int) -> Iterator[Identifier]:
    if not (token.isascii() or _ASCII_RUN.search(token)):
        return  # most words of most scripts
    if token[0] == "%" and (match := _PERCENT_VARIABLE.match(whole := token.rstrip(".:/\\"))):
        yield _at(offset, whole, "env" if whole == match.group() else "path")
        return
    stripped = token.rstrip(_TRAILING)
    if token.startswith("::") and classify(stripped)[0] == "ip":
        yield _at(offset, stripped, "ip")
        return
    token = _LEADING.sub("", stripped)
    offset += len(stripped) - len(token)
    if len(token) < 3:
        return
    kind, weak = classify(token)
    if kind:
        yield Identifier(token, kind, offset, offset + len(token), weak)
        return
    if smaller := _what_is_inside(token):
        for part in smaller.finditer(token):
            if len(part.group(1)) >= 3:
                yield from _in_token(part.group(1), offset + part.start(1))


def _what_is_inside(token: str) -> re.Pattern[str] | None:
    """The pattern of the pieces, shorter than itself, in which to look further when a token is unknown."""
    if not token.isascii() and _HAS_OTHER_SCRIPT.search(token):
        return _LATIN_RUN
    if "/" in token or ":" in token:
        return _BETWEEN_SEPARATORS
    if "@" in token:
        return _BETWEEN_AT_SIGNS
    return _EMPHASISED if token[0] == token[-1] == "_" else None


def _without_sentence_end(url: str) -> str:
    if not url.isascii() and (stuck := _STUCK_ON.search(url)):
        url = url[: stuck.start()]
    url = url.rstrip(".,;:!?*_")
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(".,;:!?*_")
    return url
