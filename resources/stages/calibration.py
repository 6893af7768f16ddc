"""Leg weights and the modality gap, learnt before a release is cut, and kept for it."""

from __future__ import annotations

import json
import tempfile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.building import build_indexes
from codices.resources.index.releases import cut_release
from codices.resources.index.schema import ELEMENTS
from codices.resources.index.tables import open_tables
from codices.resources.search.evaluation.evidence import Evidence, gather_evidence, told
from codices.resources.search.evaluation.learning import MIN_QUERIES, calibrate, learn_from
from codices.resources.search.evaluation.made_queries import MadeQueries, held_out, make_queries
from codices.resources.search.evaluation.modality_gap import MIN_PAIRS, measure_gap
from codices.resources.search.index import Index, open_index
from codices.resources.search.release_settings import release_settings
from codices.resources.settings.index_options import IndexOptions
from codices.resources.stages.query_files import configured_judgements, configured_queries
from codices.resources.stages.releasing import CALIBRATION, candidate
from codices.resources.stages.retrieval import candidate_index, retrieval_level
from codices.resources.stages.workspace import Workspace

SAMPLE = 2000
"""Elements of the corpus that its own queries are tried on, and pictures that the gap is measured on."""

MAX_PAIRS = 300
GROWTH = 0.25
"""Change in the number of elements from which the corpus is asked again."""

_SEED = 20090719
_SHARD = "00"


def refresh_calibration(workspace: Workspace) -> dict[str, Any]:
    """What the judged queries say about the legs; where too few are of use, what queries made from the corpus say. With
    it `gap`, the modality gap, where there are enough captions, and `evidence`, what the judged queries are good for.
    Empty where nothing is to be learned.

    The corpus is asked again only when models or search settings changed, or its size did by more than GROWTH.
    """
    learnt: dict[str, Any] = {}
    if workspace.settings.retrieval.calibrate == "auto":
        index = candidate_index(workspace)
        evidence = _evidence(workspace, index)
        found = None if evidence is None else learn_from(index, evidence)
        learnt = _from_corpus(workspace) or {} if found is None else {**found.as_json(), "gap": _gap(workspace)}
        learnt["evidence"] = None if evidence is None else evidence.as_json()
    workspace.home.stages.write(CALIBRATION, json.dumps(learnt).encode())
    return learnt


def unused_judgements(workspace: Workspace) -> tuple[str | None, dict[str, Any]]:
    """What is wrong with the judged queries that the last calibration made no use of, in words (None: nothing), and
    their ids."""
    evidence = json.loads(workspace.home.stages.read(CALIBRATION) or b"{}").get("evidence")
    return (None, {}) if evidence is None else (told(evidence), evidence)


def _evidence(workspace: Workspace, index: Index) -> Evidence | None:
    queries, judgements = configured_queries(workspace), configured_judgements(workspace)
    if not queries or not judgements:
        return None
    return gather_evidence(index, queries, judgements, retrieval_level(workspace, index))


def _from_corpus(workspace: Workspace) -> dict[str, Any] | None:
    elements = candidate(workspace).elements
    size = elements.count_rows()
    key = _key(workspace)
    last = json.loads(workspace.home.stages.read(CALIBRATION) or b"{}")
    asked = last.get("corpus") or {}
    if asked.get("key") == key and abs(size - asked["elements"]) <= GROWTH * asked["elements"]:
        return last
    if not size:
        return None
    rows = _sample(elements.to_lance(), size)
    made = make_queries(
        rows.select(["element_id", "doc_id", "modality", "caption", "heading_path", "text"]).to_pylist()
    )
    learnt: dict[str, Any] = {"adopted": False}
    if len(made.queries) >= MIN_QUERIES:
        learnt = _learn(workspace, rows, made)
    return {**learnt, "gap": _gap(workspace), "corpus": {"key": key, "elements": size}}


def _key(workspace: Workspace) -> str:
    settings = workspace.settings
    digests = [workspace.text_encoder.digest, workspace.image_encoder.digest]
    return fingerprint(digests, settings.search.model_dump(), settings.index.model_dump())


def _sample(elements: Any, size: int) -> pa.Table:
    row_ids = elements.to_table(columns=["element_id"], with_row_id=True).sort_by("element_id").column("_rowid")
    chosen = np.sort(np.random.default_rng(_SEED).permutation(size)[:SAMPLE])
    return elements._take_rows(row_ids.take(pa.array(chosen)).to_pylist())


def _learn(workspace: Workspace, rows: pa.Table, made: MadeQueries) -> dict[str, Any]:
    """Calibrate on a scratch index of `rows`, whose words lack what the queries were made from."""
    settings = workspace.settings
    texts, vectors = rows["text"].to_pylist(), np.stack(rows["text_vector"].to_pylist())
    changed = [number for number, key in enumerate(rows["element_id"].to_pylist()) if key in made.without]
    for number in changed:
        texts[number] = held_out(texts[number], made.without[rows["element_id"][number].as_py()])
    if changed:
        vectors[changed] = workspace.text_encoder.encode_documents([texts[number] for number in changed])
    schema = rows.schema
    columns = {name: rows[name] for name in schema.names if name not in ("row_hash", "text", "text_vector", "shard")}
    columns |= {
        "shard": pa.array([_SHARD] * len(rows)),
        "text": pa.array(texts),
        "text_vector": pa.array(list(vectors.astype(np.float32)), schema.field("text_vector").type),
    }
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        tables = open_tables(folder)
        tables.ensure(workspace.text_encoder.dimension, workspace.image_encoder.dimension)
        tables.replace_shard(ELEMENTS, _SHARD, pa.table(columns))
        report = build_indexes(tables, IndexOptions(language=settings.index.language))
        cut_release(
            tables,
            metrics={},
            settings=release_settings(
                settings.encoders, settings.search, language=settings.index.language, index_report=report
            ),
        )
        index = open_index(
            tables,
            search=settings.search,
            text_encoder=workspace.text_encoder,
            image_encoder=workspace.image_encoder,
        )
        found = calibrate(index, made.queries, made.judgements, level="element", source="corpus")
        return {"adopted": False} if found is None else found.as_json()


def _gap(workspace: Workspace) -> dict[str, Any] | None:
    elements = candidate(workspace).elements.to_lance()
    rows = elements.to_table(
        columns=["element_id", "caption", "image_vector"], filter="image_id IS NOT NULL AND caption <> ''", limit=SAMPLE
    )
    rows = rows.filter(pc.field("image_vector").is_valid()).sort_by("element_id").slice(0, MAX_PAIRS)
    if len(rows) < MIN_PAIRS:
        return None
    captions = workspace.image_encoder.encode_texts(rows["caption"].to_pylist())
    return measure_gap(captions, np.stack(rows["image_vector"].to_pylist()).astype(np.float32))
