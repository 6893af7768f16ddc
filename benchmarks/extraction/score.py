"""How much of a document's truth an extraction found: text, tables, figures, code.

Truth and prediction are dictionaries with `text`, `tables` (`page`, `bbox`, `cells`) and `figures` (`page`, `bbox`); a
page counts from 1, a box is in fractions of the page, and a cell covered by a span is None. A part that the truth has
as None is not scored.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from rapidfuzz.distance import Levenshtein

Scored = dict[str, Any]
Cells = Counter[tuple[int, int, str]]

OVERLAP = 0.5  # intersection over union from which a box counts as found
_LEADERS = re.compile(r"(?:[.·…]\s?){4,}")
_SHIFTS = 3  # whole-table shifts tried beside none


def score(truth: Scored, predicted: Scored) -> dict[str, float]:
    """The measures that apply to this document, each 0 to 1 but for counts.

    text: normalised edit similarity to the nearest right version of the text. cells: F1 over (row, column, text).
    detection, figures: F1 of boxes at IoU .5, on documents that have any. relations_r, relations_p: recall and
    precision of neighbouring cells. words: recall of words. code: share of lines kept with their indentation.
    false_tables: tables on pages without one; empty_pages: how many such pages there are.
    """
    scores: dict[str, float] = {}
    if truth.get("text") is not None:
        versions = truth.get("texts") or [truth["text"]]
        scores["text"] = max(text_similarity(version, predicted.get("text") or "") for version in versions)
        scores["words"] = max(word_recall(version, predicted.get("text") or "") for version in versions)
    if truth.get("tables") is not None:
        scores |= _table_scores(truth, predicted.get("tables") or [])
    if truth.get("figures"):
        found = predicted.get("figures") or []
        if all(figure.get("bbox") for figure in truth["figures"]):
            scores["figures"] = f1(len(matched_boxes(truth["figures"], found)), len(found), len(truth["figures"]))
    if truth.get("code"):
        scores["code"] = code_lines(truth["code"], predicted.get("code") or [])
    return scores


def f1(hits: float, predicted: float, right: float) -> float:
    return 2 * hits / (predicted + right) if predicted + right else 1.0


def plain(text: str | None) -> str:
    """Compatibility characters folded, leaders of dots dropped, white space collapsed."""
    folded = unicodedata.normalize("NFKC", _LEADERS.sub(" ", text or ""))
    return " ".join(folded.split())


def packed(text: str | None) -> str:
    """A cell's text for comparison: without white space and case."""
    return "".join(unicodedata.normalize("NFKC", text or "").split()).lower()


def text_similarity(right: str, found: str) -> float:
    return Levenshtein.normalized_similarity(plain(right), plain(found))


def word_recall(right: str, found: str) -> float:
    """The share of the truth's words that were found, each as often as it stands there; case is ignored."""
    wanted, there = (Counter(re.findall(r"\w+", plain(text).lower())) for text in (right, found))
    return sum((wanted & there).values()) / max(1, sum(wanted.values()))


def iou(one: Iterable[float], other: Iterable[float]) -> float:
    """Intersection over union of two boxes (x0, y0, x1, y1)."""
    ax0, ay0, ax1, ay1 = one
    bx0, by0, bx1, by1 = other
    both = max(0.0, min(ax1, bx1) - max(ax0, bx0)) * max(0.0, min(ay1, by1) - max(ay0, by0))
    either = (ax1 - ax0) * (ay1 - ay0) + (bx1 - bx0) * (by1 - by0) - both
    return both / either if either > 0 else 0.0


def best_pairs(likeness: dict[tuple[int, int], float]) -> list[tuple[int, int]]:
    """Pairs one to one, the most alike first; what is not alike at all stays alone."""
    pairs: list[tuple[int, int]] = []
    for (one, other), value in sorted(likeness.items(), key=lambda item: (-item[1], item[0])):
        if value > 0 and all(one != left and other != right for left, right in pairs):
            pairs.append((one, other))
    return pairs


