"""Every table of the index: columns, key, scalar indexes, and the reason for each odd choice. Opens nothing.

| table | one row is | key | written by |
|---|---|---|---|
| elements | something search can return: a chunk of text, a table, a figure | element_id | one commit per shard |
| documents | a file of the corpus, also one that failed or went | doc_id | one commit per shard |
| images | the pixels of a picture, however many elements show it | image_id | inserted when missing |
| releases | a name that pins a version of the three tables above | name | one row, one commit |

Reasons that hold for all of them:
- Keys are non-null and declared as LanceDB's unenforced primary key: only then do two writers that insert the same
  new key at once conflict. Without it both rows stay, silently, for ever.
- `row_hash` is over the row's other columns, less those in `Table.unhashed`. A merge rewrites a row only where it
  differs, because a rewritten row leaves every index until the next fold.
- Vectors are nullable although every element has a `text_vector`: a change of encoder swaps the column for an empty
  one of the new dimension (no row is rewritten, releases keep the old one) and the next run fills it.
  `Table.filled` names what a written row must have.
- Offsets of `bytes` are 64-bit: a batch of pictures passes 2 GiB.
- Timestamps are microseconds in UTC: Lance, pandas, Polars and DuckDB agree on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pyarrow as pa

from codices.resources.foundation.failure_struct import FAILURE

SCHEMA_VERSION = 3
"""Version of everything below. A change of a column raises it and adds a step to `migrations.py`."""

VERSION_KEY = b"codices.schema_version"
HOME_KEY = b"codices.home"
"""Schema metadata: the version above, and the identity that all tables of one index share."""

TAG_PREFIX = "release-"
"""Of the tag, in every table that a release pins, that keeps its version from being freed."""

TIMESTAMP = pa.timestamp("us", tz="UTC")

ELEMENTS = "elements"
DOCUMENTS = "documents"
IMAGES = "images"
RELEASES = "releases"

MODALITIES = ("text", "table", "figure")
STATES = ("indexed", "failed", "gone")
"""Of a document. `gone` is a tombstone: the file left the corpus at `gone_at`."""

UNSPACED_TEXT = "unspaced_text"

VECTOR_COLUMNS = ("text_vector", "image_vector")

ScalarKind = Literal["btree", "bitmap", "label_list"]

BOX = pa.struct(
    [
        pa.field("page", pa.int32()),
        # Fractions of the page's width and height, origin top left: the same at every resolution.
        pa.field("x0", pa.float32()),
        pa.field("y0", pa.float32()),
        pa.field("x1", pa.float32()),
        pa.field("y1", pa.float32()),
    ]
)


@dataclass(frozen=True)
class Table:
    """What a table is: `columns(text_dimension, image_dimension)`, `key`, indexes, what a row must fill, and the only
    `values` that some columns may have."""

    name: str
    key: str
    columns: Callable[[int, int], list[pa.Field]]
    scalar_indexes: Mapping[str, ScalarKind]
    filled: tuple[str, ...] = ()
    unhashed: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    vectors: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()  # from vectors: not hashed, like these, where the row's `fingerprint` says whence

    def schema(self, text_dimension: int, image_dimension: int, home: str = "") -> pa.Schema:
        """Arrow schema of a fresh table; `home` is the identity that it is stamped with."""
        metadata: dict[bytes | str, bytes | str] = {VERSION_KEY: str(SCHEMA_VERSION), HOME_KEY: home}
        return pa.schema(self.columns(text_dimension, image_dimension), metadata=metadata)


def vector(dimension: int) -> pa.DataType:
    """Unit-length float32 vectors. Float16 would halve the table and cost nothing here, but pandas, DuckDB and
    pgvector do not read it."""
    return pa.list_(pa.float32(), dimension)


def second_vector(dimension: int) -> pa.DataType:
    """The same, called a tensor. LanceDB picks the column to search by itself only where a table has one list of
    floats, so that `elements.search("words")` finds `text_vector`; whatever reads a vector reads a tensor as well."""
    return pa.fixed_shape_tensor(pa.float32(), [dimension])


def dimension_of(kind: pa.DataType) -> int:
    """Dimension of a column of vectors, of either type."""
    storage = kind.storage_type if isinstance(kind, pa.FixedShapeTensorType) else kind
    assert isinstance(storage, pa.FixedSizeListType)
    return storage.list_size


def is_vector(kind: pa.DataType) -> bool:
    """Whether a column of this type holds vectors."""
    return isinstance(kind, pa.FixedSizeListType | pa.FixedShapeTensorType)


def _element_columns(text_dimension: int, image_dimension: int) -> list[pa.Field]:
    return [
        pa.field("element_id", pa.string(), nullable=False),
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("modality", pa.string(), nullable=False),
        pa.field("ordinal", pa.int32()),
        pa.field("pages", pa.list_(pa.int32())),
        pa.field("boxes", pa.list_(BOX)),
        pa.field("heading_path", pa.list_(pa.string())),
        pa.field("caption", pa.string()),
        pa.field("ocr_text", pa.string()),
        pa.field("html", pa.string()),
        # All words the element is found by, in one column: LanceDB cannot weigh two full-text columns in a query.
        pa.field("text", pa.string(), nullable=False),
        # What of `text` is in scripts without spaces between words, for an index that cuts them (`unspaced.py`).
        # LanceDB cannot choose between two full-text indexes of one column. Not hashed: it follows from `text`.
        pa.field(UNSPACED_TEXT, pa.string()),
        # Exact and case-folded: the tokenizer splits `ERR_SSL_VERSION` and UUIDs at punctuation.
        pa.field("identifiers", pa.list_(pa.string())),
        # A figure's own image file, relative to the corpus; null where it was cut out of a page.
        pa.field("source_path", pa.string()),
        pa.field("text_vector", vector(text_dimension)),
        pa.field("image_vector", second_vector(image_dimension)),
        pa.field("image_id", pa.string()),
        pa.field("figure_kind", pa.string()),
        pa.field("figure_kind_probability", pa.float32()),
        pa.field("content_key", pa.string()),
        pa.field("row_hash", pa.string(), nullable=False),
        # Of the vectors and the kind: what they were computed from. Hashed in their place, since the last bits of a
        # vector depend on what else was in its batch, and a run that was killed must end in the rows of any other.
        pa.field("fingerprint", pa.string()),
    ]


def _document_columns(text_dimension: int, image_dimension: int) -> list[pa.Field]:
    return [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("content_hash", pa.string()),
        pa.field("media_type", pa.string()),
        pa.field("title", pa.string()),
        pa.field("pages", pa.int32()),
        pa.field("bytes", pa.int64()),
        # Of the file that the row was made of: to touch a file alone makes no new row.
        pa.field("modified_at", TIMESTAMP),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("error", FAILURE),
        pa.field("warnings", pa.list_(FAILURE)),
        pa.field("elements", pa.int32()),
        pa.field("indexed_at", TIMESTAMP),
        # Rows are kept when a file goes (state `gone`): someone will ask where a document went, and when.
        pa.field("gone_at", TIMESTAMP),
        pa.field("run_id", pa.string()),
        pa.field("row_hash", pa.string(), nullable=False),
    ]


def _image_columns(text_dimension: int, image_dimension: int) -> list[pa.Field]:
    return [
        pa.field("image_id", pa.string(), nullable=False),
        # Plain binary, not Lance's blob encoding: metadata scans do not read it anyway, and blob columns break
        # Polars, DuckDB's `select *` and bytes in search results.
        pa.field("bytes", pa.large_binary(), nullable=False),
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("media_type", pa.string()),
    ]


def _release_columns(text_dimension: int, image_dimension: int) -> list[pa.Field]:
    return [
        pa.field("name", pa.string(), nullable=False),
        pa.field("created_at", TIMESTAMP, nullable=False),
        # Every time the release became `latest`, in order; `latest` is the release with the greatest one. A list,
        # because a rollback promotes a release again and "what did readers see on Monday" must stay answerable.
        pa.field("promotions", pa.list_(TIMESTAMP)),
        # Taken out of the list by retention; its versions are freed a grace time later, for readers that hold it. The
        # row of one that was promoted stays, without metrics and settings: what readers saw must stay answerable.
        pa.field("retired_at", TIMESTAMP),
        # JSON, because what a release measures and is set to grows without a migration.
        pa.field("versions", pa.string(), nullable=False),
        pa.field("metrics", pa.string(), nullable=False),
        pa.field("settings", pa.string(), nullable=False),
        pa.field("note", pa.string()),
    ]


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            ELEMENTS,
            key="element_id",
            columns=_element_columns,
            scalar_indexes={
                "element_id": "btree",  # merges look rows up by it
                "doc_id": "btree",
                "path": "btree",
                "image_id": "btree",
                "shard": "bitmap",
                "modality": "bitmap",
                "figure_kind": "bitmap",
                "identifiers": "label_list",  # array_has_any(identifiers, [...]) is exact and indexed
            },
            filled=("text_vector",),
            unhashed=("row_hash", UNSPACED_TEXT),
            derived=("figure_kind", "figure_kind_probability"),
            values={"modality": MODALITIES},
            vectors=VECTOR_COLUMNS,
        ),
        Table(
            DOCUMENTS,
            key="doc_id",
            columns=_document_columns,
            scalar_indexes={"doc_id": "btree", "path": "btree", "shard": "bitmap", "state": "bitmap"},
            unhashed=("row_hash", "run_id", "indexed_at"),
            values={"state": STATES},
        ),
        Table(IMAGES, key="image_id", columns=_image_columns, scalar_indexes={"image_id": "btree"}),
        Table(RELEASES, key="name", columns=_release_columns, scalar_indexes={}),
    )
}

DATA_TABLES = (ELEMENTS, DOCUMENTS, IMAGES)
"""What a release pins, in the order in which a shard is written: a document's row says `indexed` only after its
elements and pictures are there."""


def elements_schema(text_dimension: int, image_dimension: int) -> pa.Schema:
    """Rows for `Tables.replace_shard("elements", …)`. `row_hash` is computed there; rows need not have it."""
    return pa.schema(_element_columns(text_dimension, image_dimension))


def documents_schema() -> pa.Schema:
    """Rows for `Tables.replace_shard("documents", …)`; `row_hash` and `gone_at` need not be given."""
    return pa.schema(_document_columns(0, 0))


def images_schema() -> pa.Schema:
    """Rows for `Tables.add_images`."""
    return pa.schema(_image_columns(0, 0))


def metadata_of(schema: pa.Schema) -> dict[str, Any]:
    """`{"schema_version": int, "home": str}` of a table's Arrow schema; version 0 where it carries none."""
    metadata = schema.metadata or {}
    return {
        "schema_version": int(metadata.get(VERSION_KEY, b"0")),
        "home": metadata.get(HOME_KEY, b"").decode(),
    }
