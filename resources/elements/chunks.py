"""Chunks of text: whole sections where they fit, never across a heading, limited by the encoder's own tokens.

Headers and footers stay out. A chunk ends between blocks where it can, else between lines of code or sentences, else
between words; only a single word longer than a whole chunk (encoded data) is cut.

Chunks are filled as far as they go: on SciFact, BM25 over full chunks ranks as well as over whole abstracts (nDCG@10
.695); over chunks of even length it does worse (.690), over short ones worse still (128 tokens: .673).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from codices.resources.extraction.common.bounds import MAX_HEADING, short_heading
from codices.resources.extraction.common.model import Block, Box

TokenSpans = Callable[[str], list[tuple[int, int]]]

SKIPPED_KINDS = ("header", "footer")
MAX_CHARACTERS_PER_TOKEN = 12
"""A token counts for at least this many characters: WordPiece makes one unknown token of a megabyte of base64."""

PARAGRAPH = "\n\n"

_WINDOW = 8192  # characters tokenized at once
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+|(?<=[\u3002\uff01\uff1f])|\n+")  # CJK has no blank after it
_LINE_END = re.compile(r"\n")
_BLANK = re.compile(r"\s+")


@dataclass
class Chunk:
    """Text of one section, or a part of it. `places` are (page, box) of the blocks in it, in order."""

    text: str
    heading_path: tuple[str, ...]
    order: int
    pages: list[int] = field(default_factory=list)
    places: list[tuple[int, Box]] = field(default_factory=list)


@dataclass(frozen=True)
class _Piece:
    text: str
    cost: int
    block: Block
    joint: str  # what stands between it and the piece before: PARAGRAPH, a line break in a list or code, a blank


def make_chunks(
    blocks: Iterable[Block],
    token_spans: TokenSpans,
    max_tokens: int,
    overlap_tokens: int = 0,
    used_paths: Iterable[tuple[str, ...]] = (),
    heading_tokens: Callable[[tuple[str, ...]], int] = lambda path: 0,
) -> list[Chunk]:
    """Chunks of at most `max_tokens` tokens (as `token_spans` counts them), in reading order. `heading_tokens` says how
    many of them a section's headings take, which are not in the chunk's text.

    `used_paths` are heading paths of tables and figures: a heading that has neither text nor one of them below it
    becomes a chunk of its own, so that no heading is lost; so does what is too long to stand whole above its section
    (`short_heading`), in front of the section's text. Raises ValueError when `max_tokens` is under 1.
    """
    if max_tokens < 1:
        raise ValueError(f"a chunk needs at least one token, not {max_tokens}")
    chunks: list[Chunk] = []
    ordered = sorted((block for block in blocks if block.kind not in SKIPPED_KINDS), key=lambda block: block.order)
    with_content = {path[:n] for path in used_paths for n in range(1, len(path) + 1)}
    with_content |= {block.heading_path[:n] for block in ordered for n in range(1, len(block.heading_path) + 1)}
    for path, section in _sections(ordered):
        body = [block for block in section if block.kind != "title" or len(block.text) > MAX_HEADING]
        if not body:
            body = [block for block in section if _path_below(block) not in with_content]
        room = max(1, max_tokens - heading_tokens(path))
        overlap = min(overlap_tokens, room // 2)
        pieces = [piece for run in _runs(body) for piece in _pieces(run, token_spans, room - overlap)]
        chunks.extend(_pack(pieces, path, token_spans, room, overlap))
    return chunks


class _Measured:
    """A text and where its tokens start: what any stretch of it costs, after one pass of the tokenizer."""

    def __init__(self, text: str, token_spans: TokenSpans):
        self.text = text
        self._starts: list[int] = []
        for start, window in _windows(text):
            self._starts.extend(start + span[0] for span in token_spans(window))

    def cost(self, start: int, end: int) -> int:
        tokens = bisect_left(self._starts, end) - bisect_left(self._starts, start)
        return max(tokens, -(-(end - start) // MAX_CHARACTERS_PER_TOKEN))

    def cut(self, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
        """A word longer than a chunk, cut between tokens, or anywhere in a token longer than a chunk."""
        while start < end:
            longest = min(end, start + limit * MAX_CHARACTERS_PER_TOKEN)
            after = bisect_left(self._starts, start + 1) + limit - 1
            stop = min(longest, self._starts[after]) if after < len(self._starts) else longest
            yield start, stop
            start = stop


def _windows(text: str, size: int = _WINDOW) -> Iterator[tuple[int, str]]:
    start = 0
    while len(text) - start > size:
        blank = max(text.rfind(" ", start + 1, start + size), text.rfind("\n", start + 1, start + size))
        end = blank if blank > start else start + size
        yield start, text[start:end]
        start = end
    if start < len(text):
        yield start, text[start:]


def _sections(blocks: list[Block]) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """Runs of blocks under the same headings; a title opens a section, whose path ends with it."""
    path: tuple[str, ...] | None = None
    section: list[Block] = []
    for block in blocks:
        own = _path_below(block) if block.kind == "title" else block.heading_path
        if section and (block.kind == "title" or own != path):
            yield path or (), section
            section = []
        path = own if not section else path
        section.append(block)
    if section:
        yield path or (), section


def _path_below(title: Block) -> tuple[str, ...]:
    return (*title.heading_path, short_heading(title.text))


def _runs(blocks: list[Block]) -> Iterator[list[Block]]:
    """Blocks that stay together where they fit: list items with the line that introduces them."""
    run: list[Block] = []
    for block in blocks:
        introduced = run and (
            block.kind == "list_item" and (run[-1].kind == "list_item" or run[-1].text.rstrip().endswith(":"))
        )
        if run and not introduced:
            yield run
            run = []
        run.append(block)
    if run:
        yield run


def _pieces(run: list[Block], token_spans: TokenSpans, limit: int) -> Iterator[_Piece]:
    """Blocks of a run, the longer ones in parts of at most `limit` tokens."""
    for position, block in enumerate(run):
        measured = _Measured(block.text, token_spans)
        joint = "\n" if position else PARAGRAPH
        between = "\n" if block.kind == "code" else " "
        for start, end in _split(measured, limit, block.kind == "code"):
            yield _Piece(block.text[start:end], measured.cost(start, end), block, joint)
            joint = between


def _split(measured: _Measured, limit: int, is_code: bool) -> Iterator[tuple[int, int]]:
    """The whole text where it fits, else its lines of code or sentences, else groups of words."""
    length = len(measured.text)
    if measured.cost(0, length) <= limit:
        yield 0, length
        return
    for start, end in _stretches(_LINE_END if is_code else _SENTENCE_END, measured.text, 0, length):
        if measured.cost(start, end) <= limit:
            yield start, end
        else:
            yield from _split_at_words(measured, start, end, limit)


def _split_at_words(measured: _Measured, start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    first: int | None = None
    last = start
    for word_start, word_end in _stretches(_BLANK, measured.text, start, end):
        if first is not None and measured.cost(first, word_end) > limit:
            yield first, last
            first = None
        if measured.cost(word_start, word_end) > limit:
            yield from measured.cut(word_start, word_end, limit)
            continue
        first = word_start if first is None else first
        last = word_end
    if first is not None:
        yield first, last


def _stretches(boundary: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What lies between the matches of `boundary`, blank stretches left out."""
    for match in boundary.finditer(text, start, end):
        if text[start : match.start()].strip():
            yield start, match.start()
        start = match.end()
    if text[start:end].strip():
        yield start, end


