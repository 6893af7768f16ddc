"""Embeddings, addressed by content: the same words or pixels are embedded once, whatever documents they stand in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from codices.resources.encoders import image_encoder_digest, text_encoder_digest
from codices.resources.encoders.common.sparing import PLAIN_TEXT, checked, plain_picture, vectors_or_faults
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.stages.element_rows import STAGE as ELEMENTS_STAGE
from codices.resources.stages.element_rows import ElementsNote, Source, wanted_elements
from codices.resources.stages.extractions import STAGE as EXTRACTIONS_STAGE
from codices.resources.stages.extractions import pictures_of, wanted, wanted_links
from codices.resources.stages.stage import Stage
from codices.resources.stages.workspace import Workspace
from codices.resources.store.kept import KEPT
from codices.resources.store.losses import StageStoreError
from codices.resources.store.manifest import Unit

TEXT_STAGE = "text_vectors"
IMAGE_STAGE = "image_vectors"
CODE_VERSION = "1"  # raise it when the same content gives other vectors
TEXTS_AT_ONCE = 1024  # sorted by length into batches; a killed run loses no more, and progress moves as often

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


def _element_notes(workspace: Workspace, shard: str) -> dict[str, ElementsNote]:
    return workspace.store.notes(ELEMENTS_STAGE, shard, wanted_elements(workspace, shard))


def _wanted_texts(workspace: Workspace, shard: str) -> dict[str, str]:
    """Fingerprint -> content_key of every text of the shard's elements."""
    base = workspace.once(text_base, workspace.settings.encoders)
    return {fingerprint(base, key): key for note in _element_notes(workspace, shard).values() for key in note["keys"]}


def _wanted_images(workspace: Workspace, shard: str) -> dict[str, str]:
    """Fingerprint -> image_id of every picture that the shard's elements show."""
    base = workspace.once(image_base, workspace.settings.encoders)
    notes = _element_notes(workspace, shard)
    return {fingerprint(base, image_id): image_id for note in notes.values() for image_id in note["images"]}


def _lasts(workspace: Workspace, note: Any) -> bool:
    """What could not be embedded has a note, and is tried again when that is asked for."""
    return not (workspace.retry_failed and note)


@dataclass(frozen=True)
class Unembedded:
    """What could not be embedded of one document: without the vector of a text it has failed, a picture is only not
    found by what it looks like."""

    texts: tuple[Failure, ...]
    pictures: tuple[Failure, ...]


def unembedded(workspace: Workspace, shard: str, sources: Mapping[str, Source]) -> dict[str, Unembedded]:
    """doc_id -> what could not be embedded, of the documents that have such. `sources`: the shard's wanted elements."""
    texts, pictures = _faults(workspace, TEXT_STAGE, shard), _faults(workspace, IMAGE_STAGE, shard)
    if not texts and not pictures:
        return {}
    encoders = workspace.settings.encoders
    text, image = workspace.once(text_base, encoders), workspace.once(image_base, encoders)
    found = {}
    for fp, note in workspace.store.notes(ELEMENTS_STAGE, shard, sources).items():
        lost_texts = [texts.get(fingerprint(text, key)) for key in note["keys"]]
        lost_pictures = [pictures.get(fingerprint(image, each)) for each in note["images"]]
        lost = Unembedded(tuple(filter(None, lost_texts)), tuple(filter(None, lost_pictures)))
        if lost.texts or lost.pictures:
            found[sources[fp].doc_id] = lost
    return found


def _faults(workspace: Workspace, stage: str, shard: str) -> dict[str, Failure]:
    """Fingerprint -> why it could not be embedded."""
    store = workspace.store

    def found() -> dict[str, Failure]:
        notes = store.manifest(stage, shard).notes
        return {fp: Failure(**note["failure"]) for fp, note in notes.items() if note}

    return KEPT.get((store.folder.url, "faults", stage, shard), store.stamp(stage, shard), found)


