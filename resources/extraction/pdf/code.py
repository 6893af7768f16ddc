"""Code on a page with a text layer: lines of letters of one width, kept line by line with their indentation.

Only whole lines count: a name set in such letters within a sentence, or in a table's cell, is no code. On a page that
is typewritten throughout, the signs of a programming language have to say it as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.pages.gutters import find_gutters, parted
from codices.resources.extraction.pages.pdf_text import TextWord
from codices.resources.extraction.tables.text import Phrase, is_number, is_typed_rule, levels_of

TYPEWRITTEN = 0.7  # of a page's letters in such a font: the page's own, which says nothing
SIGNED = 0.34  # of a block's lines have signs of code, where its font alone does not say enough
SURE_LINES = 3  # of which the font alone says enough
MAX_NUMBERS = 0.5  # of a block's words: more, and it is a table of a program's output
MAX_PITCH = 2.6  # line heights from line to line of one block, a blank line between them
BLANK = 1.6  # usual distances between lines: a blank line stands between them

_SIGNS = re.compile(
    r"[{};=<>\\|]|\w\(|\(\)|->|::|^#|^//|^[$>%] |^\w+>|\w_\w|^\s*(?:def|class|import|return|for|if|end)\b"
)


@dataclass(frozen=True)
class CodeBlock:
    """`text` has its lines as they stand, indented by spaces; `words` are those of the page that it holds."""

    text: str
    box: Box  # points
    words: list[TextWord]
    size: float


def find_code(words: Sequence[TextWord], width: float) -> list[CodeBlock]:
    """The blocks of code among a page's words; `width` is the page's, in points."""
    upright = [word for word in words if not word.angle]
    letters = sum(len(word.text) for word in upright)
    fixed = sum(len(word.text) for word in upright if word.mono)
    if not fixed:
        return []
    typewritten = fixed > TYPEWRITTEN * letters
    walls = find_gutters(upright, width)
    columns: dict[int, list[Phrase]] = {}
    for level in levels_of(upright):
        for part in parted(level.words, walls):
            columns.setdefault(sum(x < part[0].box[0] for x, _, _ in walls), []).append(Phrase(part))
    runs = [run for levels in columns.values() for run in _runs(levels)]
    return [_block(run) for run in runs if _is_code(run, typewritten)]


def _runs(levels: Sequence[Phrase]) -> list[list[Phrase]]:
    """Lines of code under one another, from top to bottom."""
    runs: list[list[Phrase]] = []
    before: Phrase | None = None
    for level in levels:
        line = _code_line(level)
        if line is not None:
            near = before is not None and level.middle - before.middle < MAX_PITCH * before.size
            alike = before is not None and abs(line.size - before.size) < 0.2 * line.size
            if near and alike:
                runs[-1].append(line)
            else:
                runs.append([line])
        before = line
    return runs


def _code_line(level: Phrase) -> Phrase | None:
    """The words of one level without a line number in another font; None where it holds other words."""
    words = list(level.words)
    while words and not words[0].mono and words[0].text.isdigit():
        words.pop(0)
    return Phrase(words) if words and all(word.mono for word in words) else None


def _is_code(run: Sequence[Phrase], typewritten: bool) -> bool:
    words = [word for line in run for word in line.words]
    if any(is_typed_rule(word.text) for word in words) and not any(re.search(r"[{};()]", w.text) for w in words):
        return False
    if sum(is_number(word.text) for word in words) > MAX_NUMBERS * len(words):
        return False
    signed = sum(bool(_SIGNS.search(line.text)) for line in run)
    return signed >= SIGNED * len(run) or (len(run) >= SURE_LINES and not typewritten)


def _block(run: Sequence[Phrase]) -> CodeBlock:
    words = [word for line in run for word in line.words]
    box = boxes.union(word.box for word in words)
    letter = median((word.box[2] - word.box[0]) / len(word.text) for word in words)
    pitch = median([b.middle - a.middle for a, b in pairwise(run)] or [0.0])
    text: list[str] = []
    for index, line in enumerate(run):
        if index and line.middle - run[index - 1].middle > BLANK * pitch:
            text.append("")
        text.append(_set_out(line, box[0], max(letter, 0.1)))
    return CodeBlock("\n".join(text), box, words, median(line.size for line in run))


def _set_out(line: Phrase, left: float, letter: float) -> str:
    """The line with as many spaces before and between its words as letters have room there."""
    text, end = " " * max(0, round((line.words[0].box[0] - left) / letter)), None
    for word in line.words:
        if end is not None:
            text += " " * max(1, round((word.box[0] - end) / letter))
        text, end = text + word.text, word.box[2]
    return text
