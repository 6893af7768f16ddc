"""A release in PostgreSQL with pgvector: schema `codices`, one transaction, so readers see the old release or the new.

Tables `elements`, `documents`, `images` with the columns of schema.py (lists as arrays, structs as jsonb), HNSW indexes
on both vector columns, GIN indexes on identifiers and on `words`, the text as PostgreSQL's own full-text vector.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
from lancedb.table import LanceTable
from pgvector.psycopg import register_vector
from psycopg import sql
from psycopg.types.json import Jsonb

from codices.resources.index.publish.change import Change, PublishError
from codices.resources.index.releases import OpenRelease
from codices.resources.index.schema import (
    DATA_TABLES,
    DOCUMENTS,
    ELEMENTS,
    IMAGES,
    TABLES,
    VECTOR_COLUMNS,
    dimension_of,
    is_vector,
)

SCHEMA = sql.Identifier("codices")
MAX_INDEXED_DIMENSION = 2000
"""Of pgvector's HNSW over `vector`; longer vectors are scanned."""

_BATCH_ROWS = {IMAGES: 32}
_INDEXES = {
    ELEMENTS: {"elements_identifiers": "USING gin (identifiers)", "elements_doc_id": "(doc_id)"},
    DOCUMENTS: {"documents_path": "(path)"},
    IMAGES: {},
}
_STATES = {DOCUMENTS: "state != 'gone'"}


def publish_to_postgres(release: OpenRelease, url: str) -> dict[str, Change]:
    """See `publish`. A run that is killed leaves what was there; the next one starts over, with what differs only."""
    try:
        with psycopg.connect(url) as connection:
            _prepare(connection, release)
            changes = {name: _copy(connection, name, _table(release, name)) for name in DATA_TABLES}
            _index(connection, release)
            connection.execute(
                sql.SQL("INSERT INTO {}.releases (name, settings) VALUES (%s, %s)").format(SCHEMA),
                (release.name, Jsonb(_storable(release.settings))),
            )
        return changes
    except psycopg.Error as error:
        raise PublishError(
            f"publishing {release.name} to PostgreSQL: {str(error).strip()}. Nothing was changed"
        ) from error


def _table(release: OpenRelease, name: str) -> LanceTable:
    return {ELEMENTS: release.elements, DOCUMENTS: release.documents, IMAGES: release.images}[name]


def _prepare(connection: psycopg.Connection[Any], release: OpenRelease) -> None:
    """Extension, schema and tables; a table whose columns are not today's (another dimension) is made anew."""
    connection.execute("SELECT pg_advisory_xact_lock(hashtext('codices.publish'))")
    try:
        # Only where it is missing: making it takes rights that serving accounts lack.
        if not connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
            connection.execute("CREATE EXTENSION vector")
    except psycopg.Error as error:
        raise PublishError(
            f"this PostgreSQL has no pgvector ({str(error).strip()}): install it, and let a superuser run CREATE "
            "EXTENSION vector"
        ) from error
    register_vector(connection)
    connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(SCHEMA))
    connection.execute(
        sql.SQL(
            "CREATE TABLE IF NOT EXISTS {}.releases (published_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(), "
            "name text NOT NULL, settings jsonb)"
        ).format(SCHEMA)
    )
    for name in DATA_TABLES:
        columns = _columns(_table(release, name).schema)
        if [*columns.items()] != _standing(connection, name):
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}.{}").format(SCHEMA, sql.Identifier(name)))
            declared: list[sql.Composable] = [
                sql.SQL("{} {}").format(sql.Identifier(column), _type(kind)) for column, kind in columns.items()
            ]
            declared.append(sql.SQL("PRIMARY KEY ({})").format(sql.Identifier(TABLES[name].key)))
            if name == ELEMENTS:
                # Cut, because a tsvector holds no more than 1 MiB.
                words = (
                    "words tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, left(text, 200000))) STORED"
                )
                declared.append(sql.SQL(words))
            connection.execute(
                sql.SQL("CREATE TABLE {}.{} ({})").format(SCHEMA, sql.Identifier(name), sql.SQL(", ").join(declared))
            )


def _standing(connection: psycopg.Connection[Any], name: str) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) "
        "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        (f"codices.{name}",),
    ).fetchall()


_TYPES: dict[pa.DataType, str] = {
    pa.string(): "text",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.float32(): "real",
    pa.large_binary(): "bytea",
    pa.timestamp("us", tz="UTC"): "timestamp with time zone",
}


def _columns(schema: pa.Schema) -> dict[str, str]:
    """PostgreSQL type of every column."""
    return {field.name: _type_of(field.type) for field in schema}


def _type_of(kind: pa.DataType) -> str:
    if is_vector(kind):
        return f"vector({dimension_of(kind)})"
    if pa.types.is_list(kind) and kind.value_type in _TYPES:
        return f"{_TYPES[kind.value_type]}[]"
    return _TYPES.get(kind, "jsonb")