def _embed_texts(workspace: Workspace, shard: str, missing: Mapping[str, str]) -> Iterator[Unit]:
    notes, open_keys = _element_notes(workspace, shard), {key: fp for fp, key in missing.items()}
    total, done = len(open_keys), 0
    workspace.progress("text vectors", done, total)
    pending: list[tuple[str, str]] = []
    sources = [fp for fp, note in notes.items() if any(key in open_keys for key in note["keys"])]
    for batch in workspace.store.rows(ELEMENTS_STAGE, shard, sources, ["content_key", "embedding_text"]):
        for row in batch.to_pylist():
            fp = open_keys.pop(row["content_key"], None)
            if fp is not None:
                pending.append((fp, row["embedding_text"]))
        while len(pending) >= TEXTS_AT_ONCE or (pending and not open_keys):
            now, pending = pending[:TEXTS_AT_ONCE], pending[TEXTS_AT_ONCE:]
            encode = workspace.text_encoder.encode_documents
            outcomes = vectors_or_faults(encode, [text for _, text in now], PLAIN_TEXT)
            done += len(now)
            workspace.progress("text vectors", done, total)
            for (fp, _), outcome in zip(now, outcomes, strict=True):
                yield _unit(fp, outcome, TEXT_VECTORS)


def _embed_images(workspace: Workspace, shard: str, missing: Mapping[str, str]) -> Iterator[Unit]:
    """Where a batch fails, the pictures that the encoder had taken are done one by one, and the stream goes on."""
    open_ids = {image_id: fp for fp, image_id in missing.items()}
    total, done = len(open_ids), 0
    workspace.progress("image vectors", done, total)
    encoder = workspace.image_encoder
    pictures = _open_pictures(workspace, shard, open_ids)
    taken: deque[tuple[str, str, bytes]] = deque()  # by the encoder, without a vector yet

    def pixels() -> Iterator[bytes]:
        for picture in pictures:
            taken.append(picture)
            yield picture[2]

    def unit(outcome: np.ndarray | Failure) -> Unit:
        fp, image_id, _ = taken.popleft()
        return _unit(fp, outcome, IMAGE_VECTORS, image_id=image_id)

    broken = True
    while broken:
        broken = False
        batches = iter(encoder.stream_images(pixels()))
        while True:
            try:
                batch = checked(next(batches))
            except StopIteration:
                break
            except StageStoreError:
                raise
            except Exception:
                if not taken:  # it failed before it had any picture
                    raise
                broken = True
                break
            for vector in batch:
                done += 1
                yield unit(vector)
            workspace.progress("image vectors", done, total)
        if broken:
            for outcome in vectors_or_faults(encoder.encode_images, [data for *_, data in taken], plain_picture()):
                done += 1
                yield unit(outcome)
            workspace.progress("image vectors", done, total)


def _open_pictures(workspace: Workspace, shard: str, open_ids: dict[str, str]) -> Iterator[tuple[str, str, bytes]]:
    """(fingerprint, image_id, bytes) of each picture of `open_ids` (image_id -> fingerprint), once."""
    for picture in pictures_of(workspace, shard, _holding(workspace, shard, set(open_ids))):
        fp = open_ids.pop(picture["image_id"], None)
        if fp is not None:
            yield fp, picture["image_id"], picture["data"]


def _unit(fp: str, outcome: np.ndarray | Failure, schema: pa.Schema, **columns: str) -> Unit:
    if isinstance(outcome, Failure):
        return Unit(fp, schema.empty_table(), {"failure": vars(outcome)})
    row = {"fingerprint": [fp], **{name: [value] for name, value in columns.items()}, "vector": [outcome]}
    return Unit(fp, pa.table(row, schema))


def _holding(workspace: Workspace, shard: str, image_ids: set[str]) -> list[str]:
    """Fingerprints of the extractions whose pictures are among `image_ids`."""
    extractions = {*wanted(workspace, shard), *wanted_links(workspace, shard)}
    notes = workspace.store.notes(EXTRACTIONS_STAGE, shard, extractions)
    return [fp for fp, note in notes.items() if any(image_id in image_ids for image_id, _ in note["pictures"])]


TEXT_EMBEDDING = Stage(
    TEXT_STAGE,
    "text vectors",
    TEXT_VECTORS,
    base=lambda settings: text_base(settings.encoders),
    wanted=_wanted_texts,
    compute=_embed_texts,
    lasts=_lasts,
)
IMAGE_EMBEDDING = Stage(
    IMAGE_STAGE,
    "image vectors",
    IMAGE_VECTORS,
    base=lambda settings: image_base(settings.encoders),
    wanted=_wanted_images,
    compute=_embed_images,
    lasts=_lasts,
)
