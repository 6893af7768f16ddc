"""A small index with real vectors, written through the real tables: what searches are tried on."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from PIL import Image, ImageDraw

from codices.resources.encoders import EncoderOptions, load_image_encoder, load_text_encoder
from codices.resources.identifiers.identifiers import extract_identifiers, identifier_forms
from codices.resources.index.building import build_indexes
from codices.resources.index.releases import cut_release
from codices.resources.index.schema import elements_schema, images_schema
from codices.resources.index.tables import open_tables
from codices.resources.search import Index, open_index
from codices.resources.search.release_settings import release_settings
from codices.resources.settings.index_options import IndexOptions
from codices.resources.settings.search_options import SearchOptions

PAGES: dict[str, list[str]] = {
    "guide/balancing.md": [
        "Load balancing. The gateway spreads requests over the members of a pool, weighted by their capacity.",
        "Health checks. A member that fails three checks in a row is taken out of the pool until it answers again.",
        "Sticky sessions. A cookie binds a client to one member for as long as that member is healthy.",
    ],
    "guide/certificates.md": [
        "Renewing certificates. The agent asks for a new certificate thirty days before the old one expires.",
        "When the handshake fails with ERR_TLS_VERSION, raise the minimum protocol with --tls-min-version.",
        "Private keys never leave the machine; only the signing request is sent to the authority.",
    ],
    "guide/backup.md": [
        "Nightly backups are written to object storage and kept for ninety days.",
        "Restoring: stop the writer, choose a snapshot such as 7f3c9a1e-52d4-4c1b-9a57-0f6f0e3d2b11, start the writer.",
        "A restore drill is held every quarter; its duration is noted in the run book.",
    ],
    "guide/backup-old.md": ["Nightly backups are written to object storage and kept for ninety days."],
    "guide/mail.md": [
        "The notifier sends mail through mail-relay-03.example.net and retries for a day.",
        "Out of office replies are dropped, and a bounced address is muted after three bounces.",
    ],
    "tables/limits.md": ["Limits per plan: requests per second, pools, members, certificates, log retention."],
}
FIGURES = {
    "guide/pool.png": ("guide/balancing.md", "Overview drawing: clients, gateway and two pools", "client gateway pool"),
    "guide/renewal.png": ("guide/certificates.md", "Timeline of a certificate's renewal", "day 60 renew day 90"),
    "guide/drill.png": ("guide/backup.md", "Screenshot of the restore drill", "restore v4.2.1-rc.3 finished"),
}


def picture(words: str) -> bytes:
    """A PNG with `words` on it."""
    image = Image.new("RGB", (320, 180), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 300, 160), outline="navy", width=3)
    draw.text((40, 80), words, fill="black")
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def element(path: str, ordinal: int, text: str, modality: str = "text", **more: Any) -> dict[str, Any]:
    identifiers = identifier_forms(extract_identifiers(text), from_ocr=modality == "figure")
    return {
        "element_id": hashlib.sha256(f"{path}{ordinal}".encode()).hexdigest()[:24],
        "doc_id": hashlib.sha256(path.encode()).hexdigest()[:24],
        "path": path,
        "shard": "0",
        "modality": modality,
        "ordinal": ordinal,
        "pages": [],
        "boxes": [],
        "heading_path": [path.split("/")[1].split(".")[0].title()],
        "caption": "",
        "ocr_text": "",
        "html": "",
        "text": text,
        "identifiers": identifiers,
        "source_path": None,
        "image_id": None,
        "content_key": hashlib.sha256(text.encode()).hexdigest()[:24],
        "fingerprint": "test",
        **more,
    }


def all_elements() -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The rows without vectors, and the pictures by image_id. Every picture is in a page and a file of its own."""
    rows = [
        element(path, ordinal, text, "table" if path.startswith("tables/") else "text")
        for path, texts in PAGES.items()
        for ordinal, text in enumerate(texts)
    ]
    pictures: dict[str, bytes] = {}
    for source, (page, caption, words) in FIGURES.items():
        data = picture(words)
        image_id = hashlib.sha256(data).hexdigest()
        pictures[image_id] = data
        shown = {"source_path": source, "image_id": image_id, "ocr_text": words}
        rows.append(element(page, 100, f"{caption}\n{words}", "figure", caption=caption, **shown))
        rows.append(element(source, 0, words, "figure", **shown))
    return rows, pictures


def write_index(home: Path, rows: list[dict[str, Any]], pictures: dict[str, bytes], settings: dict[str, Any]) -> None:
    """An index in `home` with these rows (vectors included) as its only release."""
    tables = open_tables(home / "lancedb")
    tables.ensure(text_dimension=384, image_dimension=384)
    schema = elements_schema(384, 384)
    fields = pa.schema([field for field in schema if field.name in rows[0]])
    tables.replace_shard("elements", "0", pa.Table.from_pylist(rows, schema=fields))
    stored = [
        {"image_id": key, "bytes": data, "width": 320, "height": 180, "media_type": "image/png"}
        for key, data in pictures.items()
    ]
    tables.add_images(pa.Table.from_pylist(stored, schema=images_schema()))
    build_indexes(tables, IndexOptions())
    cut_release(tables, "first", metrics={}, settings=settings)


def embed_and_write(home: Path, rows: list[dict[str, Any]], pictures: dict[str, bytes]) -> None:
    """`write_index` with the vectors that the `embedded` models give."""
    texts = list({row["text"]: None for row in rows})
    text_vectors = dict(zip(texts, load_text_encoder(EncoderOptions()).encode(texts), strict=True))
    image_vectors = dict(
        zip(pictures, load_image_encoder(EncoderOptions()).encode_images(pictures.values()), strict=True)
    )
    for row in rows:
        row["text_vector"] = text_vectors[row["text"]]
        row["image_vector"] = image_vectors.get(row["image_id"])
    write_index(home, rows, pictures, release_settings(EncoderOptions(), SearchOptions()))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the pages and figures above. Read it, do not change it."""
    folder = tmp_path_factory.mktemp("search")
    embed_and_write(folder, *all_elements())
    return folder


@pytest.fixture(scope="session")
def index(home: Path) -> Index:
    return open_index(home)


@pytest.fixture
def ids_of() -> Callable[[Any], list[str]]:
    """element ids of results, best first."""
    return lambda results: results.to_arrow().column("element_id").to_pylist()
