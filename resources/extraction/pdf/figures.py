"""Figures on a page with a text layer: regions of the layout model, embedded pictures, and what captions claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.captions import caption_kind, match_captions
from codices.resources.extraction.common.model import Box
from codices.resources.extraction.common.pictures import MAX_ASPECT, MIN_SIDE
from codices.resources.extraction.pages.layout import Region
from codices.resources.extraction.pages.pdf_objects import PageObjects
from codices.resources.extraction.pages.reading_order import Line

SURE = 0.8  # score from which a figure needs no second witness
POSSIBLE = 0.5
MIN_DRAWN = 4  # shapes of one drawing
MIN_STROKES = 8  # with a shape at least: axes and ticks around a curve
MAX_DRAWN = 8000  # parts; a page with more is left to the layout model
NEAR = 12.0  # points between the parts of one drawing
LABEL_GAP = 9.0
BACKGROUND = 0.85  # of the page: a picture under the text


@dataclass
class FoundFigure:
    box: Box  # points
    caption: int | None = None  # index into the captions


def find_figures(
    objects: PageObjects,
    regions: Sequence[Region],
    lines: Sequence[Line],
    captions: Sequence[tuple[Box, str]],
    tables: Sequence[Box],
    width: float,
    height: float,
) -> list[FoundFigure]:
    """Figures of the page, boxes in points.

    `regions` come from the layout model (fractions), `captions` are (box, text), `tables` are tables already found:
    a region that mostly covers one of them is that table and no figure.
    """
    pictures = join_touching([box for box in objects.images if _is_picture(box, width, height)])
    pictures = [box for box in pictures if not any(boxes.overlap(box, table) > 0.8 for table in tables)]
    figure_captions = [box for box, text in captions if caption_kind(text) == "figure"]
    candidates: list[tuple[float, Box]] = []
    for region in regions:
        if region.kind != "figure" or region.score < POSSIBLE:
            continue
        box = boxes.scale(region.box, width, height)
        if any(boxes.overlap(table, box) > 0.5 and boxes.overlap(box, table) > 0.4 for table in tables):
            continue
        if _too_small(box):
            continue
        candidates += [(region.score, fitted) for fitted in _fit(box, pictures, figure_captions)]
    near_caption = {i for i, _ in match_captions([box for _, box in candidates], figure_captions)}
    kept: list[Box] = []
    for index, (score, box) in enumerate(candidates):
        holds = any(boxes.overlap(picture, box) > 0.7 for picture in pictures)
        drawn = sum(boxes.overlap(shape, box) > 0.7 for shape in objects.shapes)
        if score < SURE and index not in near_caption and not holds and drawn < 5:
            continue
        if not any(boxes.overlap(box, other) > 0.6 or boxes.overlap(other, box) > 0.6 for other in kept):
            kept.append(box)
    for picture in pictures:
        if not any(boxes.overlap(picture, box) > 0.5 for box in kept):
            kept = [box for box in kept if boxes.overlap(box, picture) <= 0.6]
            kept.append(picture)
    for drawing in drawings(objects, lines, [*tables, *[box for box, _ in captions]], width, height):
        overlapping = [box for box in kept if boxes.area(boxes.intersection(box, drawing)) > 0]
        if not overlapping:
            kept.append(drawing)
        elif len(overlapping) == 1 and boxes.overlap(overlapping[0], drawing) > 0.6:
            kept[kept.index(overlapping[0])] = drawing
    return [FoundFigure(box) for box in sorted(kept, key=lambda box: (box[1], box[0]))]


def _is_picture(box: Box, width: float, height: float) -> bool:
    return boxes.area(box) < BACKGROUND * width * height


def _too_small(box: Box) -> bool:
    short, long = sorted((box[2] - box[0], box[3] - box[1]))
    return short < MIN_SIDE or long > MAX_ASPECT * short


def join_touching(pictures: Sequence[Box], gap: float = 1.5) -> list[Box]:
    """Pictures cut into strips or tiles made whole; what is still smaller than an icon is dropped."""
    joined: list[Box] = list(pictures)[:2000]
    changed = True
    while changed:
        changed = False
        for i in range(len(joined)):
            for j in range(i + 1, len(joined)):
                a, b = joined[i], joined[j]
                if _tiles(a, b, gap) or boxes.overlap(a, b) > 0.8 or boxes.overlap(b, a) > 0.8:
                    joined[i] = boxes.union((a, b))
                    del joined[j]
                    changed = True
                    break
            if changed:
                break
    return [box for box in joined if not _too_small(box)]


def _tiles(a: Box, b: Box, gap: float) -> bool:
    """Whether two pictures are parts of one: edge to edge, with the other two edges in line."""
    stacked = abs(a[0] - b[0]) < gap and abs(a[2] - b[2]) < gap and min(abs(a[3] - b[1]), abs(b[3] - a[1])) < gap
    beside = abs(a[1] - b[1]) < gap and abs(a[3] - b[3]) < gap and min(abs(a[2] - b[0]), abs(b[2] - a[0])) < gap
    return stacked or beside


def _fit(box: Box, pictures: Sequence[Box], captions: Sequence[Box]) -> list[Box]:
    """The model's box made exact by what is drawn there: the picture that it is about, or all that it holds.

    Where a caption stands between pictures, they are figures of their own.
    """
    inside = [picture for picture in pictures if boxes.overlap(picture, box) > 0.6]
    if not inside:
        return [box]
    if len(inside) > 1 and any(boxes.overlap(caption, box) > 0.5 for caption in captions):
        return inside
    whole = boxes.union(inside)
    return [whole if boxes.iou(whole, box) > 0.6 else boxes.union([box, *inside])]


def drawings(
    objects: PageObjects, lines: Sequence[Line], without: Sequence[Box], width: float, height: float
) -> list[Box]:
    """Boxes of vector drawings with their labels: shapes and strokes close together, with little running text."""
    shapes = [box for box in objects.shapes if boxes.area(box) < 0.5 * width * height]
    strokes = [(x0, y - 0.5, x1, y + 0.5) for y, x0, x1 in objects.horizontal if x1 - x0 < 0.6 * width]
    strokes += [(x - 0.5, y0, x + 0.5, y1) for x, y0, y1 in objects.vertical]
    parts = [
        (box, is_shape)
        for group, is_shape in ((shapes, True), (strokes, False))
        for box in group
        if not any(boxes.overlap(box, other) > 0.5 for other in without)
    ]
    if not any(is_shape for _, is_shape in parts) or len(parts) > MAX_DRAWN:
        return []
    found = []
    for cluster in _clusters([box for box, _ in parts]):
        count = sum(parts[index][1] for index in cluster)
        if count < MIN_DRAWN and not (count and len(cluster) >= MIN_STROKES):
            continue
        box = boxes.union(parts[index][0] for index in cluster)
        if box[2] - box[0] < 60 or box[3] - box[1] < 40 or boxes.area(box) > BACKGROUND * width * height:
            continue
        inside = [line for line in lines if boxes.overlap(line.box, box) > 0.6]
        written = sum(boxes.area(line.box) for line in inside) / boxes.area(box)
        prose = sum(len(line.text) > 45 for line in inside)
        if written > 0.4 or prose > 2:
            continue
        found.append(_with_labels(box, lines, without))
    return found


def _clusters(parts: Sequence[Box]) -> list[list[int]]:
    """Indices of boxes that stand within NEAR of each other, group by group (sweep from left to right)."""
    group = list(range(len(parts)))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = group[index]
        return index

    active: list[int] = []
    for index in sorted(range(len(parts)), key=lambda i: parts[i][0]):
        box = parts[index]
        active = [other for other in active if parts[other][2] + NEAR >= box[0]]
        for other in active:
            if max(box[1], parts[other][1]) - min(box[3], parts[other][3]) <= NEAR:
                group[root(index)] = root(other)
        active.append(index)
    clusters: dict[int, list[int]] = {}
    for index in range(len(parts)):
        clusters.setdefault(root(index), []).append(index)
    return list(clusters.values())


def _with_labels(box: Box, lines: Sequence[Line], without: Sequence[Box]) -> Box:
    for line in lines:
        gap_x = max(line.box[0] - box[2], box[0] - line.box[2], 0.0)
        gap_y = max(line.box[1] - box[3], box[1] - line.box[3], 0.0)
        label = len(line.text) < 40 and gap_x <= LABEL_GAP and gap_y <= LABEL_GAP
        if label and not any(boxes.overlap(line.box, other) > 0.3 for other in without):
            box = boxes.union((box, line.box))
    return box


def words_inside(lines: Sequence[Line], figure: Box, captions: Sequence[Box]) -> list[Line]:
    """Lines of text that are part of the figure: labels inside its box, but not a caption."""
    return [
        line
        for line in lines
        if boxes.overlap(line.box, figure) > 0.6
        and not any(boxes.overlap(line.box, caption) > 0.5 for caption in captions)
    ]
