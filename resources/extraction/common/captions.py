"""Captions: which lines are one, and which figure or table they belong to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box

MAX_GAP_BELOW = 45.0  # points between a figure and the caption under it
MAX_GAP_ABOVE = 30.0

_FIGURE = r"f\s?ig(?:ure|\.)?|abb(?:ildung|\.)?|chart|diagram|plate|scheme|exhibit|graph|grafik|image|photo|"
_FIGURE += "그림|图|圖|איור|شكل"
_TABLE = r"t\s?ab(?:le|leau|elle|\.)?|표|表|טבלה|جدول"
_NUMBER = r"[A-Z]?\s?\d+(?:[.\-\u2013]\d+)*[a-z]?|[IVX]{1,5}"
_CAPTION = re.compile(
    rf"^[\W_]{{0,2}}\[?(?:(?P<figure>{_FIGURE})|(?P<table>{_TABLE}))\s*\.?\s*(?P<number>{_NUMBER})"
    r"(?P<after>\]?\s*[:.|\-\u2013\u2014]|\]|\s|$)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
# A sentence that speaks of a figure ("Figure 3 shows ...") is not that figure's caption.
_MENTION = re.compile(
    r"^\s*(?:shows?|illustrates?|depicts?|presents?|gives?|is|are|was|were|and|or|to|in|on|of|for|contains?|lists?|"
    r"summari[sz]es?|provides?|demonstrates?|compares?|reports?|describes?|can|has|have|also|below|above|zeigt|"
    r"stellt|,|\))\b"
)


def caption_kind(text: str) -> str | None:
    """ "figure" or "table" where the line starts a caption ("Figure 3: ...", "Tab. IV. ..."), else None."""
    match = _CAPTION.match(text)
    if match is None:
        return None
    closed = match["after"].strip() not in ("", "]")
    rest = match["rest"]
    if not closed and (_MENTION.match(rest) or rest.lstrip()[:1] in (",", ")", ";")):
        return None
    if not closed and rest.strip() and rest.lstrip()[:1].islower():
        return None
    return "figure" if match["figure"] else "table"


def match_captions(targets: Sequence[Box], captions: Sequence[Box], above_first: bool = False) -> list[tuple[int, int]]:
    """Pairs (target, caption): every caption to its nearest target, in points.

    Below comes first for figures, above for tables (`above_first`); the two must share a third of the narrower
    one's width. A caption and a target are used once.
    """
    candidates = []
    for i, target in enumerate(targets):
        for j, caption in enumerate(captions):
            narrower = min(target[2] - target[0], caption[2] - caption[0])
            beside = boxes.shared_width(target, caption) < 0.3 * narrower
            height = caption[3] - caption[1]
            inside = boxes.overlap(caption, target) > 0.5
            if inside:
                distance = 0.0
            elif beside:
                # A caption set beside its figure: level with it and close.
                gap = max(caption[0] - target[2], target[0] - caption[2])
                if gap > 20 or boxes.shared_height(target, caption) < 0.8 * height:
                    continue
                distance = 25 + gap
            elif caption[1] >= target[3] - height:
                gap = max(0.0, caption[1] - target[3])
                if gap > MAX_GAP_BELOW:
                    continue
                distance = gap + (12 if above_first else 0)
            elif caption[3] <= target[1] + height:
                gap = max(0.0, target[1] - caption[3])
                if gap > MAX_GAP_ABOVE:
                    continue
                distance = gap + (0 if above_first else 12)
            else:
                continue
            candidates.append((distance, i, j))
    pairs: list[tuple[int, int]] = []
    used_targets: set[int] = set()
    used_captions: set[int] = set()
    for _, i, j in sorted(candidates):
        if i not in used_targets and j not in used_captions:
            used_targets.add(i)
            used_captions.add(j)
            pairs.append((i, j))
    return pairs