def _pack(
    pieces: Sequence[_Piece],
    path: tuple[str, ...],
    token_spans: TokenSpans,
    max_tokens: int,
    overlap_tokens: int,
) -> Iterator[Chunk]:
    current: list[_Piece] = []
    total, overlap = 0, ""
    for position, piece in enumerate(pieces):
        together = piece.cost
        if piece.joint == PARAGRAPH:
            for following in pieces[position + 1 :]:
                if following.joint == PARAGRAPH or together > max_tokens:
                    break
                together += following.cost
        needed = together if together <= max_tokens - overlap_tokens else piece.cost
        if current and total + needed > max_tokens:
            chunk = _chunk(current, path, overlap)
            yield chunk
            overlap, total = _tail(chunk.text, token_spans, overlap_tokens)
            current = []
        current.append(piece)
        total += piece.cost
    if current:
        yield _chunk(current, path, overlap)


def _chunk(pieces: Sequence[_Piece], path: tuple[str, ...], overlap: str) -> Chunk:
    text = overlap
    for piece in pieces:
        text = f"{text}{piece.joint}{piece.text}" if text else piece.text
    chunk = Chunk(text.strip("\n"), path, pieces[0].block.order)
    for piece in pieces:
        page, box = piece.block.page, piece.block.box
        if page is not None and page not in chunk.pages:
            chunk.pages.append(page)
        if page is not None and box is not None and (page, box) not in chunk.places:
            chunk.places.append((page, box))
    return chunk


def _tail(text: str, token_spans: TokenSpans, limit: int) -> tuple[str, int]:
    """The last sentences of at most `limit` tokens (or the last words of a longer sentence), and what they cost."""
    if limit <= 0:
        return "", 0
    measured = _Measured(text, token_spans)
    for boundary in (_SENTENCE_END, _BLANK):
        start = len(text)
        for begin, _ in reversed(list(_stretches(boundary, text, 0, len(text)))):
            if measured.cost(begin, len(text)) > limit:
                break
            start = begin
        if start < len(text):
            return text[start:], measured.cost(start, len(text))
    return "", 0
