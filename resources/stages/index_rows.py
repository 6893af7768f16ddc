"""From elements and vectors to the LanceDB tables: one atomic commit per table and shard, none when nothing changed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa

from codices.resources.foundation.document_log import about, tell_failed_once
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.files import CLOCK_SLACK_SECONDS
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.schema import (
    DOCUMENTS,
    ELEMENTS,
    SCHEMA_VERSION,
    documents_schema,
    elements_schema,
    images_schema,
)
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.stages.element_rows import ELEMENTS as ELEMENT_ROWS
from codices.resources.stages.element_rows import STAGE as ELEMENTS_STAGE
from codices.resources.stages.element_rows import ElementsNote, Source, is_fault, wanted_elements
from codices.resources.stages.extractions import pictures_of, wanted, wanted_links
from codices.resources.stages.vectors import IMAGE_STAGE, TEXT_STAGE, Unembedded, image_base, text_base, unembedded
from codices.resources.stages.workspace import Workspace

STAGE = "index_rows"
CODE_VERSION = "1"  # raise it when the same elements give other rows
_COPIED = [name for name in ELEMENT_ROWS.names if name not in ("fingerprint", "embedding_text")]


@dataclass
class Written:
    """Rows that one shard's commits inserted, updated and deleted, and documents by state afterwards."""

    elements_inserted: int = 0
    elements_updated: int = 0
    elements_deleted: int = 0
    documents_indexed: int = 0
    documents_failed: int = 0
    documents_removed: int = 0
    commits: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


def base_fingerprint(encoders: EncoderOptions) -> str:
    """What every row depends on beside its elements and vectors: code, schema, the figure kinds that are told apart."""
    kinds = encoders.model_dump(include={"figure_kinds", "kind_prompts", "unsure_below"})
    return fingerprint(STAGE, CODE_VERSION, SCHEMA_VERSION, kinds)


def current_rows(workspace: Workspace, shard: str, sources: Mapping[str, Source]) -> dict[str, str]:
    """doc_id -> fingerprint of everything that its rows are made from; tombstones left out. `sources`: the shard's
    wanted elements."""
    encoders = workspace.settings.encoders
    text, image = workspace.once(text_base, encoders), workspace.once(image_base, encoders)
    base = fingerprint(workspace.once(base_fingerprint, encoders), text, image)
    elements = {source.doc_id: fp for fp, source in sources.items()}
    # What failed may go well when it is tried again, under the same fingerprint of the elements.
    lost = {doc_id: [repr(found)] for doc_id, found in unembedded(workspace, shard, sources).items()}
    notes = workspace.store.notes(ELEMENTS_STAGE, shard, sources)
    lost |= {sources[fp].doc_id: ["fault"] for fp, note in notes.items() if is_fault(note)}
    return {
        row.doc_id: fingerprint(
            base,
            elements.get(row.doc_id),
            row.failure and vars(row.failure),
            row.content_hash,
            *lost.get(row.doc_id, []),
        )
        for row in workspace.records.documents(shard)
        if row.is_there
    }


def wanted_rows(workspace: Workspace, shard: str, sources: Mapping[str, Source]) -> dict[str, str]:
    """The same of documents whose rows can be made; where an earlier stage has not run yet, what readers have stays."""
    committed, current = workspace.committed.read(shard), current_rows(workspace, shard, sources)
    changed = {doc_id for doc_id, fp in current.items() if committed.get(doc_id) != fp}
    late = changed - _ready(workspace, shard, changed, sources)
    return {
        doc_id: committed[doc_id] if doc_id in late else fp
        for doc_id, fp in current.items()
        if doc_id not in late or doc_id in committed
    }


def _ready(workspace: Workspace, shard: str, changed: set[str], sources: Mapping[str, Source]) -> set[str]:
    """Those of the documents that failed, or whose elements and vectors are there."""
    encoders, store = workspace.settings.encoders, workspace.store
    text, image = workspace.once(text_base, encoders), workspace.once(image_base, encoders)
    of = {fp: source.doc_id for fp, source in sources.items() if source.doc_id in changed}
    needed = {
        of[fp]: {fingerprint(text, key) for key in note["keys"]} | {fingerprint(image, each) for each in note["images"]}
        for fp, note in store.notes(ELEMENTS_STAGE, shard, of).items()
    }
    there = store.manifest(TEXT_STAGE, shard).live.keys() | store.manifest(IMAGE_STAGE, shard).live.keys()
    failed = {row.doc_id for row in workspace.records.documents(shard) if row.failure is not None}
    return changed & failed | {doc_id for doc_id, vectors in needed.items() if vectors <= there}


