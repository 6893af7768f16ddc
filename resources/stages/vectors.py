"""Embeddings, addressed by content: the same words or pixels are embedded once, whatever documents they stand in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from codices.resources.encoders import image_encoder_digest, text_encoder_digest
from codices.resources.encoders.interface import Vectors
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.stages.element_rows import STAGE as ELEMENTS_STAGE
from codices.resources.stages.element_rows import wanted_elements
from codices.resources.stages.extractions import STAGE as EXTRACTIONS_STAGE
from codices.resources.stages.extractions import pictures_of, wanted, wanted_links
from codices.resources.stages.workspace import Workspace
from codices.resources.store.stage_store import Refreshed, Unit

TEXT_STAGE = "text_vectors"
IMAGE_STAGE = "image_vectors"
CODE_VERSION = "1"  # raise it when the same content gives other vectors
TEXTS_AT_ONCE = 4096

TEXT_VECTORS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("vector", pa.list_(pa.float32())),
    ]
)
IMAGE_VECTORS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("image_id", pa.string()),
        ("vector", pa.list_(pa.float32())),
    ]
)


def text_base(options: EncoderOptions) -> str:
    """What every text vector depends on beside its text: the text encoder."""
    return fingerprint(TEXT_STAGE, CODE_VERSION, text_encoder_digest(options))


def image_base(options: EncoderOptions) -> str:
    """What every image vector and figure kind depends on beside the pixels: the image encoder."""
    return fingerprint(IMAGE_STAGE, CODE_VERSION, image_encoder_digest(options))


def base_fingerprint(options: EncoderOptions) -> str:
    """Of both: what Dagster shows as the code version of the embeddings."""
    return fingerprint(text_base(options), image_base(options))


_Notes = dict[str, dict[str, Any]]  # of elements, by fingerprint: content_keys of their texts, image_ids they show


def _element_notes(workspace: Workspace, shard: str) -> _Notes:
    return workspace.store.notes(ELEMENTS_STAGE, shard, wanted_elements(workspace, shard))


def refresh_text_vectors(workspace: Workspace, shard: str) -> Refreshed:
    """Embed the texts of this shard that no shard has embedded with this encoder yet."""
    notes = _element_notes(workspace, shard)
    base = text_base(workspace.settings.encoders)
    needed = {fingerprint(base, key): key for note in notes.values() for key in note["keys"]}
    return workspace.store.refresh(
        TEXT_STAGE,
        shard,
        needed,
        lambda missing: _embed_texts(workspace, shard, notes, {needed[fp]: fp for fp in missing}),
        TEXT_VECTORS,
        donors=workspace.donors,
        force=workspace.force,
    )


def _embed_texts(workspace: Workspace, shard: str, notes: _Notes, open_keys: dict[str, str]) -> Iterator[Unit]:
    total, done = len(open_keys), 0
    pending: list[tuple[str, str]] = []
    sources = [fp for fp, note in notes.items() if any(key in open_keys for key in note["keys"])]
    for batch in workspace.store.rows(ELEMENTS_STAGE, shard, sources, ["content_key", "embedding_text"]):
        for row in batch.to_pylist():
            fp = open_keys.pop(row["content_key"], None)
            if fp is not None:
                pending.append((fp, row["embedding_text"]))
        while len(pending) >= TEXTS_AT_ONCE or (pending and not open_keys):
            now, pending = pending[:TEXTS_AT_ONCE], pending[TEXTS_AT_ONCE:]
            vectors = checked(workspace.text_encoder.encode_documents([text for _, text in now]))
            done += len(now)
            workspace.progress("text vectors", done, total)
            for (fp, _), vector in zip(now, vectors, strict=True):
                yield Unit(fp, pa.table({"fingerprint": [fp], "vector": [vector]}, TEXT_VECTORS))


def refresh_image_vectors(workspace: Workspace, shard: str) -> Refreshed:
    """Embed and classify the pictures of this shard that no shard has embedded with this encoder yet."""
    base = image_base(workspace.settings.encoders)
    notes = _element_notes(workspace, shard)
    needed = {fingerprint(base, image_id): image_id for note in notes.values() for image_id in note["images"]}
    return workspace.store.refresh(
        IMAGE_STAGE,
        shard,
        needed,
        lambda missing: _embed_images(workspace, shard, {needed[fp]: fp for fp in missing}),
        IMAGE_VECTORS,
        donors=workspace.donors,
        force=workspace.force,
    )


def _embed_images(workspace: Workspace, shard: str, open_ids: dict[str, str]) -> Iterator[Unit]:
    total, done = len(open_ids), 0
    order: list[tuple[str, str]] = []

    def pixels() -> Iterator[bytes]:
        for picture in pictures_of(workspace, shard, _holding(workspace, shard, set(open_ids))):
            fp = open_ids.pop(picture["image_id"], None)
            if fp is not None:
                order.append((fp, picture["image_id"]))
                yield picture["data"]

    encoder = workspace.image_encoder
    for batch in encoder.stream_images(pixels()):
        vectors = checked(batch)
        for vector in vectors:
            fp, image_id = order[done]
            done += 1
            row = {"fingerprint": [fp], "image_id": [image_id], "vector": [vector]}
            yield Unit(fp, pa.table(row, IMAGE_VECTORS))
        workspace.progress("image vectors", done, total)


def _holding(workspace: Workspace, shard: str, image_ids: set[str]) -> list[str]:
    """Fingerprints of the extractions whose pictures are among `image_ids`."""
    extractions = {*wanted(workspace, shard), *wanted_links(workspace, shard)}
    notes = workspace.store.notes(EXTRACTIONS_STAGE, shard, extractions)
    return [fp for fp, note in notes.items() if any(image_id in image_ids for image_id, _ in note["pictures"])]


def checked(vectors: Vectors) -> Vectors:
    """The vectors themselves. Raises ValueError when one is not finite or not of unit length (float32: within 1e-3)."""
    norms = np.linalg.norm(vectors, axis=1)
    if not np.all(np.isfinite(norms)) or np.any(np.abs(norms - 1) > 1e-3):
        raise ValueError("the encoder returned a vector that is not finite or not of unit length")
    return vectors
