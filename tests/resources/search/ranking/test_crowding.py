"""What fills every leg must not hide the rest: one long document, copies of one text, the words of a hundred pages."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from pathlib import Path

import lancedb
import numpy as np
import pyarrow as pa
import pytest
from lancedb.index import IvfSq
from lancedb.table import LanceTable

from codices.resources.search import Index, open_index
from codices.resources.search.evaluation.retrieve import QueryRow, retrieve_queries
from codices.resources.search.ranking.legs import LegQuery, vector_leg
from codices.resources.settings.levels import Level
from codices.resources.settings.search_options import SearchOptions
from tests.resources.search.conftest import element, embed_and_write, picture

DEPTH = 20


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("crowded")
    rows = [
        element("g/long.md", number, f"Pump maintenance, step {number}: check the pump, oil the pump, start the pump.")
        for number in range(3 * DEPTH)
    ]
    rows += [
        element(f"g/note-{year}.md", 0, f"Somebody said in passing that a pump was bought in the spring of {year}.")
        for year in range(1990, 1996)
    ]
    rows += [element(f"g/copy-{number}.md", 0, "Replace the filter of the unit.") for number in range(3 * DEPTH)]
    rows += [
        element(f"g/filter-{name}.md", 0, f"A {name} stands beside the filter and drips.") for name in ("tap", "vat")
    ]
    drawn = picture("water in, water out")
    image_id = hashlib.sha256(drawn).hexdigest()
    rows.append(
        element(
            "g/overview.png",
            0,
            "Overview of what is connected to the pump",
            "figure",
            image_id=image_id,
            source_path="g/overview.png",
        )
    )
    rows += [
        element("g/live.md", 0, "Live to the time limit: time and live records, time and live again."),
        element("g/ttl.md", 0, "A record with a long time to live stays in the cache."),
    ]
    random.Random(1).shuffle(rows)
    embed_and_write(home, rows, {image_id: drawn})
    return home


@pytest.fixture(scope="module")
def index(crowded: Path) -> Index:
    return open_index(crowded, search=SearchOptions(depth=DEPTH))


@pytest.mark.parametrize("level", ["document", "page", "source"])
def test_a_long_document_is_one_hit_and_others_follow(index: Index, level: Level):
    found = [hit["path"] for hit in index.search("pump maintenance", level=level, limit=7)]
    assert found[0] == "g/long.md"
    assert len(found) == len(set(found)) == 7
    assert sum(path.startswith("g/note-") for path in found) >= 5
    ranked = retrieve_queries(index, [QueryRow("q", "pump maintenance")], level=level, limit=7)
    assert ranked.column("element_id").to_pylist()[:7] == [
        hit["element_id"] for hit in index.search("pump maintenance", level=level, limit=7)
    ]


def test_pictures_are_found_below_any_number_of_words(index: Index):
    assert [hit["path"] for hit in index.search("check the pump", level="image")] == ["g/overview.png"]
    meant = index.search("diagram of how to check the pump", explain=True)
    assert meant.explanation["intent"] == "figure"
    assert Counter(hit["modality"] for hit in meant) == {"text": 9, "figure": 1}


def test_a_modality_gets_its_places_however_many_others_match(crowded: Path):
    index = open_index(crowded, search=SearchOptions(depth=DEPTH, quotas={"figure": 1}))
    assert Counter(hit["modality"] for hit in index.search("check the pump")) == {"text": 9, "figure": 1}
    assert {hit["modality"] for hit in index.search("check the pump", modality="text")} == {"text"}


def test_copies_are_folded_until_there_are_enough_hits(index: Index):
    found = index.search("filter of the unit", limit=3)
    assert len(found[0]["siblings"]) == 3 * DEPTH - 1
    assert {hit["path"] for hit in list(found)[1:]} <= {"g/filter-tap.md", "g/filter-vat.md", "g/long.md"}
    longer = index.search("filter of the unit", limit=5)
    assert [hit["element_id"] for hit in longer][:3] == [hit["element_id"] for hit in found]


def test_which_of_equals_are_cut_off_does_not_depend_on_where_they_are_stored(crowded: Path):
    index = open_index(crowded, search=SearchOptions(depth=DEPTH, fold_near_duplicates=False))
    found = [hit["element_id"] for hit in index.search("replace the filter of the unit", limit=DEPTH)]
    copies = sorted(element(f"g/copy-{number}.md", 0, "")["element_id"] for number in range(3 * DEPTH))
    assert found == copies[:DEPTH]


def test_a_quoted_phrase_is_taken_at_its_word(index: Index):
    hits = index.search('"time to live"')
    assert hits[0]["path"] == "g/ttl.md"
    assert [hit["path"] for hit in hits if "phrases" in hit["legs"]] == ["g/ttl.md"]


def test_a_query_unlike_all_of_the_corpus_has_neighbours_though_lists_next_to_it_are_empty(tmp_path: Path):
    """Copies of few texts: most lists of an IVF index are empty, and LanceDB looks no further than `nprobes`."""
    rows, dimension = 2000, 16
    generator = np.random.default_rng(0)
    vectors = (generator.normal(size=(4, dimension)) + 1)[np.arange(rows) % 4].astype(np.float32)
    columns = {
        "element_id": [f"{number:04d}" for number in range(rows)],
        "text_vector": pa.FixedSizeListArray.from_arrays(vectors.ravel(), dimension),
    }
    table = lancedb.connect(tmp_path).create_table("elements", pa.table(columns))
    table.create_index("text_vector", config=IvfSq(distance_type="cosine", num_partitions=64))
    assert isinstance(table, LanceTable)
    found = vector_leg(table, "text_vector", lambda: -vectors[0], LegQuery(depth=DEPTH), {"nprobes": 4})
    assert len(found.ranking.keys) == min(rows // 4, 8 * DEPTH), "the best DEPTH, and those equal to the last of them"
