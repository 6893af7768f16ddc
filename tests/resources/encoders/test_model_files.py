"""Model folders and files as users bring them: whole ones are read as their makers meant, others are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model, PreTrainedTokenizerFast, RobertaConfig
from transformers import RobertaModel as Roberta

from codices.resources.encoders import (
    EncoderError,
    EncoderOptions,
    image_encoder_digest,
    load_image_encoder,
    load_text_encoder,
    text_encoder_digest,
)
from codices.resources.encoders.common.embedded import PROJECTION
from codices.resources.encoders.common.profiles import ModelSource, bring_over, preprocessing_of
from codices.resources.encoders.towers.projection import Projection, load_projection, save_projection
from tests.resources.encoders.test_pictures import figure
from tests.resources.encoders.test_profiles import tiny_model

SMALL: Any = {
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}
LONG = "the chart of memory " * 100


def write_tokenizer(folder: Path, *, side: str = "right", special: bool = True, pad: bool = True) -> None:
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "a", "chart", "of", "memory", "node", "restarts"]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()  # pyright: ignore[reportAttributeAccessIssue]
    if special:
        tokenizer.post_processor = processors.TemplateProcessing(  # pyright: ignore[reportAttributeAccessIssue]
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
        )
    named = {"unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "padding_side": side}
    named |= {"pad_token": "[PAD]"} if pad else {}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)


def bert(folder: Path, **tokenizer: Any) -> Path:
    torch.manual_seed(0)
    BertModel(BertConfig(**SMALL, max_position_embeddings=64)).save_pretrained(folder)
    write_tokenizer(folder, **tokenizer)
    return folder


def text_encoder(folder: Path) -> Any:
    return load_text_encoder(EncoderOptions(text_model=str(folder), device="cpu"))


def change_json(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def other_names(folder: Path) -> None:
    state = load_file(folder / "model.safetensors")
    save_file({f"other.{key}": value for key, value in state.items()}, folder / "model.safetensors", {"format": "pt"})


def no_tokenizer(folder: Path) -> None:
    for path in folder.glob("tok*"):
        path.unlink()


def broken_pooling(folder: Path) -> None:
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text("{")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (other_names, "not those that config.json describes"),
        (lambda folder: change_json(folder / "config.json", num_hidden_layers=4), r"encoder\.layer\.2"),
        (lambda folder: change_json(folder / "config.json", hidden_size=64), "another shape"),
        (no_tokenizer, "knows no words"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"version https://git-lfs"), "SafetensorError"),
        (lambda folder: (folder / "modules.json").write_text('[{"path": ""}]'), "'type'"),
        (broken_pooling, "JSONDecodeError"),
    ],
)
def test_a_hugging_face_folder_that_is_not_whole_is_refused(
    tmp_path: Path, damage: Callable[[Path], object], message: str
) -> None:
    folder = bert(tmp_path / "model")
    damage(folder)
    with pytest.raises(EncoderError, match=message):
        text_encoder(folder)


def test_a_model_without_padding_is_refused(tmp_path: Path) -> None:
    GPT2Model(GPT2Config(vocab_size=60, n_embd=32, n_layer=1, n_head=2, n_positions=64)).save_pretrained(tmp_path)
    write_tokenizer(tmp_path, pad=False)
    with pytest.raises(EncoderError, match="no padding token"):
        text_encoder(tmp_path)


def test_long_texts_are_cut_to_the_positions_that_there_are(tmp_path: Path) -> None:
    Roberta(RobertaConfig(**SMALL, max_position_embeddings=66, pad_token_id=0)).save_pretrained(tmp_path)
    write_tokenizer(tmp_path)
    encoder = text_encoder(tmp_path)
    assert encoder.max_tokens == 66 - 1 - 2
    assert encoder.encode([LONG]).shape == (1, 32)


def test_a_text_without_tokens_has_a_vector(tmp_path: Path) -> None:
    encoder = text_encoder(bert(tmp_path / "model", special=False))
    alone, chart = encoder.encode(["", "a chart"])
    np.testing.assert_allclose(np.linalg.norm([alone, chart], axis=1), 1, atol=1e-5)


def test_prompts_that_are_not_used_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = bert(tmp_path / "model")
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"query": "query: "}}))
    text_encoder(folder)
    assert "'query: '" in caplog.text


def test_the_digest_is_of_what_is_read(tmp_path: Path) -> None:
    folder = bert(tmp_path / "model")
    options = EncoderOptions(text_model=str(folder))
    first = text_encoder_digest(options)
    (folder / "README.md").write_text("read me")
    (folder / ".DS_Store").write_bytes(b"\0")
    assert text_encoder_digest(options) == first
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    assert text_encoder_digest(options) != first


def test_a_model_that_changed_at_its_path_is_loaded_again(tmp_path: Path) -> None:
    path, data = tmp_path / "projection.safetensors", [figure((100, 100))]
    options, layer = EncoderOptions(projection=str(path), device="cpu"), load_projection(PROJECTION)
    save_projection(layer, path, {})
    before = load_image_encoder(options)
    assert load_image_encoder(options) is before
    save_projection(Projection(-layer.weight, -layer.bias, 7.0), path, {})
    after = load_image_encoder(options)
    assert after.digest == image_encoder_digest(options) != before.digest
    np.testing.assert_allclose(after.encode_images(data), -before.encode_images(data), atol=1e-5)


def test_what_is_no_projection_layer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "projection.safetensors"
    options = EncoderOptions(projection=str(path), device="cpu")
    path.write_bytes(PROJECTION.read_bytes()[:1000])
    with pytest.raises(EncoderError, match="is no projection layer"):
        load_image_encoder(options)
    state = load_file(PROJECTION)
    save_file({"weight": state["weight"]}, path)
    with pytest.raises(EncoderError, match="bias"):
        load_image_encoder(options)
    save_file({**state, "weight": state["weight"] * float("nan")}, path)
    with pytest.raises(EncoderError, match="not finite"):
        load_image_encoder(options)


def test_an_open_clip_folder_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model", sigmoid=False)
    options = EncoderOptions(image_model=f"local-dir:{folder}", device="cpu")
    whole = (folder / "open_clip_model.safetensors").read_bytes()
    for broken in (whole[:100_000], b"<html>404</html>"):
        (folder / "open_clip_model.safetensors").write_bytes(broken)
        with pytest.raises(EncoderError, match=r"Bring the folder over again.*SafetensorError"):
            load_image_encoder(options)
    (folder / "open_clip_model.safetensors").write_bytes(whole)
    configuration = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    change_json(folder / "open_clip_config.json", model_cfg={**configuration, "unknown": 1})
    with pytest.raises(EncoderError, match="unknown"):
        load_image_encoder(options)


@pytest.mark.parametrize("pretrained", ["openai", "/some/file.pt"])
def test_weights_beside_a_folder_are_refused(tmp_path: Path, pretrained: str) -> None:
    for model in (str(tmp_path), "embedded"):
        with pytest.raises(EncoderError, match="take image_pretrained out"):
            image_encoder_digest(EncoderOptions(image_model=model, image_pretrained=pretrained))


def test_a_checkpoint_file_is_preprocessed_as_its_architecture(tmp_path: Path) -> None:
    import open_clip

    weights = tmp_path / "weights.pt"
    torch.save(open_clip.create_model("RN50", pretrained=None).half().state_dict(), weights)

    def source(model: str) -> ModelSource:
        return ModelSource(model, str(weights))

    assert preprocessing_of(source("MobileCLIP-S1")) == preprocessing_of(ModelSource("MobileCLIP-S1", "datacompdr"))
    assert preprocessing_of(source("ViT-B-16-SigLIP2"))["resize_mode"] == "squash"
    with pytest.raises(EncoderError, match="different preprocessing"):
        preprocessing_of(source("ViT-L-14"))
    options = EncoderOptions(image_model="RN50", image_pretrained=str(weights), device="cpu", engine="torch")
    assert load_image_encoder(options).preprocessing.mean == preprocessing_of(ModelSource("RN50", "openai"))["mean"]


def test_a_tag_with_another_activation_is_refused() -> None:
    with pytest.raises(EncoderError, match=r'image_model = "ViT-B-32-quickgelu"'):
        load_image_encoder(EncoderOptions(image_model="ViT-B-32", image_pretrained="openai", device="cpu"))


def test_what_to_do_names_the_tower_and_what_there_is_to_fetch(tmp_path: Path) -> None:
    text = bring_over(ModelSource("ViT-B-32", "laion2b_s34b_b79k", setting="text_model"))
    assert 'text_model = "local-dir:' in text
    single = bring_over(ModelSource("ViTamin-S", "datacomp1b"))
    assert "hf download jienengchen/ViTamin-S pytorch_model.bin" in single
    assert 'image_pretrained = "/path/to/pytorch_model.bin"' in single
    assert "hf download" not in bring_over(ModelSource(str(tmp_path)))


def with_tokenizer(folder: Path, side: str, **text: Any) -> Path:
    tiny_model(folder, sigmoid=True)
    write_tokenizer(folder, side=side)
    configuration = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    configuration["text_cfg"] |= {"hf_tokenizer_name": str(folder), "context_length": 16, **text}
    configuration["text_cfg"]["vocab_size"] = 60
    change_json(folder / "open_clip_config.json", model_cfg=configuration)
    return save_random(folder)


def save_random(folder: Path) -> Path:
    import open_clip

    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    state = {name: value.clone().contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return folder


def coca(folder: Path) -> Path:
    import open_clip

    configuration: Any = json.loads(json.dumps(open_clip.get_model_config("coca_ViT-B-32")))
    small = {"width": 64, "heads": 2, "layers": 2}
    configuration["embed_dim"] = 32
    configuration["vision_cfg"] |= {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16}
    configuration["text_cfg"] |= small
    configuration["multimodal_cfg"] |= small
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": configuration, "preprocess_cfg": {}}))
    return save_random(folder)


@pytest.mark.parametrize(
    ("make", "engine"),
    [
        (lambda folder: with_tokenizer(folder, "right"), "torch"),
        (lambda folder: with_tokenizer(folder, "left"), "torch"),
        (lambda folder: with_tokenizer(folder, "right", tokenizer_kwargs={"strip_sep_token": True}), "torch"),
        (lambda folder: tiny_model(folder, sigmoid=False), "torch"),  # its padding is cut
        (coca, "torch"),
        (coca, "onnx"),
    ],
    ids=["hugging face tokenizer", "padding on the left", "no separators", "causal", "coca", "coca on onnx"],
)
def test_texts_and_pictures_are_those_of_open_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], Path], engine: str
) -> None:
    import open_clip
    from PIL import Image

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = make(tmp_path / "model")
    model: Any
    preprocess: Any
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    encoder = load_image_encoder(EncoderOptions(image_model=f"local-dir:{folder}", device="cpu", engine=engine))
    texts, path = ["a chart", "the memory node restarts", "", LONG], tmp_path / "figure.png"
    path.write_bytes(figure((200, 120)))
    with torch.inference_mode():
        expected = model.eval().encode_text(tokenizer(texts), normalize=True).numpy()
        seen = model.encode_image(preprocess(Image.open(path)).unsqueeze(0), normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode_texts(texts), expected, atol=1e-5)
    assert float((encoder.encode_images([path.read_bytes()]) * seen).sum()) >= 0.995
