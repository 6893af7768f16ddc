"""Encoders with hardly any layers: what is embedded has gone through everything that a document can harm, and with the
model that comes along, embedding is most of what a run over hostile files costs."""

from __future__ import annotations

import shutil
from pathlib import Path

from codices.resources.encoders.common.embedded import model_folder
from tests.resources.encoders.test_profiles import tiny_model


def small_encoders(folder: Path) -> dict[str, str]:
    """Settings that name them; their files are made in `folder`. Text is measured by the tokenizer of the model that
    comes along, which decides where chunks end."""
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    text = folder / "text"
    text.mkdir(parents=True)
    for path in model_folder().glob("*token*"):
        shutil.copyfile(path, text / path.name)
    vocabulary = len(PreTrainedTokenizerFast(tokenizer_file=str(text / "tokenizer.json")))
    config = BertConfig(
        vocab_size=vocabulary,
        max_position_embeddings=512,
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
    )
    BertModel(config).save_pretrained(text)
    image = tiny_model(folder / "image", sigmoid=False)
    return {
        "CODICES_ENCODERS__TEXT_MODEL": str(text),
        "CODICES_ENCODERS__IMAGE_MODEL": f"local-dir:{image}",
    }
