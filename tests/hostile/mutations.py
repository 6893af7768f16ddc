"""What can be done to the bytes of a file: to any, to a text, to a ZIP archive with XML inside. Seeded: the same
random numbers give the same bytes."""

from __future__ import annotations

import io
import random
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable

Mutation = Callable[[bytes, random.Random], bytes]

MEGABYTE = 1_000_000
_ATTRIBUTE = re.compile(rb'="([^"<>]*)"')
_BETWEEN_TAGS = re.compile(rb">([^<>\s][^<>]*)<")
_RELATION = re.compile(rb'(Target|href|src|r:embed|r:id|full-path|idref)="[^"]*"')
_NO_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


def large(chance: random.Random) -> int:
    """Bytes of what is far too long: mostly more than is repeated anywhere, now and then a megabyte, whose words take
    seconds to embed."""
    return MEGABYTE if chance.random() < 0.05 else 30_000


def strange_text(chance: random.Random, length: int = 12) -> str:
    """Code points of every plane, halves of pairs, controls, directions, combining marks, the last of all."""
    kinds = [
        lambda: chr(chance.randrange(0x110000)),
        lambda: chr(chance.randrange(0xD800, 0xE000)),
        lambda: chr(chance.randrange(0x20)),
        lambda: chr(chance.choice((0x1F600, 0x1D44E, 0x20000, 0xE0041, 0xF0000, 0x10FFFF, 0xFFFE, 0xFFFF, 0xFDD0))),
        lambda: chance.choice("\u202e\u200b\u2028\u2029\u0085\ufeff\u0301\x7f\xad"),
    ]
    return "".join(chance.choice(kinds)() for _ in range(length))


def strange_bytes(chance: random.Random) -> bytes:
    """The same as UTF-8, halves included, which no decoder has to take."""
    return strange_text(chance).encode("utf-8", "surrogatepass")


# -- any bytes ---------------------------------------------------------------------------------------------------------