def _type(kind: str) -> sql.Composable:
    # Only from the two functions above, never from data.
    return sql.Composed([sql.SQL(kind)])  # pyright: ignore[reportArgumentType]


def _copy(connection: psycopg.Connection[Any], name: str, table: LanceTable) -> Change:
    """Make the PostgreSQL table hold the rows of `table`, touching only what differs."""
    key, columns = TABLES[name].key, _columns(table.schema)
    target, staged = sql.SQL("{}.{}").format(SCHEMA, sql.Identifier(name)), sql.Identifier(f"staged_{name}")
    # Pictures are named by their content: the key is the hash.
    hashed = "row_hash" if "row_hash" in columns else key
    parts = {"target": target, "key": sql.Identifier(key), "hash": sql.Identifier(hashed), "staged": staged}
    connection.execute("CREATE TEMP TABLE wanted (key text PRIMARY KEY, hash text) ON COMMIT DROP")
    pairs = table.to_lance().to_batches(columns=list(dict.fromkeys([key, hashed])), filter=_STATES.get(name))
    with connection.cursor().copy("COPY wanted FROM STDIN WITH (FORMAT BINARY)") as copy:
        copy.set_types(["text", "text"])
        for batch in pairs:
            for row in zip(batch.column(key).to_pylist(), batch.column(hashed).to_pylist(), strict=True):
                copy.write_row(row)
    removed = connection.execute(
        sql.SQL("DELETE FROM {target} t WHERE NOT EXISTS (SELECT 1 FROM wanted w WHERE w.key = t.{key})").format(
            **parts
        )
    ).rowcount
    missing = connection.execute(
        sql.SQL(
            "SELECT w.key FROM wanted w LEFT JOIN {target} t ON t.{key} = w.key WHERE t.{hash} IS DISTINCT FROM w.hash"
        ).format(**parts)
    )
    needed = {row[0] for row in missing}
    if needed:
        connection.execute(
            sql.SQL("CREATE TEMP TABLE {staged} (LIKE {target} INCLUDING GENERATED) ON COMMIT DROP").format(**parts)
        )
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {staged} ({names}) FROM STDIN WITH (FORMAT BINARY)").format(names=names, **parts)
        with connection.cursor().copy(statement) as copy:
            copy.set_types([kind.split("(")[0] if kind.startswith("vector") else kind for kind in columns.values()])
            for row in _rows(table, name, key, needed):
                copy.write_row(row)
        updates = sql.SQL(", ").join(
            sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(c)) for c in columns if c != key
        )
        connection.execute(
            sql.SQL(
                "INSERT INTO {target} ({names}) SELECT {names} FROM {staged} "
                "ON CONFLICT ({key}) DO UPDATE SET {updates}"
            ).format(names=names, updates=updates, **parts)
        )
    connection.execute("DROP TABLE wanted")
    total = connection.execute(sql.SQL("SELECT count(*) FROM {target}").format(**parts)).fetchone()
    return Change(len(needed), removed, total[0] if total else 0)


def _rows(table: LanceTable, name: str, key: str, needed: set[str]) -> Iterator[Sequence[Any]]:
    converters = [_converter(field.type) for field in table.schema]
    batches = table.to_lance().to_batches(batch_size=_BATCH_ROWS.get(name, 1024), filter=_STATES.get(name))
    for batch in batches:
        kept = [position for position, each in enumerate(batch.column(key).to_pylist()) if each in needed]
        columns = batch.select(table.schema.names).take(pa.array(kept, pa.int64())).to_pydict()
        for row in zip(*columns.values(), strict=True):
            yield [None if value is None else convert(value) for value, convert in zip(row, converters, strict=True)]


def _converter(kind: pa.DataType) -> Callable[[Any], Any]:
    if is_vector(kind):
        return lambda value: np.asarray(value, np.float32)
    if _type_of(kind) == "jsonb":
        return lambda value: Jsonb(_storable(value))
    return _storable


def _storable(value: Any) -> Any:
    """`value` without NUL, the one character that PostgreSQL's text and jsonb cannot hold."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, Mapping):
        return {_storable(key): _storable(each) for key, each in value.items()}
    return value


def _index(connection: psycopg.Connection[Any], release: OpenRelease) -> None:
    """After the rows: a graph built at once is better and sooner there than one grown row by row."""
    create = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {}.{} ")
    wanted = [(name, index, using) for name, indexes in _INDEXES.items() for index, using in indexes.items()]
    wanted.append((ELEMENTS, "elements_words", "USING gin (words)"))
    for column in VECTOR_COLUMNS:
        if dimension_of(release.elements.schema.field(column).type) <= MAX_INDEXED_DIMENSION:
            wanted.append((ELEMENTS, f"elements_{column}", f"USING hnsw ({column} vector_cosine_ops)"))
    for name, index, using in wanted:
        statement = create.format(sql.Identifier(index), SCHEMA, sql.Identifier(name))
        connection.execute(sql.Composed([statement, _type(using)]))
