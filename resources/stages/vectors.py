"""Embeddings, addressed by content: the same words or pixels are embedded once, whatever documents they stand in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from resources.encoders.interface import Vectors
from resources.fingerprints import fingerprint
from resources.stages.element_rows import STAGE as ELEMENTS_STAGE
from resources.stages.element_rows import wanted_elements
from resources.stages.extractions import pictures_of, wanted, wanted_links
from resources.stages.store import Refreshed, Unit
from resources.workspace import Workspace

TEXT_STAGE = "text_vectors"
IMAGE_STAGE = "image_vectors"
CODE_VERSION = "1"  # raise it when the same content gives other vectors
TEXTS_AT_ONCE = 4096
IMAGES_AT_ONCE = 256

TEXT_VECTORS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("content_key", pa.string()),
        ("vector", pa.list_(pa.float32())),
    ]
)
IMAGE_VECTORS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("image_id", pa.string()),
        ("vector", pa.list_(pa.float32())),
        ("figure_kind", pa.string()),
        ("figure_kind_probability", pa.float32()),
    ]
)


def text_base(workspace: Workspace) -> str:
    """What every text vector depends on beside its text: the text encoder."""
    return fingerprint(TEXT_STAGE, CODE_VERSION, workspace.text_digest)


def image_base(workspace: Workspace) -> str:
    """What every image vector and figure kind depends on beside the pixels: the image encoder and the kinds asked for."""
    return fingerprint(IMAGE_STAGE, CODE_VERSION, workspace.image_digest, kinds_options(workspace))


def kinds_options(workspace: Workspace) -> dict[str, object]:
    """The part of the encoder settings that decides which figure kinds are told apart."""
    return workspace.settings.encoders.model_dump(include={"kinds", "kind_prompts", "kind_threshold"})


def wanted_texts(workspace: Workspace, shard: str) -> dict[str, str]:
    """Fingerprint -> content_key of every text of the shard's elements."""
    base = text_base(workspace)
    notes = workspace.store.notes(ELEMENTS_STAGE, shard, wanted_elements(workspace, shard))
    return {fingerprint(base, key): key for note in notes.values() for key in note["keys"]}


def wanted_images(workspace: Workspace, shard: str) -> dict[str, str]:
    """Fingerprint -> image_id of every picture of the shard's elements."""
    base = image_base(workspace)
    notes = workspace.store.notes(ELEMENTS_STAGE, shard, wanted_elements(workspace, shard))
    return {fingerprint(base, image_id): image_id for note in notes.values() for image_id in note["images"]}


def refresh_text_vectors(workspace: Workspace, shard: str) -> Refreshed:
    """Embed the texts of this shard that no shard has embedded with this encoder yet."""
    needed = wanted_texts(workspace, shard)
    return workspace.store.refresh(
        TEXT_STAGE,
        shard,
        needed,
        lambda missing: _embed_texts(workspace, shard, {needed[fp]: fp for fp in missing}),
        TEXT_VECTORS,
        donors=workspace.donors,
        force=workspace.force,
    )


def _embed_texts(workspace: Workspace, shard: str, open_keys: dict[str, str]) -> Iterator[Unit]:
    total, done = len(open_keys), 0
    pending: list[tuple[str, str]] = []
    sources = [fp for fp, note in _element_notes(workspace, shard) if any(key in open_keys for key in note["keys"])]
    for batch in workspace.store.rows(ELEMENTS_STAGE, shard, sources, ["content_key", "embedding_text"]):
        for row in batch.to_pylist():
            fp = open_keys.pop(row["content_key"], None)
            if fp is not None:
                pending.append((fp, row["embedding_text"]))
        while len(pending) >= TEXTS_AT_ONCE or (pending and not open_keys):
            now, pending = pending[:TEXTS_AT_ONCE], pending[TEXTS_AT_ONCE:]
            vectors = checked(workspace.text_encoder.encode([text for _, text in now]))
            done += len(now)
            workspace.progress("text vectors", done, total)
            for (fp, _), vector in zip(now, vectors, strict=True):
                yield Unit(fp, pa.table({"fingerprint": [fp], "content_key": [""], "vector": [vector]}, TEXT_VECTORS))


def _element_notes(workspace: Workspace, shard: str):
    return workspace.store.notes(ELEMENTS_STAGE, shard, wanted_elements(workspace, shard)).items()


def refresh_image_vectors(workspace: Workspace, shard: str) -> Refreshed:
    """Embed and classify the pictures of this shard that no shard has embedded with this encoder yet."""
    needed = wanted_images(workspace, shard)
    return workspace.store.refresh(
        IMAGE_STAGE,
        shard,
        needed,
        lambda missing: _embed_images(workspace, shard, {needed[fp]: fp for fp in missing}),
        IMAGE_VECTORS,
        donors=workspace.donors,
        force=workspace.force,
    )


def checked(vectors: Vectors) -> Vectors:
    """The vectors themselves. Raises ValueError when one is not finite or not of unit length (float32: within 1e-3)."""
    norms = np.linalg.norm(vectors, axis=1)
    if not np.all(np.isfinite(norms)) or np.any(np.abs(norms - 1) > 1e-3):
        raise ValueError("the encoder returned a vector that is not finite or not of unit length")
    return vectors
