"""docs/query.md: every block is run, on an index of two releases."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from codices.resources.index.building import build_indexes
from codices.resources.index.releases import cut_release
from codices.resources.index.tables import open_tables
from codices.resources.settings.index_options import IndexOptions
from tests.resources.index.rows_for_tests import DIMENSION, documents, elements, images

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "query.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```python (\w+)\n(.*?)```", PAGE, re.DOTALL))

PROOFS = {
    "release": "assert release.name == 'second' and elements.count_rows() == 40 and images.count_rows() == 14",
    "pinned": "assert latest['name'] == 'second' and elements.count_rows() == 40",
    "lancedb": "assert len(figures) == 14 and len(exact) == 1 and len(words) == 5 and near.num_rows == 5",
    "pylance": "assert dataset.count_rows() == 30 and open(f'{folder}/picture.png', 'rb').read().startswith(b'png')",
    "duckdb": "assert len(boxes) == 14 and boxes[0][1] == 1\n"
    "seen = [row[0] for row in duckdb.sql('SELECT image_vector FROM elements').fetchall()]\n"
    "assert sum(each is not None and len(each) == len(vector) for each in seen) == 14",
    "polars": "assert longest.height == 8\n"
    "assert pl.from_arrow(lance.dataset(f'{home}/lancedb/elements.lance').to_table())['image_vector'].count() == 14",
    "pandas": "assert len(similarity) == 40 and similarity.abs().max() <= 1.001\n"
    "seen = lance.dataset(f'{home}/lancedb/elements.lance').to_table(columns=['image_vector']).to_pandas()\n"
    "assert np.stack(seen['image_vector'].dropna()).shape == (14, len(vector))",
    "diff": "assert len(change.added) == 2 and not change.removed",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    tables = open_tables(folder / "lancedb")
    tables.ensure(DIMENSION, DIMENSION)
    for name, number in (("first", 30), ("second", 40)):
        tables.replace_shard("elements", "00", elements("00", number))
        tables.add_images(images("00", number))
        tables.replace_shard("documents", "00", documents("00", number))
        cut_release(tables, name, metrics={"index": build_indexes(tables, IndexOptions(sample=5))}, settings={})
    return folder


def test_every_block_has_a_proof() -> None:
    assert set(BLOCKS) == set(PROOFS)
    assert PAGE.count("```python") == len(BLOCKS)


@pytest.mark.parametrize("name", PROOFS)
def test_a_block_of_the_page_runs(name: str, home: Path, tmp_path: Path) -> None:
    vector = np.eye(DIMENSION, dtype=np.float32)[0]
    exec(f"{BLOCKS[name]}\n{PROOFS[name]}", {"home": str(home), "folder": str(tmp_path), "vector": vector, "np": np})
