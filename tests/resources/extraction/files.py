"""Small files of every kind, made on the spot, and a parse call with the defaults."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.parse import parse
from codices.resources.settings.extraction_options import ExtractionOptions

OPTIONS = ExtractionOptions()


def parsed(
    path: Path,
    name: str | None = None,
    read_link: Callable[[str], bytes | None] = lambda target: None,
    options: ExtractionOptions = OPTIONS,
) -> Extraction:
    return parse(path, name or path.name, options, read_link)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def png(width: int = 200, height: int = 120, shade: int = 40) -> bytes:
    """A picture with a drawing on it; another shade makes another picture."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 8, height // 8, width // 2, height // 2), fill=(shade, 90, 200 - shade))
    draw.line((0, height - 1, width - 1, 0), fill=(200, shade, 0), width=3)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def image_bomb(side: int = 60_000) -> bytes:
    """A PNG of a few bytes that says it has `side` x `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(10_000)))
        + chunk(b"IEND", b"")
    )


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 150">'
    '<rect x="5" y="5" width="100" height="60" fill="teal"/>'
    '<text x="20" y="120">Throughput in requests</text></svg>'
)


def with_entry(archive: bytes, name: str, content: bytes) -> bytes:
    """A ZIP based document with one entry replaced or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        new.writestr(name, content)
    return buffer.getvalue()


def outlook_message(
    subject: str,
    body: str,
    sender: str,
    attachments: list[tuple[str, bytes]],
    message_class: str = "IPM.Note",
) -> bytes:
    """An Outlook message as [MS-OXMSG] lays it out inside a compound file."""
    return compound_file(outlook_tree(subject, body, sender, attachments, message_class))


def outlook_tree(
    subject: str,
    body: str,
    sender: str,
    attachments: list[tuple[str, bytes | dict[str, object]]] | list[tuple[str, bytes]],
    message_class: str = "IPM.Note",
    binaries: dict[int, bytes] | None = None,
    numbers: dict[int, int] | None = None,
    is_inside: bool = False,
) -> dict[str, object]:
    """The streams and storages of an Outlook message, with more properties by number; an attachment may be the tree
    of a message (`is_inside`)."""

    def properties(entries: list[tuple[int, int, int]], header: bytes) -> bytes:
        return header + b"".join(struct.pack("<HHIQ", kind, number, 6, value) for number, kind, value in entries)

    def text(number: int, value: str) -> tuple[str, bytes]:
        return f"__substg1.0_{number:04X}001F", value.encode("utf-16-le")

    def binary(number: int, value: bytes) -> tuple[str, bytes]:
        return f"__substg1.0_{number:04X}0102", value

    strings = {0x001A: message_class, 0x0037: subject, 0x1000: body, 0x0C1F: sender, 0x0C1A: sender}
    tree: dict[str, object] = dict(text(number, value) for number, value in strings.items())
    tree["__nameid_version1.0"] = {
        "__substg1.0_00020102": b"",
        "__substg1.0_00030102": b"",
        "__substg1.0_00040102": b"",
    }
    tree.update(dict(binary(number, value) for number, value in (binaries or {}).items()))
    tree["__properties_version1.0"] = properties(
        [(number, 0x1F, 2 * len(value) + 2) for number, value in strings.items()]
        + [(number, 0x102, len(value)) for number, value in (binaries or {}).items()]
        + [(number, 0x3, value) for number, value in {0x340D: 0x40000, **(numbers or {})}.items()],
        struct.pack("<8xIIII8x", 0, len(attachments), 0, len(attachments))[: 24 if is_inside else 32],
    )
    for index, (name, content) in enumerate(attachments):
        inside = isinstance(content, dict)
        kind, way = (0x0D, 5) if inside else (0x102, 1)
        tree[f"__attach_version1.0_#{index:08X}"] = {
            **dict([text(0x3707, name), ("__substg1.0_3701000D", content) if inside else binary(0x3701, content)]),
            "__properties_version1.0": properties(
                [(0x3707, 0x1F, 2 * len(name) + 2), (0x3701, kind, len(content)), (0x3705, 0x3, way)], bytes(8)
            ),
        }
    return tree


def compound_file(tree: dict[str, object]) -> bytes:
    """An OLE2 file (version 3) with these streams (bytes) and storages (dictionaries)."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    entries: list[dict[str, object]] = [{"name": "Root Entry", "type": 5, "data": b"", "child": free, "right": free}]

    def add(storage: dict[str, object]) -> int:
        """Children as a list along their right siblings, in the order that the format asks for."""
        first = previous = free
        for name in sorted(storage, key=lambda n: (len(n), n.upper())):
            content = storage[name]
            number = len(entries)
            is_storage = isinstance(content, dict)
            entries.append(
                {"name": name, "type": 1 if is_storage else 2, "data": content, "child": free, "right": free}
            )
            if isinstance(content, dict):
                entries[number]["data"] = b""
                entries[number]["child"] = add(content)
            if previous == free:
                first = number
            else:
                entries[previous]["right"] = number
            previous = number
        return first

    entries[0]["child"] = add(tree)
    sectors: list[bytes] = []
    fat: list[int] = []
    mini = bytearray()
    mini_fat: list[int] = []

    def chain(data: bytes) -> int:
        if not data:
            return end
        start = len(sectors)
        pieces = [data[i : i + 512].ljust(512, b"\0") for i in range(0, len(data), 512)]
        sectors.extend(pieces)
        fat.extend([*range(start + 1, start + len(pieces)), end])
        return start

    starts, sizes = [end] * len(entries), [0] * len(entries)
    for number, entry in enumerate(entries):
        data = entry["data"]
        assert isinstance(data, bytes)
        sizes[number] = len(data)
        if entry["type"] != 2 or not data:
            continue
        if len(data) >= 4096:
            starts[number] = chain(data)
            continue
        starts[number] = len(mini) // 64
        count = -(-len(data) // 64)
        mini_fat.extend([*range(starts[number] + 1, starts[number] + count), end])
        mini.extend(data.ljust(64 * count, b"\0"))
    starts[0], sizes[0] = chain(bytes(mini)), len(mini)
    mini_fat_start = chain(b"".join(struct.pack("<I", value) for value in mini_fat))
    mini_fat_sectors = -(-len(mini_fat) * 4 // 512)
    directory = b""
    for number, entry in enumerate(entries):
        name = str(entry["name"]).encode("utf-16-le")
        directory += struct.pack(
            "<64sHBBIII16xI16xIQ", name, len(name) + 2, entry["type"], 1, free, entry["right"], entry["child"], 0,
            starts[number] if entry["type"] != 1 else 0, sizes[number],
        )  # fmt: skip
    directory_start = chain(directory)
    fat_sectors = 1
    while (len(fat) + fat_sectors) * 4 > fat_sectors * 512:
        fat_sectors += 1
    fat_start = len(sectors)
    fat.extend([0xFFFFFFFD] * fat_sectors)
    table = b"".join(struct.pack("<I", value) for value in fat).ljust(512 * fat_sectors, b"\xff")
    sectors.extend(table[i : i + 512] for i in range(0, len(table), 512))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors,
        directory_start, 0, 4096, mini_fat_start, mini_fat_sectors, end, 0, fat_start,
    )  # fmt: skip
    header += b"".join(struct.pack("<I", fat_start + i) for i in range(1, fat_sectors))
    return header.ljust(512, b"\xff") + b"".join(sectors)
