"""What would be repeated into every row of a document is kept short, and what was cut is still searched once.

A title stands in every row of its document, a heading in every row below it, a caption in every part of its table.
Each is short in any honest document; a file that says a megabyte in one of them would be multiplied by its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from codices.resources.extraction.common.model import Block, Extraction, Figure, Table
from codices.resources.foundation.failures import Failure

ELLIPSIS = "\u2026"  # how every text that was cut ends

MAX_TITLE = 300
MAX_HEADING = 300
"""Characters, about four lines: what is longer is a paragraph that was marked as a heading, of which the first lines
tell what it is about. A text encoder is given less (`HEADING_SHARE` in `codices.resources.elements.build`)."""

MAX_HEADING_DEPTH = 32
"""Headings above a row: three times as many as Word has levels."""

MAX_CAPTION = 1000
"""Characters: a long legend of a scientific figure, of about 150 words."""

MAX_AROUND = 2000
"""Characters that a figure keeps of the text on either side; readers take at most 500 of them."""

MAX_LINKS = 1000
"""Links to pictures of the corpus that are followed for one document. Each costs a few looks into the file system in
every run, and a row for each place that it may mean."""

MAX_ROOTED_LINKS = 200
"""Of them, those that start with a slash: each may mean a file below any folder above its document, up to 48 places."""

MAX_WARNINGS = 100
"""Kept of one document, so that a page of 20,000 links into nothing does not say so 20,000 times."""

MAX_LINK = 4096
"""Characters of a link that is followed: no longer path can be opened (PATH_MAX of Linux, in bytes)."""


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of the text, the last of them an ellipsis where it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def short_heading(text: str) -> str:
    """A heading as it stands in the rows below it."""
    return shortened(text, MAX_HEADING)


@dataclass
class _Cut:
    """What was cut: the whole texts, which become blocks of their own, and how often which part."""

    blocks: list[Block] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def note(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def make_bounded(extraction: Extraction) -> None:
    """Cut titles, headings, captions and links to the limits above, in place. A warning says what was cut; a text that
    no block has is added as one, so that all of it is found."""
    cut = _Cut()
    known = {block.text for block in extraction.blocks}
    _shorten_title(extraction, known, cut)
    paths: dict[tuple[str, ...], tuple[str, ...]] = {}
    for part in _parts(extraction):
        path = part.heading_path
        if path not in paths:
            paths[path] = _short_path(part, known, cut)
        part.heading_path = paths[path]
    for part in (*extraction.tables, *extraction.figures):
        _shorten_caption(part, known, cut)
    for figure in extraction.figures:
        figure.before, figure.after = figure.before[-MAX_AROUND:], figure.after[:MAX_AROUND]
    extraction.blocks += cut.blocks
    if cut.counts:
        extraction.warnings.append(Failure("extraction", "shortened", _in_words(cut.counts)))
    _bound_links(extraction)
    extraction.warnings = few(extraction.warnings)


def _shorten_title(extraction: Extraction, known: set[str], cut: _Cut) -> None:
    if len(extraction.title) > MAX_TITLE:
        if extraction.title not in known:
            first = min((part.order for part in _parts(extraction)), default=0)
            cut.blocks.append(Block(extraction.title, order=first - 1))
            known.add(extraction.title)
        extraction.title = shortened(extraction.title, MAX_TITLE)
        cut.note("title")


def _parts(extraction: Extraction) -> Iterable[Block | Table | Figure]:
    return (*extraction.blocks, *extraction.tables, *extraction.figures)


def _short_path(part: Block | Table | Figure, known: set[str], cut: _Cut) -> tuple[str, ...]:
    path = part.heading_path
    if len(path) <= MAX_HEADING_DEPTH and all(len(heading) <= MAX_HEADING for heading in path):
        return path
    cut.note("heading")
    kept = tuple(short_heading(heading) for heading in path[:MAX_HEADING_DEPTH])
    for place, heading in enumerate(path):
        if (place >= MAX_HEADING_DEPTH or len(heading) > MAX_HEADING) and heading not in known:
            known.add(heading)
            cut.blocks.append(Block(heading, heading_path=kept[:place], order=part.order))
    return kept


def _shorten_caption(part: Table | Figure, known: set[str], cut: _Cut) -> None:
    if len(part.caption) > MAX_CAPTION:
        if part.caption not in known:
            known.add(part.caption)
            whole = Block(part.caption, "caption", part.page, heading_path=part.heading_path, order=part.order)
            cut.blocks.append(whole)
        part.caption = shortened(part.caption, MAX_CAPTION)
        cut.note("caption")


def _in_words(counts: dict[str, int]) -> str:
    limits = {"title": MAX_TITLE, "heading": MAX_HEADING, "caption": MAX_CAPTION}
    parts = [f"{count} {what}{'s' if count > 1 else ''} to {limits[what]} characters" for what, count in counts.items()]
    return f"cut where repeated beside other text, searched whole once: {', '.join(parts)}"


def few(warnings: Sequence[Failure]) -> list[Failure]:
    """Each warning once, at most MAX_WARNINGS of them; the last says how many more there are."""
    distinct = list(dict.fromkeys(warnings))
    if len(distinct) <= MAX_WARNINGS:
        return distinct
    kept, left = distinct[: MAX_WARNINGS - 1], distinct[MAX_WARNINGS - 1 :]
    stage, first = left[0].stage, left[0].message
    return [*kept, Failure(stage, "more_warnings", f"{len(left)} more warnings, the first: {first}")]


def _bound_links(extraction: Extraction) -> None:
    found = list(dict.fromkeys(extraction.draws_in))
    kept: list[str] = []
    rooted = 0
    for link in found:
        rooted += _is_rooted(link)
        if len(link) <= MAX_LINK and not (_is_rooted(link) and rooted > MAX_ROOTED_LINKS):
            kept.append(link)
    kept = kept[:MAX_LINKS]
    if len(kept) < len(found):
        reason = (
            f"{len(kept)} of {len(found)} linked pictures are looked for: at most {MAX_LINKS}, {MAX_ROOTED_LINKS} "
            f"of them from the root of a site, and none of more than {MAX_LINK} characters"
        )
        extraction.warnings.append(Failure("extraction", "too_many_links", reason))
    extraction.draws_in = kept


def _is_rooted(link: str) -> bool:
    return unquote(link.strip().replace("\\", "/")).startswith("/")
