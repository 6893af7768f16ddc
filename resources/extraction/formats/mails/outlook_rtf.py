"""Unpacks the compressed RTF of Outlook messages ([MS-OXRTFCP])."""

from __future__ import annotations

import struct

MAX_RTF_BYTES = 64 * 2**20

_PACKED, _PLAIN = b"LZFu", b"MELA"
_WINDOW = 4096  # bytes of the dictionary
# What the dictionary holds at the start: words that nearly every RTF has.
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def unpack_rtf(data: bytes) -> bytes:
    """RTF from the bytes of PidTagRtfCompressed. Raises ValueError, IndexError or struct.error where damaged."""
    _, size, kind = struct.unpack("<II4s", data[:12])
    body = data[16:]
    if size > MAX_RTF_BYTES:
        raise ValueError(f"it says that it has {size / 2**20:.0f} MiB")
    if kind == _PLAIN:
        return body[:size]
    if kind != _PACKED:
        raise ValueError("it is packed in an unknown way")
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    found = bytearray()
    place = 0

    def put(byte: int) -> None:
        window[(len(_DICTIONARY) + len(found)) % _WINDOW] = byte
        found.append(byte)

    while place < len(body):
        control, place = body[place], place + 1
        for bit in range(8):
            if place >= len(body) or len(found) >= size:
                return bytes(found[:size])
            if not control >> bit & 1:
                put(body[place])
                place += 1
                continue
            reference = body[place] << 8 | body[place + 1]
            place += 2
            start, length = reference >> 4, (reference & 15) + 2
            if start == (len(_DICTIONARY) + len(found)) % _WINDOW:
                return bytes(found)  # the mark of the end
            for offset in range(length):
                put(window[(start + offset) % _WINDOW])
    return bytes(found[:size])
