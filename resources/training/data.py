"""Figures with what is said of them, from a file of pairs, and their features from the frozen image tower."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from codices.resources.encoders.common import embedded
from codices.resources.encoders.common.interface import EncoderError
from codices.resources.encoders.towers.projection import Floats

TEXT_FIELDS = ("alt", "caption", "heading", "title")


@dataclass(frozen=True)
class FigurePair:
    """One figure, an encoded image file, with its texts, the most telling first; `group` is the source it comes from:
    a repository, a document. Pairs of one group are never split between training and test."""

    image: bytes
    texts: tuple[str, ...]
    group: str
    licence: str = "unknown"
    name: str = field(default="", compare=False)  # of the image's file, or its id in an index


def read_pairs(path: Path) -> Iterator[FigurePair]:
    """Pairs of a JSON lines file: `image` (a path relative to the file), `alt`, `caption`, `heading`, `title` (those
    that are there), `repo` or `group`, and `licence`.

    The first text is the alt text or the caption; the second one is all texts together. Raises EncoderError naming
    the line that is no such pair; figures without any text, and blank lines, are left out.
    """
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
            if not text.strip():
                continue
            row = json.loads(text)
            image = (path.parent / row["image"]).read_bytes()
            group = row.get("repo") or row.get("group")
            if not group:
                raise ValueError("it has no repo or group")
        except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
            reason = f"{type(error).__name__}: {error}"
            raise EncoderError(f"{path}, line {number} is no pair of figure and text ({reason})") from error
        said = [text for name in TEXT_FIELDS if (text := str(row.get(name) or "").strip())]
        if said:
            licence = str(row.get("licence") or "unknown")
            yield FigurePair(image, (said[0], " ".join(said)), str(group), licence, row["image"])


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
            yield FigurePair(image, (said[0], " ".join(said)), row["doc_id"], name=image_id)


def frozen_features(images: Iterable[bytes]) -> Floats:
    """(n, 1280) of Lite0's pooled features, before the projection. Raises PictureError for a broken image."""
    from codices.resources.encoders.common.preprocessing import Preprocessing
    from codices.resources.encoders.common.profiles import EMBEDDED, model_digest
    from codices.resources.encoders.towers.engines import TorchEngine
    from codices.resources.encoders.towers.loading import load_open_clip_model, resolve_device
    from codices.resources.encoders.towers.streaming import run_stream

    device = resolve_device("auto")
    visual = load_open_clip_model(EMBEDDED, device, model_digest(EMBEDDED))[0].visual
    preprocessing = Preprocessing.of(visual.preprocess_cfg)
    batches = list(run_stream(images, [TorchEngine(visual.trunk, preprocessing, device)], preprocessing))
    return np.concatenate(batches) if batches else np.zeros((0, embedded.FEATURES), np.float32)
