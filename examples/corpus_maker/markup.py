"""Rows as Markdown and HTML tables."""

from __future__ import annotations

from html import escape

from examples.corpus_maker.product import Rows


def markdown_table(rows: Rows) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]])


def html_table(rows: Rows, caption: str) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    body = "\n".join("    <tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return (
        f"<table>\n  <caption>{escape(caption)}</caption>\n  <thead><tr>{head}</tr></thead>\n"
        f"  <tbody>\n{body}\n  </tbody>\n</table>"
    )