def matched_boxes(right: list[Scored], found: list[Scored]) -> list[tuple[int, int]]:
    """Pairs on the same page whose boxes overlap by `OVERLAP` or more."""
    likeness = {
        (i, j): overlap
        for i, one in enumerate(right)
        for j, other in enumerate(found)
        if one.get("page") == other.get("page") and one.get("bbox") and other.get("bbox")
        if (overlap := iou(one["bbox"], other["bbox"])) >= OVERLAP
    }
    return best_pairs(likeness)


def _table_scores(truth: Scored, found: list[Scored]) -> dict[str, float]:
    right = truth["tables"]
    empty_pages = set(range(1, (truth.get("pages") or 0) + 1)) - {table.get("page") for table in right}
    scores: dict[str, float] = {"empty_pages": float(len(empty_pages))}
    scores["false_tables"] = float(sum(table.get("page") in empty_pages for table in found))
    filled = [table for table in found if table.get("cells")]
    ways = [right, _joined(right)] if any(table.get("flow") for table in right) else [right]
    counts = [cell_counts(way, filled) for way in ways]
    if any(map(any, counts)):  # tables found in a document that has none are a cell F1 of 0
        scores["cells"] = max(f1(*count) for count in counts)
    if right:
        scores["relations_r"], scores["relations_p"] = max((relation_scores(way, filled) for way in ways), key=sum)
        if all(table.get("bbox") for table in right):
            hits = len(matched_boxes(right, found))
            scores["detection"] = max(f1(hits, len(found), len(right)), _joined_detection(right, found))
    return scores


def _joined(tables: list[Scored]) -> list[Scored]:
    """The parts of a table over several pages as one table, without its repeated heads; its page is not asked for."""
    joined, seen = [], set()
    for table in tables:
        if table.get("flow") is None:
            joined.append(table)
        elif table["flow"] not in seen:
            seen.add(table["flow"])
            joined.append({**table, "cells": table["whole"], "page": None})
    return joined


def _joined_detection(right: list[Scored], found: list[Scored]) -> float:
    """Detection when a table over several pages is one table with the box of its first part."""
    groups = [table.get("flow") or f"alone {number}" for number, table in enumerate(right)]
    first = {group: number for number, group in reversed(list(enumerate(groups)))}
    whole = [right[number] for number in first.values()]
    return f1(len(matched_boxes(whole, found)), len(found), len(whole))


def cell_counts(right: list[Scored], found: list[Scored]) -> tuple[int, int, int]:
    """Cells that agree in place and text, cells found, cells there are; tables are paired by how much they agree.

    The shift of a whole table (a title row more or less) is not punished, nor a text at a place that a span covers.
    """
    totals = [sum(_cells(table).values()) for table in right]
    aligned: dict[tuple[int, int], tuple[int, int]] = {}
    likeness: dict[tuple[int, int], float] = {}
    for i, one in enumerate(right):
        for j, other in enumerate(found):
            if one.get("page") and other.get("page") and one["page"] != other["page"]:
                continue
            aligned[i, j] = _aligned(one, other)
            hits, counted = aligned[i, j]
            alike = sum((_texts(_cells(one)) & _texts(_cells(other))).values())
            likeness[i, j] = f1(hits, counted, totals[i]) + 1e-3 * f1(alike, counted, totals[i])
    pairs = best_pairs(likeness)
    alone = set(range(len(found))) - {j for _, j in pairs}
    hits = sum(aligned[pair][0] for pair in pairs)
    counted = sum(aligned[pair][1] for pair in pairs) + sum(sum(_cells(found[j]).values()) for j in alone)
    return hits, counted, sum(totals)


def _cells(table: Scored) -> Cells:
    return Counter(
        (row, column, packed(text))
        for row, cells in enumerate(table["cells"])
        for column, text in enumerate(cells)
        if packed(text)
    )


def _texts(cells: Cells) -> Counter[str]:
    texts: Counter[str] = Counter()
    for (_, _, text), count in cells.items():
        texts[text] += count
    return texts


