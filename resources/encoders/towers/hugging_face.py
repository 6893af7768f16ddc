"""A text tower from a Hugging Face model folder, with the pooling that its sentence-transformers files name."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from codices.resources.encoders.common.interface import EncoderError, trying
from codices.resources.encoders.common.text_tower import TextTower
from codices.resources.encoders.common.tokenization import fast_tokenizer
from codices.resources.encoders.towers.engines import torch_tower

logger = logging.getLogger(__name__)

_MODULES = ("Transformer", "Pooling", "Normalize")


def load_folder(
    folder: Path, device: str, batch_size: int, dimension: int | None, precision: str = "auto"
) -> TextTower:
    """The tower of `folder` (config.json, weights, tokenizer). Mean pooling unless `1_Pooling/config.json` says cls.

    Raises EncoderError for a folder that transformers cannot load, whose weights are not those of its configuration,
    or whose vectors need more than pooling.
    """
    with trying(f"{folder} cannot be loaded as a text model"):
        cls = _pools_first_token(folder)
        model, tokenizer = _model(folder), _tokenizer(folder)
        model = model.to(device).eval().requires_grad_(False)
        pad_id = tokenizer.pad_token_id

        def forward(ids: Any) -> Any:
            mask = (ids != pad_id).long()
            states = model(input_ids=ids, attention_mask=mask).last_hidden_state
            if cls:
                return states[:, 0]
            return (states * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)

        limit = min(
            (_read(folder / "sentence_bert_config.json") or {}).get("max_seq_length") or tokenizer.model_max_length,
            tokenizer.model_max_length,
            _positions(model),
        )
        return torch_tower(
            forward,
            model,
            fast_tokenizer(tokenizer, limit),
            device,
            pad_id=pad_id,
            batch_size=batch_size,
            dimension=dimension,
            precision=precision,
        )


def _pools_first_token(folder: Path) -> bool:
    types = [module["type"] for module in _read(folder / "modules.json") or []]
    if unknown := [name for name in types if name.split(".")[-1] not in _MODULES]:
        raise EncoderError(f"{folder} needs {', '.join(unknown)} after pooling, which is not supported")
    settings = _read(folder / "1_Pooling" / "config.json") or {"pooling_mode_mean_tokens": True}
    modes = {name for name, on in settings.items() if name.startswith("pooling_mode_") and on}
    if modes not in ({"pooling_mode_mean_tokens"}, {"pooling_mode_cls_token"}):
        raise EncoderError(f"{folder} pools neither by mean nor by its first token, which is not supported")
    prompts = (_read(folder / "config_sentence_transformers.json") or {}).get("prompts") or {}
    if any(prompts.values()):
        logger.warning(
            "%s names prompts (%s) for its texts; they are not put before any, since queries and documents are "
            "encoded alike: measure with your own queries whether that loses quality",
            folder,
            ", ".join(repr(prompt) for prompt in prompts.values() if prompt),
        )
    return "pooling_mode_cls_token" in modes


def _model(folder: Path) -> Any:
    from transformers import AutoModel

    model: Any
    found: Any
    model, found = AutoModel.from_pretrained(
        folder, local_files_only=True, output_loading_info=True, ignore_mismatched_sizes=True
    )
    # A pooler is made for fine-tuning; these vectors do not come from it. Anything else would be random.
    missing = sorted(name for name in found["missing_keys"] if not name.startswith("pooler."))
    if wrong := missing + sorted(str(each[0]) for each in found["mismatched_keys"]):
        raise EncoderError(
            f"{folder}: its weights are not those that config.json describes: {len(wrong)} tensors are missing or have "
            f"another shape, {wrong[0]} for one"
        )
    if model.config.is_encoder_decoder:
        raise EncoderError(f"{folder} holds an encoder with a decoder, which is not supported")
    return model


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True, use_fast=True)
    if tokenizer.pad_token_id is None:
        raise EncoderError(f"{folder}: its tokenizer has no padding token, so it is no model of sentences")
    return tokenizer


def _positions(model: Any) -> int:
    """Tokens that the model has positions for."""
    count = getattr(model.config, "max_position_embeddings", None) or 512
    table = getattr(getattr(model, "embeddings", None), "position_embeddings", None)
    # RoBERTa and its kin count positions from behind that of padding.
    padding = getattr(table, "padding_idx", None)
    return count if padding is None else count - padding - 1


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
