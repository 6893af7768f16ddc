"""Makes what `prepared.py` reads, from a model on torch: its cards, its tokenizer, and a graph of its text tower that
was compared with the tower itself."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from codices.resources.encoders.common.cache import cache_entry
from codices.resources.encoders.common.interface import EncoderError
from codices.resources.encoders.common.prepared import (
    GRAPH,
    TOKENIZER,
    ImageCard,
    TextCard,
    graph_tower,
    image_entry,
    text_entry,
    write_card,
)
from codices.resources.encoders.common.profiles import (
    ModelSource,
    image_encoder_digest,
    image_source,
    text_tower_digest,
)
from codices.resources.encoders.common.text_tower import TextTower
from codices.resources.encoders.common.tokenization import ClipTokenizer, FastTokenizer
from codices.resources.encoders.towers.engines import TorchTexts
from codices.resources.encoders.towers.loading import load_image_encoder, text_tower
from codices.resources.encoders.towers.onnx_export import export_graph
from codices.resources.settings.encoder_options import EncoderOptions

logger = logging.getLogger(__name__)

MIN_COSINE = 0.99999  # of the graph's vectors to the tower's: what fp32 rounds otherwise is a hundredth of it
LONGEST_FIXED = 512  # tokens that every query is padded to, at most; a longer context's graph fails its check
MAPPED_BYTES = 1024  # tensors from this size lie outside the graph, in a file that can be mapped
PROBES = (
    "relay",
    "how many sessions does a relay keep",
    "Error 0x80070005: Zugriff verweigert\n\tat com.example.Main(Main.java:42)",
    "Größe, façade, naïveté: 12 µm ± 3 % — „so“",
    "ﬁne-grained  ﬂow&amp;control &lt;b&gt;",
    "数据库连接失败",
    "база данных недоступна",
    "🚀 deploy 👩‍💻 done",
    "snake_case CamelCase it's we'll 3.14 v2.0.1-rc3 /usr/lib/x86_64",
    "",
    " \n ",
    "the gateway forwards every request to the shard that holds its key " * 60,
)


def prepare_text(source: ModelSource) -> None:
    """Prepare the text tower of `source`, unless it is. Raises EncoderError for a model that cannot be loaded, or a
    cache that cannot be written."""

    def build(folder: Path) -> None:
        _write(text_tower(source, "cpu", "float32"), folder)

    cache_entry(text_entry(text_tower_digest(source)), build)


def prepare_image(options: EncoderOptions) -> None:
    """Prepare the image-text model of `options`, its text tower among it; otherwise as `prepare_text`."""

    def build(folder: Path) -> None:
        encoder = load_image_encoder(options)
        write_card(folder, ImageCard(encoder.logit_scale, encoder.logit_bias))

    prepare_text(image_source(options))
    cache_entry(image_entry(image_encoder_digest(options)), build)


def _write(tower: TextTower, folder: Path) -> None:
    own = tower.tokenizer
    tokenizer = own.as_fast() if isinstance(own, ClipTokenizer) else own
    card = TextCard(tower.full_dimension, own.max_tokens, pad_id=tower.pad_id, padding=tower.padding)
    if isinstance(tokenizer, FastTokenizer):
        (folder / TOKENIZER).write_text(tokenizer.definition, encoding="utf-8")
        card = replace(
            card,
            context_length=tokenizer.context_length,
            cleaning=tokenizer.cleaning,
            measures=tokenizer is own,
        )
        card = _with_graph(tower, card, tokenizer, folder)
    else:
        card = replace(card, no_graph="its tokenizer needs the library that the model came with")
    write_card(folder, card)


def _with_graph(tower: TextTower, card: TextCard, tokenizer: FastTokenizer, folder: Path) -> TextCard:
    """Write the graph: for texts as long as they are, else (some attention is traced for one length) for the context's
    whole length, where behind the end of a text nothing counts."""
    why = ""
    for padding in dict.fromkeys((tower.padding, min(card.context_length, LONGEST_FIXED))):
        tried = replace(card, padding=padding)
        try:
            return replace(tried, cosine=_exported(tower, tried, tokenizer, folder))
        except EncoderError as error:
            why = str(error)
            for path in folder.glob(f"{GRAPH}*"):
                path.unlink()
    logger.warning("queries load PyTorch: %s", why)
    return replace(card, no_graph=why)


def _exported(tower: TextTower, card: TextCard, tokenizer: FastTokenizer, folder: Path) -> float:
    """Write the graph; the worst cosine of its vectors to the tower's. Raises EncoderError when it strays."""
    if tokenizer.ids(PROBES) != tower.tokenizer.ids(PROBES):
        raise EncoderError("the tokenizer by itself gives other ids than open_clip's")
    raw = folder / "raw.onnx"
    try:
        _export(tower, card.padding, raw)
        _optimise(raw, folder / GRAPH)
        vectors = graph_tower(folder, card, tokenizer).encode(PROBES)
    except Exception as error:  # the exporter and ONNX Runtime raise a dozen kinds, and each is told
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise EncoderError(f"the text tower cannot be exported to ONNX: {reason}") from error
    finally:
        raw.unlink(missing_ok=True)
    cosine = float((vectors.astype(np.float64) * tower.encode(PROBES)).sum(1).min())
    if not cosine >= MIN_COSINE:
        raise EncoderError(f"the exported text tower strays to cosine {cosine:.6f} from torch (limit {MIN_COSINE})")
    return cosine


def _export(tower: TextTower, padding: int | None, path: Path) -> None:
    import torch

    runs = tower.forward
    assert isinstance(runs, TorchTexts), "only a tower on torch is exported"

    class Texts(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = runs.module

        def forward(self, ids: Any) -> Any:
            return runs.forward(ids).float()

    example = tower.tokenizer.ids(["one two three", "four"])
    width = padding or max(map(len, example))
    ids = torch.tensor([row + [tower.pad_id] * (width - len(row)) for row in example])
    export_graph(Texts().eval(), ids, path, name="ids", axes={0: "batch", 1: "length"})


def _optimise(raw: Path, path: Path) -> None:
    """The graph as ONNX Runtime rewrites it, for any processor, with its weights in a file beside it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", f"{path.name}.weights")
    options.add_session_config_entry(
        "session.optimized_model_external_initializers_min_size_in_bytes", str(MAPPED_BYTES)
    )
    options.log_severity_level = 3
    onnxruntime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
