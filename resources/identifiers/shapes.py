"""The shape of one token: is it an identifier, and of which kind? Knows nothing of the text around it."""

from __future__ import annotations

import ipaddress
import re
from itertools import pairwise

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

_UNMISTAKABLE_DOMAINS = _word_set("com edu gov org")
_PRIVATE_DOMAINS = _word_set("corp internal lan local localdomain")

_NAMED_FILES = _word_set(
    """Brewfile CHANGELOG CODEOWNERS CONTRIBUTING Containerfile Dockerfile Gemfile Jenkinsfile Justfile LICENSE Makefile
    Pipfile Procfile README Rakefile Vagrantfile dockerfile makefile"""
)

_ERROR_NAMES = _word_set(
    """E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBADMSG EBUSY ECANCELED ECHILD
    ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM EDQUOT EEXIST EFAULT EFBIG EHOSTDOWN EHOSTUNREACH
    EIDRM EILSEQ EINPROGRESS EINTR EINVAL EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENETDOWN
    ENETRESET ENETUNREACH ENFILE ENOBUFS ENODATA ENODEV ENOENT ENOEXEC ENOLCK ENOLINK ENOMEM ENOMSG ENOPROTOOPT ENOSPC
    ENOSR ENOSTR ENOSYS ENOTBLK ENOTCONN ENOTDIR ENOTEMPTY ENOTFOUND ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENXIO
    EOPNOTSUPP EOVERFLOW EOWNERDEAD EPERM EPIPE EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESPIPE ESRCH ESTALE
    ETIMEDOUT ETXTBSY EWOULDBLOCK EXDEV
    SIGABRT SIGALRM SIGBUS SIGCHLD SIGCONT SIGEMT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL
    SIGPROF SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1
    SIGUSR2 SIGVTALRM SIGWINCH SIGXCPU SIGXFSZ"""
)

_NOTHING = ("", False)
_KNOWN = dict.fromkeys(_NAMED_FILES, ("file", True)) | dict.fromkeys(_ERROR_NAMES, ("error_code", False))
"""Names whose shape says nothing. How to write a Dockerfile is no question for one file: those are weak."""

