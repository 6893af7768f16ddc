"""A document as typst, which breaks lines and pages as TeX does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.extraction.drawn.blocks import Cell, Document, Figure, Group, Part, Table, Text
from benchmarks.extraction.drawn.marks import colour_of


def print_typst(document: Document, font: str, marked: bool = False) -> bytes:
    """The PDF, or its twin, which shows only where tables and figures lie."""
    import typst

    width, height = document.page
    margin = document.margin
    columns = any(isinstance(part, Group) and part.look == "columns-2" for part in document.parts)
    ink = ", fill: white" if marked else ""
    source = f"""
#set page(width: {width}pt, height: {height}pt, margin: {margin}pt{", columns: 2" if columns else ""})
#set text(font: "{font}", size: {9 if columns else 10}pt{ink})
#set par(justify: true, spacing: 0.9em)
#set table(stroke: none, inset: (x: 5pt, y: 3pt))
#show heading: it => block(above: 1.1em, below: 0.7em, it)
"""
    with tempfile.TemporaryDirectory() as folder:
        writer = _Writer(Path(folder), columns, marked)
        body = "\n\n".join(writer.part(part) for part in document.parts)
        path = Path(folder) / "page.typ"
        path.write_text(source + body, "utf-8")
        return typst.compile(str(path), ppi=144)


class _Writer:
    def __init__(self, folder: Path, columns: bool, marked: bool):
        self.folder, self.columns, self.marked = folder, columns, marked

    def part(self, part: Part) -> str:
        if isinstance(part, Group):
            return "\n\n".join(self.part(inside) for inside in part.parts)
        if isinstance(part, Table):
            return self._table(part)
        if isinstance(part, Figure):
            return self._figure(part)
        return self._text(part)

    def _text(self, part: Text) -> str:
        if part.kind == "formula":
            return part.markup
        if part.kind == "h":
            heading = f"#heading(level: {part.level}, {_string(part.text)})"
            wide = self.columns and part.level == 1
            return f'#place(top, scope: "parent", float: true, {heading[1:]})' if wide else heading
        if part.kind == "code":
            return f"#raw(block: true, {_string(part.text)})"
        return f"#par({_string(f'{part.bullet} {part.text}' if part.bullet else part.text)})"

    def _table(self, table: Table) -> str:
        wide = len(table.grid()[0])
        numeric = table.numeric_columns()
        align = ", ".join("right" if column in numeric else "left" for column in range(wide))
        rows = [", ".join(map(_cell, cells)) for cells in table.rows]
        head = f"table.header({', '.join(rows[: table.head])})," if table.head else ""
        looks = table.look.split()
        lines = "stroke: .5pt," if "ruled" in looks else "stroke: (bottom: .4pt)," if "rows" in looks else ""
        rules = ("table.hline(stroke: .9pt),", "table.hline(stroke: .5pt),") if "three" in looks else ("", "")
        fill = "fill: (_, y) => if calc.even(y) { luma(238) }," if "zebra" in looks else ""
        body = f"table(columns: {wide}, align: ({align},), {lines} {fill} {rules[0]} {head} {rules[1]} "
        body += ", ".join(rows[table.head :]) + ", " + rules[0] + ")"
        return self._captioned(table, self._shown(table, body), table.below)

    def _figure(self, figure: Figure) -> str:
        name = f"figure{figure.number}.svg"
        (self.folder / name).write_text(figure.picture, "utf-8")
        body = f'image("{name}", width: {figure.width}pt, height: {figure.height}pt)'
        return self._captioned(figure, self._shown(figure, body), figure.place != "above")

    def _shown(self, leaf: Table | Figure, body: str) -> str:
        if not self.marked:
            return f"#{body}"
        red, green, blue = colour_of(leaf.number, 0)
        return f"#block(fill: rgb({red}, {green}, {blue}), breakable: false, hide({body}))"

    def _captioned(self, leaf: Table | Figure, body: str, below: bool) -> str:
        if not self.marked:
            body = f"#block(breakable: false, {body[1:]})"
        if not leaf.caption:
            return body
        caption = f"#block(above: .6em, below: .6em, text(size: .9em, {_string(leaf.caption)}))"
        return f"{body}\n{caption}" if below else f"{caption}\n{body}"


def _cell(cell: Cell) -> str:
    if cell.columns == 1 and cell.rows == 1:
        return f"[#{_string(cell.text)}]"
    return f"table.cell(colspan: {cell.columns}, rowspan: {cell.rows}, align: center)[#{_string(cell.text)}]"


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