def flip_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 4, 32, 256))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def insert_bytes(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + chance.randbytes(chance.choice((1, 3, 100, 5000))) + data[place:]


def cut_bytes(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[min(end, start + chance.choice((1, 16, 1024, MEGABYTE))) :]


def cut_end(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def duplicate_bytes(data: bytes, chance: random.Random) -> bytes:
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] * chance.choice((1, 2, 20)) + data[end:]


def insert_nuls(data: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(data) + 1)
    return data[:place] + b"\0" * chance.choice((1, 7, 4096)) + data[place:]


def change_numbers(data: bytes, chance: random.Random) -> bytes:
    """Lengths, offsets and counts written in digits become others: zero, negative, larger than any machine word."""
    numbers = (b"0", b"-1", b"65536", b"2147483648", b"99999999999999999999", b"1e400", b"NaN")
    return re.sub(rb"\d+", lambda found: chance.choice(numbers) if chance.random() < 0.1 else found[0], data)


# -- text and markup ---------------------------------------------------------------------------------------------------


def insert_strange_text(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 20)):
        place = chance.randrange(len(data) + 1)
        data = data[:place] + strange_bytes(chance) + data[place:]
    return data


def as_utf16_with_halves(data: bytes, chance: random.Random) -> bytes:
    """The text in UTF-16 with its mark, halves of pairs strewn in."""
    text = list(data.decode("utf-8", "replace"))
    for _ in range(chance.randint(1, 20)):
        text.insert(chance.randrange(len(text) + 1), chr(chance.randrange(0xD800, 0xE000)))
    order = chance.choice(("utf-16-le", "utf-16-be"))
    return ("\ufeff" + "".join(text)).encode(order, "surrogatepass")


def huge_text(data: bytes, chance: random.Random) -> bytes:
    """One line, or what stands between two tags, becomes very long."""
    word = chance.choice((b"a", b"pump ", "\U0001f600".encode()))
    huge = word * (large(chance) // len(word))
    places = list(_BETWEEN_TAGS.finditer(data))
    if places:
        start, end = chance.choice(places).span(1)
        return data[:start] + huge + data[end:]
    lines = data.split(b"\n")
    lines[chance.randrange(len(lines))] += huge
    return b"\n".join(lines)


def huge_attribute(data: bytes, chance: random.Random) -> bytes:
    places = list(_ATTRIBUTE.finditer(data))
    if not places:
        return huge_text(data, chance)
    start, end = chance.choice(places).span(1)
    return data[:start] + chance.choice((b"9", b"x", b"../")) * (large(chance) // 3) + data[end:]


def change_attribute(data: bytes, chance: random.Random) -> bytes:
    values = (b"", b"-1", b"99999999999", b"\xed\xa0\x80", b"NaN", b"&#xD800;", b"../../../../etc/passwd", b"\0")
    places = list(_ATTRIBUTE.finditer(data))
    if not places:
        return change_numbers(data, chance)
    start, end = chance.choice(places).span(1)
    return data[:start] + chance.choice(values) + data[end:]


def dangling_relation(data: bytes, chance: random.Random) -> bytes:
    """Targets and links lead to what is not there, to the element itself, or out of the file."""
    target = chance.choice((b"nothing.xml", b"NULL", b"", b"/", b"../../outside.png", b"rId999", b"file:///etc/passwd"))
    return _RELATION.sub(
        lambda found: found[1] + b'="' + target + b'"' if chance.random() < 0.5 else found[0],
        data,
    )


def deepen(data: bytes, chance: random.Random) -> bytes:
    """One element, bracket or quotation mark is opened very often, and mostly never closed."""
    opened = chance.choice((b"<div>", b"<ul><li>", b"<table><tr><td>", b"[", b"{", b"> ", b"((", b"- ", b"<g>", b"**"))
    place = chance.randrange(len(data) + 1)
    return data[:place] + opened * chance.choice((50, 1000, 10_000)) + data[place:]


def strange_entities(data: bytes, chance: random.Random) -> bytes:
    """Escapes of every notation for what is no character."""
    escapes = (
        b"&#xD800;",
        b"&#x110000;",
        b"&#0;",
        b"&#99999999999;",
        b"\\ud83d",
        b"\\udc00",
        b"\\u0000",
        b"\\U0010ffff",
        b"\\x00",
        b"\\u-10179?",
        b"\\d800 ",
        b"%ED%A0%80",
        b"=?utf-8?q?=ED=A0=80?=",
    )
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(data) + 1)
        data = data[:place] + chance.choice(escapes) + data[place:]
    return data


BYTES: tuple[Mutation, ...] = (
    flip_bytes,
    insert_bytes,
    cut_bytes,
    cut_end,
    duplicate_bytes,
    insert_nuls,
    change_numbers,
)
TEXT: tuple[Mutation, ...] = (
    insert_strange_text,
    as_utf16_with_halves,
    huge_text,
    huge_attribute,
    change_attribute,
    dangling_relation,
    deepen,
    strange_entities,
)


# -- archives ----------------------------------------------------------------------------------------------------------


def remove_part(data: bytes, chance: random.Random) -> bytes:
    return _with_parts(data, lambda parts: parts.pop(chance.randrange(len(parts))))


def repeat_part(data: bytes, chance: random.Random) -> bytes:
    return _with_parts(data, lambda parts: parts.append(chance.choice(parts)))


def rename_part(data: bytes, chance: random.Random) -> bytes:
    names = ("../../outside.xml", "/abs.xml", "a" * 5000, "x\\y.xml", "\U0001f600.xml", "con", "word//document.xml")

    def rename(parts: list[tuple[str, bytes]]) -> None:
        place = chance.randrange(len(parts))
        parts[place] = (chance.choice(names), parts[place][1])

    return _with_parts(data, rename)


def mutate_part(data: bytes, chance: random.Random) -> bytes:
    """One part, XML rather than not, goes through a mutation of bytes or text."""

    def mutate(parts: list[tuple[str, bytes]]) -> None:
        markup = [place for place, (name, _) in enumerate(parts) if name.endswith((".xml", ".rels", ".xhtml", ".opf"))]
        place = chance.choice(markup) if markup and chance.random() < 0.9 else chance.randrange(len(parts))
        name, content = parts[place]
        parts[place] = (name, chance.choice(BYTES + TEXT * 2)(content, chance))

    return _with_parts(data, mutate)


def dangle_parts(data: bytes, chance: random.Random) -> bytes:
    def dangle(parts: list[tuple[str, bytes]]) -> None:
        parts[:] = [
            (name, dangling_relation(content, chance) if name.endswith((".rels", ".opf", "container.xml")) else content)
            for name, content in parts
        ]

    return _with_parts(data, dangle)


ARCHIVE: tuple[Mutation, ...] = (remove_part, repeat_part, rename_part, mutate_part, mutate_part, dangle_parts)


def mutations_of(data: bytes) -> tuple[Mutation, ...]:
    """Those that make sense for these bytes, the likelier ones more than once."""
    if data.startswith(b"PK\x03\x04"):
        return ARCHIVE * 3 + BYTES
    if data.startswith(b"%PDF") or b"\0" not in data:
        return TEXT * 2 + BYTES
    return BYTES


def _with_parts(data: bytes, change: Callable[[list[tuple[str, bytes]]], object]) -> bytes:
    """The archive with another list of (name, content); the bytes as they are where it is none any more."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [(name, archive.read(name)) for name in archive.namelist()]
    except _NO_ARCHIVE:
        return data
    if not parts:
        return data
    change(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name is there twice: this is what was wanted
        for name, content in parts:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
