"""Pictures that an attacker would write: sides, frames and offsets that lie, bombs of one colour."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image

_HUGE = 100_000  # pixels of a side


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, *chunks: tuple[bytes, bytes], rows: bytes = b"\0\0") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    inner = b"".join(_png_chunk(name, data) for name, data in chunks)
    body = _png_chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", head) + inner + body + _png_chunk(b"IEND", b"")


def _text_bomb() -> bytes:
    """A PNG whose comment unpacks to 200 MiB."""
    return _png(8, 8, (b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * (200 << 20), 1)), rows=b"\0\0" * 8)


def _frames(count: int) -> bytes:
    """A GIF with so many frames of one pixel."""
    head = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
    frame = b"\x21\xf9\x04\0\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return head + frame * count + b"\x3b"


def _gif_sides() -> bytes:
    return b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\xff\xff\xff\xff\0\x02\x02\x44\x01\0\x3b"


def _tiff_loop() -> bytes:
    """A directory that says that the next one is itself."""
    short, long = 3, 4
    fields = ((256, long, 1), (257, long, 1), (258, short, 8), (259, short, 1), (262, short, 1), (273, long, 8))
    entries = [(tag, kind, 1, value) for tag, kind, value in (*fields, (278, long, 1), (279, long, 1))]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 12) + b"\0\0\0\0" + directory + struct.pack("<I", 12)


def _tiff_counts() -> bytes:
    """A directory whose fields say that they hold four billion values each."""
    fields = b"".join(struct.pack("<HHII", tag, 4, 0xFFFFFFFF, 8) for tag in (256, 257, 270, 273, 279, 339, 700, 34377))
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 8) + fields + struct.pack("<I", 0)


def _tiff_bomb() -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "tiff", compression="group4")
    return buffer.getvalue()


def _bmp() -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, 2**31 - 1, -(2**31), 1, 32, 0, 0, 0, 0, 0xFFFFFFFF, 0)
    return b"BM" + struct.pack("<IHHI", 60, 0, 0, 54) + info + b"\0" * 6


def _webp() -> bytes:
    body = (
        b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\xff" * 6 + b"ANIM" + struct.pack("<I", 6) + b"\0" * 6
    )
    return b"RIFF" + struct.pack("<I", 0xFFFFFFF0) + body


def _heic_boxes() -> bytes:
    """Boxes inside boxes, and a length that reaches past the end."""
    inner = b""
    for _ in range(2000):
        inner = struct.pack(">I", len(inner) + 12) + b"meta\0\0\0\0" + inner
    return struct.pack(">I", 24) + b"ftypheic\0\0\0\0mif1heic" + inner + b"\xff\xff\xff\xffmdat"


def _jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (16, 16)).save(buffer, "jpeg")
    data = buffer.getvalue()
    place = data.index(b"\xff\xc0")
    return data[: place + 5] + b"\xff\xff\xff\xff" + data[place + 9 :]


PICTURES: dict[str, Callable[[], bytes]] = {
    "sides.png": lambda: _png(_HUGE, _HUGE),
    "flat.png": lambda: _png(9_000, 9_000, rows=(b"\0" + b"\xff" * 1125) * 9_000),
    "comment.png": _text_bomb,
    "empty.png": lambda: _png(0, 0),
    "frames.gif": lambda: _frames(100_000),
    "sides.gif": _gif_sides,
    "loop.tiff": _tiff_loop,
    "counts.tiff": _tiff_counts,
    "flat.tiff": _tiff_bomb,
    "sides.bmp": _bmp,
    "sides.webp": _webp,
    "boxes.heic": _heic_boxes,
    "sides.jpeg": _jpeg,
    "ico.png": lambda: b"\0\0\1\0\xff\xff" + b"\0\0\0\0\1\0\x20\0\xff\xff\xff\xff\x16\0\0\0" * 65_535,
    "script.png": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%touch launched) (w) file\n",
    "xpm.jpg": lambda: b'/* XPM */\nstatic char *a[] = {"99999999 99999999 1 1", "a c #000000"};\n',
}
