from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from codices.resources.index.embedding_function import attach_encoders
from codices.resources.index.releases import cut_release, open_release
from codices.resources.index.tables import open_tables
from tests.resources.index.rows_for_tests import DIMENSION, elements

SEARCH = """
import json, sys, lancedb
COLUMNS = ["text_vector", "image_vector"]
table = lancedb.connect(sys.argv[1]).open_table("elements")
found = [table.search("the proxy", vector_column_name=column).limit(3).to_list() for column in (None, *COLUMNS)]
print(json.dumps([[row["element_id"] for row in rows] for rows in found]))
print("codices.resources" in sys.modules)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A text and image model of a few thousand random weights, as `local-dir:` folder of open_clip."""
    folder = tmp_path_factory.mktemp("model")
    tower = {"layers": 1, "width": 32}
    config = {
        "embed_dim": DIMENSION,
        "vision_cfg": {"image_size": 32, "patch_size": 16, **tower, "head_width": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "heads": 2, **tower},
    }
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config, "preprocess_cfg": {}}))
    torch.manual_seed(0)
    made = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file(made.state_dict(), folder / "open_clip_model.safetensors")
    return folder


def test_who_imports_only_lancedb_searches_with_words(tmp_path: Path, model: Path) -> None:
    tables = open_tables(tmp_path / "lancedb")
    tables.ensure(DIMENSION, DIMENSION)
    tables.replace_shard("elements", "00", elements("00", 10))
    parameters = {"name": f"local-dir:{model}", "pretrained": "", "device": "cpu"}
    assert attach_encoders(tables, {"text_vector": parameters, "image_vector": parameters})
    assert not attach_encoders(tables, {"text_vector": parameters, "image_vector": parameters})
    answer = subprocess.run(
        [sys.executable, "-c", SEARCH, tables.uri], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    found, ours = answer.stdout.splitlines()
    unnamed, by_text, by_image = json.loads(found)
    assert (len(by_text), len(by_image), ours) == (3, 3, "False")
    assert unnamed == by_text, "LanceDB finds the column by itself"
    assert by_image != by_text

    # A function that cannot be loaded does not stand in the way of a write, nor of a release.
    attach_encoders(tables, {"text_vector": {"name": "local-dir:/nowhere", "pretrained": ""}, "image_vector": None})
    assert tables.replace_shard("elements", "00", elements("00", 12, changed=[3])).inserted == 2
    cut_release(tables, metrics={}, settings={})
    assert open_release(tables.uri).elements.count_rows() == 12
    assert attach_encoders(tables, {"text_vector": None, "image_vector": None})
    assert not attach_encoders(tables, {"text_vector": None, "image_vector": None})
