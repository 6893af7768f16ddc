"""A text tower from a Hugging Face model folder, with the pooling that its sentence-transformers files name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from resources.encoders.interface import EncoderError
from resources.encoders.open_clip_towers import TextTower
from resources.encoders.tokenization import FastTokenizer


def load_folder(folder: Path, device: str, batch_size: int, dimension: int | None) -> TextTower:
    """The tower of `folder` (config.json, weights, tokenizer). Mean pooling unless `1_Pooling/config.json` says cls.

    Raises EncoderError for a folder that transformers cannot load, or whose vectors need more than pooling.
    """
    from transformers import AutoModel, AutoTokenizer

    modules = _read(folder / "modules.json") or []
    unknown = [m["type"] for m in modules if m["type"].split(".")[-1] not in ("Transformer", "Pooling", "Normalize")]
    if unknown:
        raise EncoderError(f"{folder} needs {', '.join(unknown)} after pooling, which is not supported")
    pooling = _read(folder / "1_Pooling" / "config.json") or {"pooling_mode_mean_tokens": True}
    cls = pooling.get("pooling_mode_cls_token", False)
    if not cls and not pooling.get("pooling_mode_mean_tokens", False):
        raise EncoderError(f"{folder} pools neither by mean nor by its first token, which is not supported")
    try:
        model: Any = AutoModel.from_pretrained(folder, local_files_only=True).to(device).eval()
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
    except (OSError, ValueError, KeyError) as error:
        raise EncoderError(f"transformers cannot load {folder}: {error}") from error
    model.requires_grad_(False)
    limit = (_read(folder / "sentence_bert_config.json") or {}).get("max_seq_length") or min(
        tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", 512)
    )
    pad_id = tokenizer.pad_token_id

    def forward(ids: Any) -> Any:
        mask = (ids != pad_id).long()
        states = model(input_ids=ids, attention_mask=mask).last_hidden_state
        if cls:
            return states[:, 0]
        return (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)

    return TextTower(
        forward,
        FastTokenizer(tokenizer, limit),
        device,
        pad_id=pad_id,
        batch_size=batch_size,
        dimension=dimension,
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
