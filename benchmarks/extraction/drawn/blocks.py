"""What a document is made of, whichever engine draws it: a tree of texts, tables, figures and groups.

The tree is in reading order. Its truth has the text, each table's grid of cells and each figure; boxes are added when
it has been drawn (`marks`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Text:
    """One paragraph, heading (`level` 1-3), list item (`bullet`), line of code or label.

    `style` is CSS of its own, which engines that lay out by themselves leave aside; `kind` is "p", "h", "li", "code",
    "formula", "caption", "note" or "span".
    """

    text: str
    kind: str = "p"
    level: int = 0
    bullet: str = ""
    style: str = ""
    markup: str = ""  # how an engine writes it when that is more than its text (an equation)


@dataclass
class Cell:
    text: str
    columns: int = 1
    rows: int = 1
    style: str = ""


@dataclass
class Table:
    """`rows` hold each cell once, where it begins; the first `head` rows are its head."""

    rows: list[list[Cell]]
    head: int = 1
    look: str = ""  # CSS class
    caption: str = ""
    below: bool = False  # the caption stands below
    style: str = ""
    numeric: bool = True  # numbers to the right
    repeats: bool = True  # the head is repeated on every page
    number: int = 0  # its mark, given by the document

    def columns(self) -> list[list[int]]:
        """The column in which each cell of `rows` begins."""
        taken: set[tuple[int, int]] = set()
        begins: list[list[int]] = []
        for row, cells in enumerate(self.rows):
            column, places = 0, []
            for cell in cells:
                while (row, column) in taken:
                    column += 1
                places.append(column)
                taken |= {(row + down, column + right) for down in range(cell.rows) for right in range(cell.columns)}
            begins.append(places)
        return begins

    def grid(self) -> list[list[str | None]]:
        """Rows of equal length; None where a cell that spans covers the place, "" where nothing stands."""
        begins = self.columns()
        width = max(place + cell.columns for cells, places in zip(self.rows, begins, strict=True)
                    for cell, place in zip(cells, places, strict=True))  # fmt: skip
        grid: list[list[str | None]] = [[""] * width for _ in self.rows]
        for row, (cells, places) in enumerate(zip(self.rows, begins, strict=True)):
            for cell, column in zip(cells, places, strict=True):
                for down in range(cell.rows):
                    grid[row + down][column : column + cell.columns] = [None] * cell.columns
                grid[row][column] = cell.text
        return grid

    def numeric_columns(self) -> set[int]:
        """The columns after the first whose values are numbers for the most part, where the table sets them right."""
        if not self.numeric:
            return set()
        body = self.grid()[self.head :]
        width = len(body[0]) if body else 0
        numbers = {
            c: sum(bool(row[c]) and (row[c] or "")[0] in "+-0123456789" for row in body) for c in range(1, width)
        }
        return {column for column, count in numbers.items() if count * 2 >= len(body)}


@dataclass
class Figure:
    """`picture` is SVG; `words` are the words that stand in it, in the order in which it draws them."""

    picture: str
    width: float  # points
    height: float
    words: list[str] = field(default_factory=list)
    caption: str = ""
    place: str = "below"  # the caption's: below, above, beside
    pixels: bool = False  # drawn as pixels, so that its words are no text
    style: str = ""
    number: int = 0


@dataclass
class Group:
    """Parts that stand together; `style` is CSS."""

    parts: list[Part]
    style: str = ""
    look: str = ""
    tag: str = "div"


Part = Text | Table | Figure | Group


@dataclass
class Document:
    parts: list[Part]
    css: str = ""
    page: tuple[float, float] = (595.28, 841.89)  # points
    margin: float = 56.0
    language: str = "en"
    dark: str = ""  # the page's colour, where it is not white

    def __post_init__(self) -> None:
        for number, part in enumerate(self.marked(), 1):
            part.number = number

    def leaves(self) -> Iterator[Text | Table | Figure]:
        yield from leaves(self.parts)

    def marked(self) -> list[Table | Figure]:
        return [leaf for leaf in self.leaves() if not isinstance(leaf, Text)]


def leaves(parts: list[Part]) -> Iterator[Text | Table | Figure]:
    for part in parts:
        if isinstance(part, Group):
            yield from leaves(part.parts)
        else:
            yield part


def text_of(document: Document, figure_words: bool) -> str:
    """The text in reading order, a line for each paragraph and row; with or without the words of vector figures."""
    lines: list[str] = []
    for leaf in document.leaves():
        if isinstance(leaf, Text):
            lines.append(f"{leaf.bullet} {leaf.text}" if leaf.bullet else leaf.text)
        elif isinstance(leaf, Table):
            body = [" ".join(cell for cell in row if cell) for row in leaf.grid()]
            captions = [leaf.caption] if leaf.caption else []
            lines += body + captions if leaf.below else captions + body
        else:
            words = [" ".join(leaf.words)] if figure_words and leaf.words and not leaf.pixels else []
            captions = [leaf.caption] if leaf.caption else []
            lines += captions + words if leaf.place == "above" else words + captions
    return "\n".join(lines)
