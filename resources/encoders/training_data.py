"""Figures with what is said of them, from a file of pairs, and their features from the frozen image tower."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from resources.encoders import embedded
from resources.encoders.interface import EncoderError
from resources.encoders.projection import Floats

TEXT_FIELDS = ("alt", "caption", "heading", "title")


@dataclass(frozen=True)
class FigurePair:
    """One figure, an encoded image file, with its texts, the most telling first; `group` is the source it comes from:
    a repository, a document. Pairs of one group are never split between training and test."""

    image: bytes
    texts: tuple[str, ...]
    group: str
    licence: str = "unknown"


def read_pairs(path: Path) -> Iterator[FigurePair]:
    """Pairs of a JSON lines file: `image` (a path relative to the file), `alt`, `caption`, `heading`, `title` (those
    that are there), `repo` or `group`, and `licence`.

    The first text is the alt text or the caption; the second one is all texts together. Raises EncoderError naming
    the line that is no such pair; figures without any text are left out.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            image = (path.parent / row["image"]).read_bytes()
            group = str(row.get("repo") or row["group"])
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise EncoderError(f"{path}, line {number} is no pair of figure and text: {error!r}") from error
        said = [str(row[name]).strip() for name in TEXT_FIELDS if row.get(name)]
        if said:
            yield FigurePair(image, (said[0], " ".join(said)), group, str(row.get("licence", "unknown")))


def figure_pairs(figures: Iterable[Mapping[str, Any]], image_of: Callable[[str], bytes | None]) -> Iterator[FigurePair]:
    """Pairs of an index: rows of `elements` with `image_id`, `caption`, `heading_path` and `doc_id`; `image_of` gives
    the bytes of the table `images`. A picture counts once, with the words of its first row; each document is a group.
    Figures without words, and rows whose picture is gone, are left out."""
    seen: set[str] = set()
    for row in figures:
        image_id = row["image_id"]
        said = [text.strip() for text in (row["caption"] or "", *(row["heading_path"] or ())[::-1]) if text.strip()]
        if not image_id or image_id in seen or not said:
            continue
        image = image_of(image_id)
        if image is not None:
            seen.add(image_id)
            yield FigurePair(image, (said[0], " ".join(said)), row["doc_id"])


def frozen_features(images: Iterable[bytes]) -> Floats:
    """(n, 1280) of Lite0's pooled features, before the projection. Raises EncoderError naming a broken image."""
    from resources.encoders.engines import TorchEngine
    from resources.encoders.loading import load_open_clip_model, resolve_device
    from resources.encoders.pictures import Preprocessing
    from resources.encoders.profiles import EMBEDDED
    from resources.encoders.streaming import run_stream

    device = resolve_device("auto")
    visual = load_open_clip_model(EMBEDDED, device)[0].visual
    preprocessing = Preprocessing.of(visual.preprocess_cfg)
    batches = list(run_stream(images, [TorchEngine(visual.trunk, preprocessing, device)], preprocessing))
    return np.concatenate(batches) if batches else np.zeros((0, embedded.FEATURES), np.float32)
