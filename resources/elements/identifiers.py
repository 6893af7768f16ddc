"""Identifiers in text: what people paste into a search box and expect to find to the letter.

The same extractors read elements when they are indexed and queries when they arrive, so that both sides agree.
Precision comes first: an ordinary word, number or date is no identifier. Shapes that prose shares (`RabbitMQ`,
`third-party`) are *weak*: indexed, and looked up only by a query that holds nothing else.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

MAX_LENGTH = 512
"""Longer tokens are data (base64, minified code), not something anybody looks up."""

KINDS = (
    "url",
    "email",
    "uuid",
    "cve",
    "ip",
    "hash",
    "version",
    "flag",
    "env",  # environment variables and constants: ERR_SSL_VERSION
    "path",
    "file",
    "ticket",
    "error_code",
    "host",
    "config_key",  # dotted, scoped or snake_case names, camelCase
    "resource",  # generated names: rollouts-demo-6f75f48b7
    "name",  # weak: CamelCase, hyphenated words, letters with digits
)


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


FILE_EXTENSIONS = _word_set(
    """adoc avi avif bak bash bat bin bmp bz2 c cc cer cfg class cmd conf config cpp crt cs css csv dat db deb dll
    dmg doc docx dockerfile dylib ear eml env epub erl ex exe exs gif go gradle graphql gz h hcl heic hpp hs htm
    html http ico ini ipynb iso jar java jpeg jpg js json jsonl jsonnet jsx key kt ko libsonnet lock log lua m4a
    md mdx mjs mkv mov mp3 mp4 mpp msg msi ndjson o odp ods odt ogg parquet pb pcap pdf pem pfx php pid pl plist
    png pot ppt pptx prof properties proto ps1 pub py pyc pyi pyx r rar rb rpm rs rst rtf s3 sass scala scss service
    sh so sock socket sql sqlite svg swift swp sys tar tex tf tfvars tgz tif tiff tmp toml ts tsv tsx ttf txt vue war
    wasm wav webm webp whl woff woff2 wsdl xls xlsm xlsx xml xsd xsl xz yaml yml zip zsh zst"""
)

TOP_LEVEL_DOMAINS = _word_set(
    """ai app at au be biz br ca cc ch cloud cn co com corp cz de dev edu es eu example fi fr gov gr gg hu ie il in
    info int internal invalid io ir it jp kr lan local localdomain me mil mx net nl no nz onion org pl pt ro ru se sh
    site sk so svc test tech tk to tr tv tw ua uk us xyz za"""
)

_STANDARDS = _word_set(
    "AES BASE CD CI COVID DDR DES DIN DVD EN H HTTP IEC IEEE ISBN ISO ISSN LATIN MD MP PC RC RS SHA SOC TLS UCS UTF"
    " USB WIN WINDOWS"
)
"""Prefixes of terms that look like tickets (SHA-256, UTF-16, ISO-8859) and are not."""

_URL = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{1,15}://[^\s<>\"'`|\\^{}\[\]]{2,2000}")
_TOKEN = re.compile(r"[\w@./\\:~%$#*+-]+")
_LEADING = re.compile(r"^(?:[@:*+%]|\.(?![a-z/\\]|\./))+")
_TRAILING = ".:*+%$#@~-/\\"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3}", re.I)
_EMAIL = re.compile(r"[\w.+%-]+@(?:[\w-]+\.)+[a-zA-Z]{2,24}")
_IPV4 = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5}|/\d{1,2})?")
_IPV6 = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?(?:/\d{1,3})?", re.I)
_MAC = re.compile(r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}", re.I)
_HASH = re.compile(r"(?:(?:sha1|sha256|sha512|md5)[:-])?([0-9a-f]{7,128})", re.I)
_HEX_NUMBER = re.compile(r"0x[0-9a-f]{2,16}", re.I)
_VERSION = re.compile(
    r"v\d{1,4}(?:\.\d{1,5}){1,4}(?:[-+_.]?[a-z0-9]+(?:[-+_.][a-z0-9]+)*)?"  # v1.2, v2.6.7+5bcd846
    r"|\d{1,4}(?:\.\d{1,5}){2,4}(?:[-+_.]?[a-z0-9]+(?:[-+_.][a-z0-9]+)*)?"  # 1.2.3, 1.2.3-rc.1
    r"|\d{1,4}\.\d{1,5}[-+_]?(?:alpha|beta|rc|dev|post|snapshot|lts)[-+_.]?\d*"  # 3.0-rc1
    r"|v\d{1,3}(?:alpha|beta|rc)\d{0,3}",  # v1beta1
    re.I,
)
_DATE = re.compile(r"(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d")
_FLAG = re.compile(r"--[a-zA-Z][\w.-]*\w|-[A-Z][a-zA-Z]\w[\w.:-]*|-{1,2}[a-zA-Z][a-zA-Z0-9]+(?:[-_.][a-zA-Z0-9]+)+")
_ENV = re.compile(r"\$?[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+|\$[A-Z]{2,}\w*")
_TICKET = re.compile(r"([A-Z][A-Z0-9]{1,9})-(\d{2,7})")
_ISSUE = re.compile(r"#\d{2,7}")
_ERROR_CODE = re.compile(r"[A-Z]{1,5}[0-9]{4,8}[A-Z]?")
_LABEL = re.compile(r"[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?")
_SNAKE = re.compile(r"_*[a-zA-Z0-9]+(?:_+[a-zA-Z0-9]+)+")
_LOWER_CAMEL = re.compile(r"[a-z]{2}[a-z0-9]*[A-Z][a-z][a-zA-Z0-9]*")
_UPPER_CAMEL = re.compile(r"[A-Z]+[a-z][a-z0-9]*[A-Z][a-zA-Z0-9]*")
_DOT_FILE = re.compile(r"\.[a-z][\w.-]*\w")
_PATH_SEGMENT = re.compile(r"[\w.@:+~%$#*-]+")
_LOWER_MIXED = re.compile(r"(?=.*[0-9])(?=.*[a-z])[a-z0-9]+")
_NUMBERED_WORD = re.compile(r"[a-z]+[0-9]{1,2}")
_DRIVE = re.compile(r"[a-zA-Z]:[\\/]")
_HYPHENATED = re.compile(r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)+")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[a-zA-Z]")

# Letters and digits that OCR takes for one another. Applied to both sides, so only equality matters.
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "8": "b", "2": "z", "6": "g"})
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
MIN_SKELETON = 8


@dataclass(frozen=True)
class Identifier:
    """One identifier as written. `weak`: prose shares its shape. `start` and `end` are offsets in the text read."""

    text: str
    kind: str
    start: int
    end: int
    weak: bool = False


def extract_identifiers(text: str) -> list[Identifier]:
    """Identifiers of `text`, longest reading first taken (a URL is one, not its host and its path), in order.

    Linear in the length of the text.
    """
    found: list[Identifier] = []
    position = 0
    for match in _URL.finditer(text):
        found.extend(_in_plain_text(text, position, match.start()))
        url = _without_sentence_end(match.group())
        found.append(Identifier(url, "url", match.start(), match.start() + len(url)))
        position = match.end()
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
        address = text.split("://", 1)[1]
        authority, _, path = address.partition("/")
        authority = authority.rpartition("@")[2].partition("?")[0].partition("#")[0]
        names += [address.rstrip("/"), authority, authority.rpartition(":")[0]]
        path = path.partition("?")[0].partition("#")[0].rstrip("/")
        if classify(last := path.rpartition("/")[2])[0]:
            names.append(last)
    elif kind == "path":
        bare = re.sub(r"^(?:\.{0,2}[\\/])+", "", text.rstrip("/\\"))
        names += [bare, re.split(r"[\\/]", bare)[-1]]
    elif kind == "ip":
        names.append(re.split(r"[/%]|(?<=\d):(?=\d+$)", text)[0] if "." in text else text.partition("/")[0])
    elif kind == "host":
        names += _leading_labels(text.partition(":")[0])
    elif kind == "email":
        names.append(text.partition("@")[2])
    elif kind == "flag":
        names.append(text.lstrip("-"))
    elif kind == "env":
        names.append(text.strip("$%"))
    elif kind == "version" and text[0] in "vV":
        names.append(text[1:])
    elif kind == "config_key" and ("." in text or ":" in text):
        names += [name for name in re.split(r"[.:]+", text) if "_" in name] + _leading_labels(text)
    kept = [names[0], *(name for name in names[1:] if len(name) >= 3)]
    return list(dict.fromkeys(kept))


def _leading_labels(name: str) -> list[str]:
    """`db-7f3a9c.prod.example.org` is called `db-7f3a9c.prod` and `db-7f3a9c` as well; `spec.template.name` is not
    called `spec`."""
    labels = name.split(".")
    leading = [".".join(labels[:count]) for count in range(len(labels), 1, -1)]
    kind, weak = classify(labels[0])
    return leading + ([labels[0]] if kind and not weak else [])


def skeleton(identifier: str) -> str | None:
    """What is left of an identifier when lookalikes (0/o, 1/l/i, 5/s ...) are one and punctuation is gone, with a `~`
    before it: how a damaged reading by OCR is still found. None when too little is left to be distinctive."""
    bare = _NOT_ALPHANUMERIC.sub("", identifier.casefold()).translate(_LOOKALIKES)
    return f"~{bare}" if len(bare) >= MIN_SKELETON else None


def _in_plain_text(text: str, start: int, end: int) -> Iterator[Identifier]:
    for match in _TOKEN.finditer(text, start, end):
        token, offset = match.group(), match.start()
        if len(token) > MAX_LENGTH or len(token) < 3:
            continue
        stripped = token.rstrip(_TRAILING)
        token = _LEADING.sub("", stripped)
        offset += len(stripped) - len(token)
        if len(token) < 3:
            continue
        kind, weak = classify(token)
        if kind:
            yield Identifier(token, kind, offset, offset + len(token), weak)
        elif "/" in token or ":" in token:  # `client/server_name`, `key:value_x`: the parts may still be some
            for part in re.finditer(r"[^/:]+", token):
                name = _LEADING.sub("", part.group().rstrip(_TRAILING))
                kind, weak = classify(name) if len(name) >= 3 else ("", False)
                if kind:
                    begin = offset + token.index(name, part.start())
                    yield Identifier(name, kind, begin, begin + len(name), weak)


def _without_sentence_end(url: str) -> str:
    url = url.rstrip(".,;:!?*_")
    while url.endswith(")") and url.count(")") > url.count("("):
        url = url[:-1].rstrip(".,;:!?*_")
    return url


def classify(token: str) -> tuple[str, bool]:
    """(kind, weak) of one token without blanks; ("", False) for what is none."""
    if not (token.isascii() or "/" in token or "." in token):
        return "", False
    if _UUID.fullmatch(token):
        return "uuid", False
    if _CVE.fullmatch(token):
        return "cve", False
    if "@" in token:
        return ("email", False) if _EMAIL.fullmatch(token) else ("", False)
    if _is_address(token):
        return "ip", False
    if _DATE.fullmatch(token):
        return "", False
    if _VERSION.fullmatch(token):
        return "version", False
    if (match := _HASH.fullmatch(token)) and _is_hash(match.group(1)):
        return "hash", False
    if _HEX_NUMBER.fullmatch(token):
        return "error_code", False
    if token.startswith("-"):
        return ("flag", False) if _FLAG.fullmatch(token) else ("", False)
    if token.startswith("#"):
        return ("ticket", False) if _ISSUE.fullmatch(token) else ("", False)
    if "/" in token or "\\" in token:
        return _classify_path(token)
    if token.startswith("."):
        return ("file", True) if _DOT_FILE.fullmatch(token) else ("", False)
    if _ENV.fullmatch(token):
        return "env", False
    if match := _TICKET.fullmatch(token):
        prefix, digits = match.groups()
        # Gene and drug names (IL-17, COX-2) are written like tickets: short ones are weak.
        weak = prefix in _STANDARDS or (len(digits) < 3 and len(prefix) < 4)
        return ("name" if weak else "ticket"), weak
    if _ERROR_CODE.fullmatch(token):
        return "error_code", False
    if "." in token:
        return _classify_dotted(token)
    if ":" in token:
        return _classify_scoped(token)
    return _classify_word(token)


def _is_address(token: str) -> bool:
    if match := _IPV4.fullmatch(token):
        return all(int(part) < 256 for part in match.group(1).split("."))
    if token.count(":") >= 2 and len(token) <= 64:
        if _MAC.fullmatch(token):
            return True
        if _IPV6.fullmatch(token):
            try:
                ipaddress.IPv6Interface(token)
            except ValueError:
                return False
            return len(token) > 4
    return False


def _is_hash(digits: str) -> bool:
    letters = len(_LETTER.findall(digits))
    if letters in (0, len(digits)):
        return len(digits) in (32, 40, 64, 128)
    # 1000bad and 20kb-like words: a short one must switch between letters and digits more than once.
    switches = sum(a.isdigit() != b.isdigit() for a, b in pairwise(digits))
    return len(digits) >= 16 or switches >= 2


def _has_extension(name: str) -> bool:
    stem, dot, extension = name.rpartition(".")
    return bool(dot and stem and extension.casefold() in FILE_EXTENSIONS)


def _classify_path(token: str) -> tuple[str, bool]:
    segments = [segment for segment in re.split(r"[\\/]+", token) if segment]
    if not segments or all(len(segment) < 2 for segment in segments):
        return "", False
    if not any(_LETTER.search(segment) for segment in segments):
        return "", False  # 1/2, 10/100/1000
    if _DRIVE.match(token) or token.startswith(("/", "./", "../", "~/", "\\\\", "$")):
        return "path", len(segments) == 1 and not token.startswith("~/") and len(token) < 4
    if _has_extension(segments[-1]):
        return "path", False
    if not all(_PATH_SEGMENT.fullmatch(segment) for segment in segments):
        return "", False
    if segments[0][0].isalpha() and any(re.search(r"[a-zA-Z_][._]\w|^v\d", segment) for segment in segments):
        return "path", False
    # and/or, client/server, TCP/IP, 40mg/day
    return ("path", True) if len(segments) >= 3 else ("", False)


def _classify_dotted(token: str) -> tuple[str, bool]:
    name, colon, port = token.partition(":")
    if colon and not port.isdigit():
        return ("config_key", False) if _SNAKE.search(token) else ("", False)
    labels = name.split(".")
    if not all(labels):
        # .gitignore is caught before its dot is stripped; `foo..bar` and the like are damage.
        return "", False
    if _has_extension(name) and all(re.fullmatch(r"[\w+-]+", label) for label in labels) and not colon:
        # Node.js and ASP.NET are names of products as well, yet written exactly so.
        return "file", False
    if not all(_LABEL.fullmatch(label) for label in labels) or not _LETTER.search(name):
        return "", False
    if any(len(label) == 1 and label.isalpha() for label in labels[:2]):
        return "", False  # e.g, i.e, U.S.A
    if labels[-1].casefold() in TOP_LEVEL_DOMAINS and len(labels[-2]) >= 2 and name == name.casefold():
        return "host", False
    if any("_" in label for label in labels) or any(_LOWER_CAMEL.fullmatch(label) for label in labels):
        return "config_key", False
    lower = name == name.casefold()
    if labels[0][0].isdigit() or (not lower and not any(_UPPER_CAMEL.fullmatch(label) for label in labels)):
        return "", False  # 3.5mm, "end.The next"
    if colon:
        return "host", False
    if lower and (len(labels) >= 3 or any(_HYPHENATED.fullmatch(label) for label in labels)):
        return "config_key", False
    return "config_key", True


def _classify_scoped(token: str) -> tuple[str, bool]:
    name, _, rest = token.partition(":")
    if rest.isdigit() and _LABEL.fullmatch(name) and _LETTER.search(name) and len(rest) >= 2:
        return "host", name.isalpha() and name.casefold() != "localhost"  # localhost:9090, redis:6379
    if "::" in token and re.fullmatch(r"\w+(?:::\w+)+", token):
        return "config_key", False
    if re.fullmatch(r"\w+(?::\w+)+", token) and "_" in token and _LETTER.search(token):
        return "config_key", False
    if re.fullmatch(r"[a-z][\w.-]*:v?\d[\w.-]*", token):
        return "version", False  # image tags: nginx:1.25
    return "", False


def _classify_word(token: str) -> tuple[str, bool]:
    if "_" in token:
        return ("config_key", False) if _SNAKE.fullmatch(token) and _LETTER.search(token) else ("", False)
    if _LOWER_CAMEL.fullmatch(token):
        return "config_key", False
    if _UPPER_CAMEL.fullmatch(token):
        return "name", True
    if "-" in token:
        return _classify_hyphenated(token)
    digits, letters = bool(_DIGIT.search(token)), bool(_LETTER.search(token))
    if digits and letters and token.isalnum():
        switches = sum(a.isdigit() != b.isdigit() for a, b in pairwise(token))
        return ("hash", False) if len(token) >= 12 and switches >= 4 else ("name", True)
    if token.isdigit() and len(token) >= 6:
        return "name", True
    return "", False


def _classify_hyphenated(token: str) -> tuple[str, bool]:
    if not _HYPHENATED.fullmatch(token) or not _LETTER.search(token):
        return "", False
    segments = token.split("-")
    # oauth2, base64 and step1 are words; f4f684455 and wf8hw are not.
    generated = [
        part
        for part in segments[1:]
        if len(part) >= 5 and _LOWER_MIXED.fullmatch(part) and not _NUMBERED_WORD.fullmatch(part)
    ]
    if generated and segments[0][0].isalpha():
        return "resource", False
    if len(segments) >= 3 and segments[-1].isdigit() and all(s.isalpha() and s.islower() for s in segments[:-1]):
        return "resource", False  # us-west-1
    return "name", True