_STANDARDS = _word_set(
    "AES BASE CD CI COVID DDR DES DIN DVD EN H HTTP IEC IEEE ISBN ISO ISSN LATIN MD MP PC RC RS SHA SOC TLS UCS UTF"
    " USB WIN WINDOWS"
)
"""Prefixes of terms that look like tickets (SHA-256, UTF-16, ISO-8859) and are not."""

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
CVE = re.compile(r"CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3}", re.I)
_EMAIL = re.compile(r"[\w.+%-]+@(?:(?:[\w-]+\.)+[a-zA-Z]{2,24}|localhost)")
_IPV4 = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})(?::\d{1,5}|/\d{1,2})?")
_IPV4_RANGE = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})-(\d{1,3}(?:\.\d{1,3}){3}|\d{1,3})")
_IPV6 = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*(?:%\w+)?(?:/\d{1,3})?", re.I)
_MAC = re.compile(r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|(?=.*\d)(?=.*[a-f])[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}", re.I)
_HASH = re.compile(r"(?:(?:sha1|sha256|sha512|md5)[:-])?([0-9a-f]{7,128})", re.I)
_HEX_NUMBER = re.compile(r"0x[0-9a-f]{2,16}", re.I)
_VERSION = re.compile(
    r"v\d{1,4}(?:\.\d{1,5}){1,4}(?:[-+_.~]?[a-z0-9]+(?:[-+_.~][a-z0-9]+)*)?"  # v1.2, v2.6.7+5bcd846
    r"|\d{1,4}(?:\.\d{1,5}){2,4}(?:[-+_.~]?[a-z0-9]+(?:[-+_.~][a-z0-9]+)*)?"  # 1.2.3, 1.2.3-rc.1
    r"|\d{1,4}\.\d{1,5}[-+_]?(?:alpha|beta|rc|dev|post|snapshot|lts)[-+_.]?\d*"  # 3.0-rc1
    r"|v\d{1,3}(?:alpha|beta|rc)\d{0,3}",  # v1beta1
    re.I,
)
_DATE = re.compile(r"(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d")
_CALENDAR_VERSION = re.compile(r"20\d\d\.(?:0\d\.\d|\d{1,2}\.0)")  # neither is a way to write a day
_DATE_OR_VERSION = re.compile(r"20\d\d\.(?:[1-9]\.\d{1,2}|\d\d\.\d)")
_FLAG = re.compile(
    r"--[a-zA-Z][\w.-]*\w|-[A-Z][a-zA-Z]\w[\w.:-]*|-{1,2}[a-zA-Z][a-zA-Z0-9]+(?:[-_.][a-zA-Z0-9]+)+"
    r"|-XX:[+-]?\w+|-O[0-3sgz]"
)
_ENV = re.compile(r"\$?[A-Z][A-Z0-9]*(?:_+[A-Z0-9]+)+|\$[A-Z]{2,}\w*")
_TICKET = re.compile(r"([A-Z][A-Z0-9]{1,9}(?:_[A-Z0-9]{1,9})*)-(\d{2,7})")
_ISSUE = re.compile(r"#\d{2,7}")
_REPOSITORY_ISSUE = re.compile(r"(?:[\w.-]+/)?[a-zA-Z][\w.-]+(#\d{2,7})")
_ERROR_CODE = re.compile(r"[A-Z]{1,5}[0-9]{4,8}[A-Z]?")
_PACKAGE_VERSION = re.compile(r"[\w./-]+@(v?\d[\w.+~-]*)")  # lodash@4.17.21
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:\d*:[\w/:.*+@-]+")
_LABEL = re.compile(r"[a-zA-Z0-9](?:[\w-]*[a-zA-Z0-9])?")
_SNAKE = re.compile(r"_*[a-zA-Z0-9]+(?:_+[a-zA-Z0-9]+)+")
_LOWER_CAMEL = re.compile(r"[a-z]{2}[a-z0-9]*[A-Z][a-z][a-zA-Z0-9]*")
_UPPER_CAMEL = re.compile(r"[A-Z]+[a-z][a-z0-9]*[A-Z][a-zA-Z0-9]*")
_DOT_FILE = re.compile(r"\.[a-z][\w.-]*\w")
_PATH_SEGMENT = re.compile(r"[\w.@:+~%$#*-]+")
_LOWER_MIXED = re.compile(r"(?=.*[0-9])(?=.*[a-z])[a-z0-9]+")
_NUMBERED_WORD = re.compile(r"[a-z]+[0-9]{1,2}")
_DRIVE = re.compile(r"[a-zA-Z]:[\\/]")
_WORD_CHARACTERS = re.compile(r"[\w-]+")
_HYPHENATED = re.compile(r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)+")
_CITATION = re.compile(r"[a-z]+\.\d{1,3}-\d{1,3}")  # "risk.12-14 In", a superscript once
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[a-zA-Z]")


def classify(token: str) -> tuple[str, bool]:
    """(kind, weak) of one token without blanks; ("", False) for what is none."""
    if token.isalpha() and len(token) < 32 and (token.islower() or token[1:].islower()):
        return _KNOWN.get(token, _NOTHING)  # an ordinary word: most of any text
    if not (token.isascii() or "/" in token or "." in token):
        return _NOTHING
    if len(token) >= 36 and UUID.search(token):
        if len(token) == 36:
            return "uuid", False
        if _WORD_CHARACTERS.fullmatch(token):
            return "resource", False  # pvc-84ce98d1-...
    if CVE.fullmatch(token):
        return "cve", False
    if "@" in token:
        if _EMAIL.fullmatch(token):
            return "email", False
        match = _PACKAGE_VERSION.fullmatch(token)
        return ("version", False) if match and _VERSION.fullmatch(match.group(1)) else _NOTHING
    if _is_address(token):
        return "ip", False
    if token.startswith("20") and _CALENDAR_VERSION.fullmatch(token):
        return "version", False
    if _DATE.fullmatch(token):
        return ("version", True) if _DATE_OR_VERSION.fullmatch(token) else _NOTHING
    if _VERSION.fullmatch(token):
        return "version", False
    if (match := _HASH.fullmatch(token)) and _is_hash(match.group(1)):
        return "hash", False
    if _HEX_NUMBER.fullmatch(token):
        return "error_code", False
    if token.startswith("-"):
        return ("flag", False) if _FLAG.fullmatch(token) else _NOTHING
    if token.startswith("#"):
        return ("ticket", False) if _ISSUE.fullmatch(token) else _NOTHING
    if "#" in token and (match := _REPOSITORY_ISSUE.fullmatch(token)):
        return ("ticket", False) if not _has_extension(token[: match.start(1)]) else _NOTHING
    if token.startswith("arn:") and _ARN.fullmatch(token):
        return "resource", False
    if "/" in token or "\\" in token:
        return _classify_path(token)
    if token.startswith("."):
        return ("file", True) if _DOT_FILE.fullmatch(token) else _NOTHING
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
        return _are_octets(match.group(1))
    if "-" in token and (match := _IPV4_RANGE.fullmatch(token)):
        return all(map(_are_octets, match.groups()))
    if token.count(".") == 2 and _MAC.fullmatch(token):
        return True
    if token.count(":") >= 2 and len(token) <= 64:
        if _MAC.fullmatch(token):
            return True
        if _IPV6.fullmatch(token):
            try:
                ipaddress.IPv6Interface(token)
            except ValueError:
                return False
            return len(token) > 4 or token == "::1"
    return False


def _are_octets(numbers: str) -> bool:
    return all(int(number) < 256 for number in numbers.split("."))


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
        return _NOTHING
    if not any(_LETTER.search(segment) for segment in segments):
        return _NOTHING  # 1/2, 10/100/1000
    if _DRIVE.match(token) or token.startswith(("/", "./", "../", "~/", "\\\\", "$")):
        return "path", len(segments) == 1 and not token.startswith("~/") and len(token) < 4
    if _has_extension(segments[-1]):
        return "path", False
    if not all(_PATH_SEGMENT.fullmatch(segment) for segment in segments):
        return _NOTHING
    if segments[0][0].isalpha() and any(re.search(r"[a-zA-Z_][._]\w|^v\d", segment) for segment in segments):
        return "path", False
    # and/or, client/server, TCP/IP, 40mg/day
    return ("path", True) if len(segments) >= 3 else _NOTHING


def _classify_dotted(token: str) -> tuple[str, bool]:
    name, colon, port = token.partition(":")
    if colon and not port.isdigit():
        return ("config_key", False) if _SNAKE.search(token) else _NOTHING
    labels = name.split(".")
    if not all(labels):
        # .gitignore is caught before its dot is stripped; `foo..bar` and the like are damage.
        return _NOTHING
    if _has_extension(name) and all(re.fullmatch(r"[\w+-]+", label) for label in labels) and not colon:
        # Node.js and ASP.NET are names of products as well, yet written exactly so.
        return "file", False
    if not all(_LABEL.fullmatch(label) for label in labels) or not _LETTER.search(name):
        return _NOTHING
    if any(len(label) == 1 and label.isalpha() for label in labels[:2]):
        return _NOTHING  # e.g, i.e, U.S.A
    if labels[-1].casefold() in TOP_LEVEL_DOMAINS and len(labels[-2]) >= 2 and _is_cased_like_a_host(name, labels):
        return "host", False
    if any("_" in label for label in labels) or any(_LOWER_CAMEL.fullmatch(label) for label in labels):
        return "config_key", False
    lower = name == name.casefold()
    if labels[0][0].isdigit() or (not lower and not any(_UPPER_CAMEL.fullmatch(label) for label in labels)):
        return _NOTHING  # 3.5mm, "end.The next"
    if colon:
        return "host", False
    hyphenated = any(map(_HYPHENATED.fullmatch, labels)) and not _CITATION.fullmatch(name)
    if lower and (len(labels) >= 3 or hyphenated):
        return "config_key", False
    return "config_key", True


def _is_cased_like_a_host(name: str, labels: list[str]) -> bool:
    """Upper case is for hosts too (DC01.corp.local, EXAMPLE.COM); ASP.NET, `Array.at` and "end.In" are none."""
    if name == name.casefold():
        return True
    domain = labels[-1].casefold()
    if not (name.isupper() or labels[-1].islower()):
        return False
    if len(labels) == 2:
        return domain in _UNMISTAKABLE_DOMAINS
    numbered = not labels[0].isalpha()
    return (
        numbered
        or domain in _UNMISTAKABLE_DOMAINS
        or (name.isupper() and len(domain) > 2)
        or domain in _PRIVATE_DOMAINS
    )


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
    return _NOTHING


def _classify_word(token: str) -> tuple[str, bool]:
    if "_" in token:
        return ("config_key", False) if _SNAKE.fullmatch(token) and _LETTER.search(token) else _NOTHING
    if token in _KNOWN:
        return _KNOWN[token]
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
    return _NOTHING


def _classify_hyphenated(token: str) -> tuple[str, bool]:
    if not _HYPHENATED.fullmatch(token) or not _LETTER.search(token):
        return _NOTHING
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