def refresh_index_rows(workspace: Workspace, shard: str) -> Written:
    """Commit what changed in this shard: pictures, then elements, then documents."""
    # Two runs at once: the record is of the rows committed last.
    with workspace.records.lock(f"{STAGE}-{shard}"), about(shard=shard):
        return _refresh_locked(workspace, shard)


@dataclass(frozen=True)
class Difference:
    """What a shard's rows need, against what is recorded of them."""

    sources: dict[str, Source]  # the shard's wanted elements
    needed: dict[str, str]
    changed: set[str]
    gone: set[str]
    thorough: bool  # every row is compared with what the tables really hold

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone)


def difference(workspace: Workspace, shard: str) -> Difference:
    """What a refresh of the shard's rows would write: of documents whose elements and vectors are there."""
    sources = wanted_elements(workspace, shard)
    needed, committed = wanted_rows(workspace, shard, sources), workspace.committed.read(shard)
    changed = {doc_id for doc_id, fp in needed.items() if committed.get(doc_id) != fp}
    gone = committed.keys() - needed.keys()
    # Without a record, only the tables can tell; and `force` doubts the record.
    thorough = workspace.force or not workspace.committed.is_recorded(shard)
    if thorough:
        changed = set(needed)
        gone |= workspace.tables.documents_of(shard) - _present(workspace, shard)
    return Difference(sources, needed, changed, gone, thorough)


def _present(workspace: Workspace, shard: str) -> set[str]:
    return {row.doc_id for row in workspace.records.documents(shard) if row.is_there}


def _refresh_locked(workspace: Workspace, shard: str) -> Written:
    if not workspace.records.has_documents(shard):
        return Written()
    due = difference(workspace, shard)
    if not due:
        if not workspace.committed.is_recorded(shard):
            workspace.committed.finish(shard, due.needed)
        return Written()
    stopwatch = workspace.store.work.stopwatch()
    started = time.time() - CLOCK_SLACK_SECONDS
    recorded = workspace.committed.is_recorded(shard)
    tables = workspace.tables_to_write
    if recorded and not workspace.committed.is_recorded(shard):  # vectors of another dimension went with their column
        due = difference(workspace, shard)
    changed, gone, thorough = due.changed, due.gone, due.thorough
    workspace.committed.begin(shard, changed | gone)
    sources = {fp: source for fp, source in due.sources.items() if source.doc_id in changed}
    notes = workspace.store.notes(ELEMENTS_STAGE, shard, sources)
    for doc_id, lost in unembedded(workspace, shard, due.sources).items():
        notes |= {fp: _without(notes[fp], lost) for fp, source in sources.items() if source.doc_id == doc_id}
    whole = [fp for fp in sources if notes[fp]["failure"] is None]
    touched = None if changed == _present(workspace, shard) else changed | gone  # None: the whole shard
    schema = elements_schema(workspace.text_encoder.dimension, workspace.image_encoder.dimension)
    elements = tables.replace_shard(
        ELEMENTS,
        shard,
        pa.RecordBatchReader.from_batches(schema, _element_batches(workspace, shard, whole, schema)),
        doc_ids=touched,
        thorough=thorough,
    )
    pictures = {image_id for note in notes.values() for image_id in note["images"]}
    images = tables.add_images(
        pa.RecordBatchReader.from_batches(images_schema(), _image_batches(workspace, shard, pictures))
    )
    rows = _document_rows(workspace, shard, changed, {source.doc_id: notes[fp] for fp, source in sources.items()})
    written = tables.replace_shard(
        DOCUMENTS, shard, pa.Table.from_pylist(rows, schema=documents_schema()), doc_ids=touched, thorough=thorough
    )
    tables.make_durable(since=started)  # before the record says so
    workspace.committed.finish(shard, due.needed)
    workspace.store.work.add(STAGE, len(changed) + len(gone), stopwatch())
    return Written(
        elements.inserted,
        elements.updated,
        elements.deleted,
        sum(row["state"] == "indexed" for row in rows),
        sum(row["state"] == "failed" for row in rows),
        len(gone),
        sum(commit.written for commit in (elements, images, written)),
    )


def _without(note: ElementsNote, lost: Unembedded) -> ElementsNote:
    """The note of a document's elements, less what could not be embedded."""
    if lost.texts:
        return {**note, "failure": vars(lost.texts[0]), "counts": {}, "images": []}
    reason = f"{len(lost.pictures)} pictures are not found by what they show: {lost.pictures[0].message}"
    return {**note, "warnings": [*note["warnings"], vars(replace(lost.pictures[0], message=reason))]}


