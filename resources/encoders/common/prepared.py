"""What is kept of a model so that the next process need not load it: its sizes, its tokenizer, and its text tower as a
graph for ONNX Runtime. Imports no torch; `preparing.py` makes it, where the model is loaded for the first time.

It lies in the user's cache, named by the digest of the tower. Whoever searches a release has the model that its digest
names, and one graph serves all homes; a copy in each of them would be as large as the index of a small corpus.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from codices.resources.encoders.common.cache import standing_entry
from codices.resources.encoders.common.interface import EncoderError, trying
from codices.resources.encoders.common.text_tower import TextTower
from codices.resources.encoders.common.tokenization import FastTokenizer
from codices.resources.foundation.cores import usable_cores

logger = logging.getLogger(__name__)

FORMAT = 1  # of an entry; another number leaves old ones aside
TOKENS = 1024  # of a batch: queries are few and short, and long texts cost .1 MiB a token here
CARD, TOKENIZER, GRAPH = "card.json", "tokenizer.json", "tower.onnx"


@dataclass(frozen=True)
class TextCard:
    """What is known of a text tower without loading it."""

    dimension: int  # of its vectors, before any are cut
    max_tokens: int
    context_length: int = 0
    pad_id: int = 0
    padding: int | None = None
    cleaning: str | None = None
    measures: bool = False  # whether the tokenizer kept here has the same spans as the model's own
    cosine: float | None = None  # of the graph's vectors to the tower's, the worst of the probes
    no_graph: str | None = None  # why there is none


@dataclass(frozen=True)
class ImageCard:
    """What is known of an image-text model without loading it; see `OpenClipImageEncoder`."""

    logit_scale: float
    logit_bias: float | None


def text_entry(digest: str) -> str:
    """The name in the cache for the text tower with `digest` (`text_tower_digest`)."""
    return f"text{FORMAT}-{digest[:24]}"


def image_entry(digest: str) -> str:
    """The name in the cache for the image-text model with `digest` (`image_encoder_digest`)."""
    return f"image{FORMAT}-{digest[:24]}"


def write_card(folder: Path, card: TextCard | ImageCard) -> None:
    (folder / CARD).write_text(json.dumps(asdict(card)), encoding="utf-8")


def image_card(digest: str) -> ImageCard | None:
    """Of the model with `digest`, where it was prepared."""
    folder = standing_entry(image_entry(digest))
    return None if folder is None else ImageCard(**_read(folder))


def prepared_text(digest: str) -> PreparedText | None:
    """Of the text tower with `digest`, where it was prepared."""
    folder = standing_entry(text_entry(digest))
    return None if folder is None else _opened(folder)


@lru_cache(maxsize=8)
def _opened(folder: Path) -> PreparedText:
    return PreparedText(folder, TextCard(**_read(folder)))


def _read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / CARD).read_text(encoding="utf-8"))


class PreparedText:
    """One entry, opened: what is loaded of it stays."""

    def __init__(self, folder: Path, card: TextCard) -> None:
        self._folder = folder
        self.card = card

    @cached_property
    def tokenizer(self) -> FastTokenizer:
        """Raises EncoderError where it cannot be read."""
        with trying(f"{self._folder / TOKENIZER} cannot be read; delete the folder, and it is made anew"):
            definition = (self._folder / TOKENIZER).read_text(encoding="utf-8")
            return FastTokenizer(definition, self.card.context_length, self.card.cleaning)

    @cached_property
    def tower(self) -> TextTower | None:
        """The text tower on ONNX Runtime, all components; None where there is no graph, or none that can be loaded."""
        if self.card.no_graph is not None:
            return None
        try:
            with trying(f"{self._folder / GRAPH} cannot be loaded; delete the folder, and it is made anew"):
                return graph_tower(self._folder, self.card, self.tokenizer)
        except EncoderError as error:
            logger.warning("queries load PyTorch: %s", error)
            return None


def graph_tower(folder: Path, card: TextCard, tokenizer: FastTokenizer) -> TextTower:
    """The tower that the graph in `folder` is, fp32."""
    runs = GraphTexts(folder / GRAPH)
    return TextTower(runs, tokenizer, pad_id=card.pad_id, padding=card.padding, tokens=TOKENS)


class GraphTexts:
    """A text tower on ONNX Runtime, (n, length) int64 to (n, d) float32. Weights stay in the file, which is mapped, so
    that a process that encodes one query reads what it needs and copies nothing."""

    def __init__(self, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = usable_cores()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # done in `preparing`
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.disable_prepacking", "1")
        self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        return np.asarray(self._session.run(["features"], {"ids": ids})[0])
