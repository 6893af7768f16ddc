"""HTML, SVG, Markdown, reStructuredText, RTF: nesting, references and widths without end."""

from __future__ import annotations

from collections.abc import Callable

from tests.hostile.attacks.archives import LAUGH, LAUGHS

_SVG = "<svg xmlns='http://www.w3.org/2000/svg'"


def uses_of_uses() -> bytes:
    """Each group shows the one before it twice: 2^40 rectangles on a hundred million pixels."""
    groups = "".join(
        f"<g id='g{level}'>" + f"<use href='#g{level - 1}'/>" * 2 + "</g>" if level else "<g id='g0'><rect/></g>"
        for level in range(41)
    )
    return f"{_SVG} width='100000000' height='100000000'>{groups}<use href='#g40'/></svg>".encode()


def spanning_cells() -> bytes:
    cells = '<td rowspan="65534" colspan="1000">x</td>' * 50
    return f"<html><body><p>Spans</p><table>{f'<tr>{cells}</tr>' * 50}</table></body></html>".encode()


def names_of_links() -> bytes:
    named = b"".join(b"[a%d]: b\n" % number for number in range(50_000))
    return named + b"\n" + b"[a1]" * 50_000


def including() -> bytes:
    """Asks for other files of the machine, and for words that stand for one another."""
    asked = (
        b".. include:: /etc/passwd\n\n.. raw:: html\n   :file: /etc/passwd\n\n.. csv-table:: x\n   :file: /etc/passwd\n"
    )
    return b"Title\n=====\n\n" + asked + b"\n|a|\n\n.. |a| replace:: |b|\n.. |b| replace:: |a|\n\n" + b"*" * 50_000


MARKUP: dict[str, Callable[[], bytes]] = {
    "divs.html": lambda: b"<div>" * 100_000 + b"text",
    "spans.html": spanning_cells,
    "attributes.html": lambda: b"<p " + b"".join(b"a%d=b " % number for number in range(100_000)) + b">text</p>",
    "selectors.html": lambda: b"<style>" + b"a b " * 50_000 + b"{}</style><p>" + b"<i>x</i>" * 10_000,
    "formatting.html": lambda: b"<b><i><a>" * 3_000 + b"<p>" * 3_000 + b"text",
    "laughs.svg": lambda: f"<?xml version='1.0'?>{LAUGHS}{_SVG}><text>{LAUGH}</text></svg>".encode(),
    "uses.svg": uses_of_uses,
    "filters.svg": lambda: (
        f"{_SVG} width='900' height='900'><filter id='f'>" + "<feGaussianBlur stdDeviation='9999'/>" * 500 + "</filter>"
        "<rect width='900' height='900' filter='url(#f)'/></svg>"
    ).encode(),
    "marks.md": lambda: b"# Marks\n\n" + b"a_" * 50_000 + b"\n\n" + b"[" * 30_000 + b"\n\n" + b"**a " * 20_000,
    "columns.md": lambda: b"|a" * 20_000 + b"|\n" + b"|-" * 20_000 + b"|\n" + b"|b" * 20_000 + b"|\n",
    "names.md": names_of_links,
    "include.rst": including,
    "length.rtf": lambda: b"{\\rtf1\\ansi text \\bin2147483647 abc{\\pict\\pngblip\\picw999999999 00}\\par}",
    "escapes.rtf": lambda: b"{\\rtf1 " + b"\\u-1\\'ff" * 200_000 + b"}",
}