def _element_batches(
    workspace: Workspace, shard: str, fingerprints: list[str], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    encoders = workspace.settings.encoders
    text, image = workspace.once(text_base, encoders), workspace.once(image_base, encoders)
    base = workspace.once(base_fingerprint, encoders)
    for batch in workspace.store.rows(ELEMENTS_STAGE, shard, fingerprints, [*_COPIED]):
        rows = batch.to_pylist()
        text_vectors = _lookup(workspace, TEXT_STAGE, shard, {fingerprint(text, row["content_key"]) for row in rows})
        image_rows = _lookup(
            workspace, IMAGE_STAGE, shard, {fingerprint(image, row["image_id"]) for row in rows if row["image_id"]}
        )
        kinds = _kinds(workspace, image_rows)
        for row in rows:
            row["shard"] = shard
            row["text_vector"] = text_vectors[fingerprint(text, row["content_key"])]["vector"]
            seen = image_rows.get(fingerprint(image, row["image_id"])) if row["image_id"] else None
            row["fingerprint"] = fingerprint(text, image, base, row["content_key"])
            if seen is not None:
                row["image_vector"] = seen["vector"]
                row["figure_kind"], row["figure_kind_probability"] = kinds[seen["fingerprint"]]
        yield from pa.Table.from_pylist(rows, schema=schema).to_batches()


def _kinds(workspace: Workspace, rows: dict[str, dict[str, Any]]) -> dict[str, tuple[str, float]]:
    if not rows:
        return {}
    vectors = np.array([row["vector"] for row in rows.values()], np.float32)
    return dict(zip(rows, workspace.kind_classifier.classify(vectors), strict=True))


def _lookup(workspace: Workspace, stage: str, shard: str, fingerprints: set[str]) -> dict[str, dict[str, Any]]:
    return {
        row["fingerprint"]: row
        for batch in workspace.store.rows(stage, shard, fingerprints)
        for row in batch.to_pylist()
    }


def _image_batches(workspace: Workspace, shard: str, needed: set[str]) -> Iterator[pa.RecordBatch]:
    if not needed:
        return
    extractions = {*wanted(workspace, shard), *wanted_links(workspace, shard)}
    notes = workspace.store.notes("extractions", shard, extractions)
    holding = [fp for fp, note in notes.items() if any(image_id in needed for image_id, _ in note["pictures"])]
    remaining = set(needed)
    pictures = (p for p in pictures_of(workspace, shard, holding) if p["image_id"] in needed)
    for chunk in _batched(pictures, 16):
        rows = []
        for picture in chunk:
            if picture["image_id"] in remaining:
                remaining.discard(picture["image_id"])
                rows.append(
                    {
                        "image_id": picture["image_id"],
                        "bytes": picture["data"],
                        "width": picture["width"],
                        "height": picture["height"],
                        "media_type": media_type_of_picture(picture["data"]),
                    }
                )
        if rows:
            yield from pa.Table.from_pylist(rows, schema=images_schema()).to_batches()


def _batched(items: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while chunk := list(itertools.islice(items, size)):
        yield chunk


def media_type_of_picture(data: bytes) -> str:
    """image/png, image/jpeg or image/webp, by the first bytes."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/webp" if data[8:12] == b"WEBP" else "image/jpeg"


def _document_rows(
    workspace: Workspace, shard: str, changed: set[str], notes: Mapping[str, ElementsNote]
) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    rows = []
    for row in workspace.records.documents(shard):
        if row.doc_id not in changed or not row.is_there:
            continue
        note = notes.get(row.doc_id)
        error = (row.failure and vars(row.failure)) or (note["failure"] if note else None)
        if error:
            tell_failed_once(row.path, Failure(**error))
        rows.append(
            {
                "doc_id": row.doc_id,
                "path": row.path,
                "content_hash": row.content_hash,
                "media_type": note["media_type"] if note else None,
                "title": (note["title"] if note else None) or PurePosixPath(row.path).name,
                "pages": note["pages"] if note else 0,
                "bytes": row.bytes,
                "modified_at": row.modified_at,
                "shard": shard,
                "state": "failed" if error else "indexed",
                "error": error,
                "warnings": note["warnings"] if note else [],
                "elements": sum(note["counts"].values()) if note else 0,
                "indexed_at": now,
                "run_id": workspace.run_id,
            }
        )
    return rows