def _aligned(right: Scored, found: Scored) -> tuple[int, int]:
    """(cells that agree, cells counted) at the shift of `found` at which most agree."""
    wanted, there = _cells(right), _cells(found)
    covered = {(r, c) for r, row in enumerate(right["cells"]) for c, text in enumerate(row) if text is None}
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row, column, text in wanted:
        places[text].append((row, column))
    shifts = Counter((r - row, c - column) for row, column, text in there for r, c in places[text][:20])
    tried = [(0, 0), *(shift for shift, _ in sorted(shifts.items(), key=lambda item: (-item[1], item[0]))[:_SHIFTS])]
    best = (-1, 0)
    for down, right_by in tried:
        moved = Counter({(row + down, column + right_by, text): n for (row, column, text), n in there.items()})
        kept = Counter({cell: n for cell, n in moved.items() if cell[:2] not in covered})
        hits = sum((wanted & kept).values())
        if hits > best[0]:
            best = (hits, sum(kept.values()))
    return best


def relations(cells: list[list[str | None]]) -> Counter[tuple[str, str, str]]:
    """Pairs of neighbouring cells and their direction, as the ICDAR 2013 table competition counts them: from each cell
    to the next that is not empty, to the right and below. A cell that spans counts once per pair."""
    width = max(map(len, cells), default=0)
    owner: dict[tuple[int, int], tuple[int, int]] = {}
    for row, texts in enumerate(cells):
        for column, text in enumerate(texts):
            if text is not None:
                owner[row, column] = (row, column)
            else:
                left, above = owner.get((row, column - 1)), owner.get((row - 1, column))
                owner[row, column] = next((o for o in (left, above) if o and packed(_at(cells, o))), (row, column))
    pairs: set[tuple[tuple[int, int], tuple[int, int], str]] = set()
    for (row, column), cell in owner.items():
        if not packed(_at(cells, cell)):
            continue
        ways = {
            "right": [(row, c) for c in range(column + 1, width)],
            "below": [(r, column) for r in range(row + 1, len(cells))],
        }
        for direction, places in ways.items():
            others = (owner[place] for place in places if place in owner)
            following = next((other for other in others if other != cell and packed(_at(cells, other))), None)
            if following:
                pairs.add((cell, following, direction))
    return Counter((packed(_at(cells, one)), packed(_at(cells, two)), way) for one, two, way in pairs)


def _at(cells: list[list[str | None]], place: tuple[int, int]) -> str:
    return cells[place[0]][place[1]] or ""


def relation_scores(right: list[Scored], found: list[Scored]) -> tuple[float, float]:
    """Recall and precision of relations over all tables of a document together."""
    empty: Counter[tuple[str, str, str]] = Counter()
    wanted, there = (sum((relations(table["cells"]) for table in tables), empty) for tables in (right, found))
    hits, wanted_count, there_count = (sum(counts.values()) for counts in (wanted & there, wanted, there))
    return (hits / wanted_count if wanted_count else 1.0), (hits / there_count if there_count else 0.0)


def code_lines(right: list[str], found: list[str]) -> float:
    """The share of lines of code that a code block has as lines of their own, indented as much against its first."""
    wanted, there = (Counter(line for block in blocks for line in _indented(block)) for blocks in (right, found))
    return sum((wanted & there).values()) / max(1, sum(wanted.values()))


def _indented(block: str) -> list[str]:
    lines = [line.rstrip() for line in block.expandtabs(4).splitlines() if line.strip()]
    least = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return [line[least:] for line in lines]


def means(scored: Iterable[dict[str, float]], measure: str) -> float | None:
    """The mean over the documents that have the measure, None where none has."""
    values = [scores[measure] for scores in scored if measure in scores]
    return sum(values) / len(values) if values else None


def false_tables_per_100(scored: list[dict[str, float]]) -> float | None:
    """Tables found per hundred pages that have none."""
    pages = sum(scores.get("empty_pages", 0) for scores in scored)
    return 100 * sum(scores.get("false_tables", 0) for scores in scored) / pages if pages else None


def relations_f1(scored: list[dict[str, float]]) -> float | None:
    """Harmonic mean of the mean recall and the mean precision over documents, as the competition ranks."""
    recall, precision = means(scored, "relations_r"), means(scored, "relations_p")
    if recall is None or precision is None:
        return None
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0
