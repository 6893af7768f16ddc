"""Queries without PyTorch: what was prepared of a model gives the model's own vectors, ids and spans."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from codices.resources.encoders import (
    EncoderOptions,
    load_image_encoder,
    load_text_encoder,
    query_image_encoder,
    query_text_encoder,
)
from codices.resources.encoders.common.prepared import GRAPH, text_entry
from codices.resources.encoders.common.profiles import text_source, text_tower_digest
from tests.conftest import ROOT
from tests.resources.encoders.test_model_files import bert
from tests.resources.encoders.test_pictures import figure
from tests.resources.encoders.test_profiles import tiny_model

TEXTS = [
    "memory of the node",
    "It's 42 °C — naïve &amp; “quoted”, snake_case",
    "節点重啓",
    "",
    "the chart of memory " * 200,
    "a",
]


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one.astype(np.float64) * other).sum(1)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "codices"


def entry(cache: Path, options: EncoderOptions) -> Path:
    return cache / text_entry(text_tower_digest(text_source(options)))


@pytest.mark.parametrize("kind", ["clip", "siglip", "bert"])
def test_the_graph_gives_the_vectors_of_the_tower(tmp_path: Path, cache: Path, kind: str) -> None:
    if kind == "bert":
        options = EncoderOptions(text_model=str(bert(tmp_path)), device="cpu", text_dimension=16)
    else:
        folder = tiny_model(tmp_path / "model", sigmoid=kind == "siglip")
        options = EncoderOptions(text_model=f"local-dir:{folder}", image_model=f"local-dir:{folder}", device="cpu")
    model, query = load_text_encoder(options), query_text_encoder(options)
    assert (entry(cache, options) / GRAPH).is_file()
    assert cosines(query.encode(TEXTS), model.encode(TEXTS)).min() >= 0.99999
    assert query.encode([]).shape == (0, model.dimension)
    assert (query.digest, query.name, query.dimension) == (model.digest, model.name, model.dimension)
    assert query.max_tokens == model.max_tokens
    assert [query.token_spans(text) for text in TEXTS] == [model.token_spans(text) for text in TEXTS]
    if kind != "bert":
        pictures, words = load_image_encoder(options), query_image_encoder(options)
        assert cosines(words.encode_texts(TEXTS), pictures.encode_texts(TEXTS)).min() >= 0.99999
        np.testing.assert_array_equal(
            words.encode_images([figure((80, 60))]), pictures.encode_images([figure((80, 60))])
        )


def test_a_graph_that_cannot_be_read_costs_the_speed_alone(tmp_path: Path, cache: Path) -> None:
    folder = tiny_model(tmp_path / "model", sigmoid=False)
    options = EncoderOptions(text_model=f"local-dir:{folder}", device="cpu")
    expected = load_text_encoder(options).encode(TEXTS)
    query_text_encoder(options)
    (entry(cache, options) / GRAPH).write_bytes(b"no graph")
    np.testing.assert_array_equal(query_text_encoder(options).encode(TEXTS), expected)


def test_a_cache_that_cannot_be_written_costs_the_speed_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    options = EncoderOptions(text_model=str(bert(tmp_path / "model")), device="cpu")
    np.testing.assert_array_equal(query_text_encoder(options).encode(TEXTS), load_text_encoder(options).encode(TEXTS))


HOSTED = """
import sys
import numpy as np
from codices.resources.encoders import EncoderOptions, hosted_image_encoder, hosted_text_encoder
from codices.resources.encoders.hosted import COMPANION
texts, picture = ["relay", "the gateway " * 90], open(sys.argv[1], "rb").read()
words, pictures = hosted_text_encoder(EncoderOptions()), hosted_image_encoder(EncoderOptions())
few = words.encode_documents(texts)
torch_for_few = "libtorch" in open(f"/proc/{COMPANION.pid}/maps").read()
np.savez(sys.argv[2], few=few, torch_for_few=torch_for_few, documents=words.encode_documents(texts * 70),
         pictures=pictures.encode_images([picture]), scale=pictures.logit_scale,
         streamed=np.concatenate(list(pictures.stream_images([picture] * 20))))
print(sorted({"torch", "open_clip", "timm", "transformers"} & set(sys.modules)))
"""


def test_a_hosted_model_gives_the_same_bits_and_leaves_torch_outside(tmp_path: Path) -> None:
    picture = tmp_path / "figure.png"
    picture.write_bytes(figure((300, 200)))
    done = subprocess.run(
        [sys.executable, "-c", HOSTED, picture, tmp_path / "found.npz"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    assert done.stdout.strip() == b"[]"
    found = np.load(tmp_path / "found.npz")
    text, image = load_text_encoder(EncoderOptions()), load_image_encoder(EncoderOptions())
    np.testing.assert_array_equal(found["documents"], text.encode_documents(["relay", "the gateway " * 90] * 70))
    np.testing.assert_allclose(found["few"], found["documents"][:2], atol=1e-4)
    assert not found["torch_for_few"]
    np.testing.assert_array_equal(found["pictures"], image.encode_images([picture.read_bytes()]))
    np.testing.assert_array_equal(found["streamed"], image.encode_images([picture.read_bytes()] * 20))
    assert found["scale"] == image.logit_scale
