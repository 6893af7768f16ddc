"""Every file is parsed once, in an isolated worker; so is every picture that a document links to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from resources.corpus import Corpus
from resources.extraction.model import ExtractionError
from resources.extraction.options import ExtractionOptions
from resources.extraction.run import extract_documents
from resources.fingerprints import fingerprint
from resources.stages.documents import documents, hash_of, links, write_rows
from resources.stages.extraction_rows import EXTRACTIONS, extraction_to_table
from resources.stages.store import Refreshed, Unit
from resources.workspace import Workspace

STAGE = "extractions"
CODE_VERSION = "4"  # raise it when the same file gives another result
LIBRARIES = ("pypdfium2", "rapid-layout", "rapid-table")  # an upgrade of these changes what is found
TRANSIENT = ("changed_while_read", "vanished", "unreadable")
_RUNTIME_OPTIONS = {"timeout_seconds", "memory_gib", "workers", "pages_per_job"}  # they decide whether, not what

LINKS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("target", pa.string()),
        ("path", pa.string()),
        ("revision", pa.string()),
        ("content_hash", pa.string()),
    ]
)


def base_fingerprint(options: ExtractionOptions) -> str:
    """What every extraction depends on beside the file: code, options, libraries."""
    return fingerprint(
        STAGE,
        CODE_VERSION,
        str(EXTRACTIONS),
        options.model_dump(exclude=_RUNTIME_OPTIONS),
        _library_versions(),
    )


@cache
def _library_versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


def extraction_fingerprint(base: str, path: str, content_hash: str) -> str:
    """Of one file: its content, and the suffix that tells Markdown from plain text; a moved file keeps it."""
    return fingerprint(base, content_hash, PurePosixPath(path).suffix.lower())


def readable(workspace: Workspace, shard: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(fingerprint of its extraction, document) of every document of the shard that can be read. Two documents of the
    same content share the fingerprint."""
    base = base_fingerprint(workspace.settings.extraction)
    for row in documents(workspace, shard):
        if row["state"] != "gone" and row["content_hash"] is not None:
            yield extraction_fingerprint(base, row["path"], row["content_hash"]), row


def wanted(workspace: Workspace, shard: str) -> dict[str, dict[str, Any]]:
    """Fingerprint -> a document of this content, for everything in the shard that can be read."""
    return dict(readable(workspace, shard))


def wanted_links(workspace: Workspace, shard: str) -> dict[str, dict[str, Any]]:
    """Fingerprint -> link, for every picture that a document of the shard links to."""
    base = base_fingerprint(workspace.settings.extraction)
    return {
        extraction_fingerprint(base, row["path"], row["content_hash"]): {**row, "doc_id": None}
        for row in links(workspace, shard)
        if row["content_hash"] is not None
    }


def refresh_extractions(workspace: Workspace, shard: str) -> Refreshed:
    """Parse what is new in this shard: documents first, then the pictures that they link to."""
    own = wanted(workspace, shard)
    failed = to_retry(workspace, shard, own)
    report = _refresh(workspace, shard, own, {**wanted_links(workspace, shard), **own}, failed)
    _refresh_links(workspace, shard)
    linked = wanted_links(workspace, shard)
    failed = to_retry(workspace, shard, linked.keys() - own.keys())
    forced, workspace.force = workspace.force, False  # documents were just computed
    try:
        return report + _refresh(workspace, shard, linked, {**linked, **own}, failed)
    finally:
        workspace.force = forced


def to_retry(workspace: Workspace, shard: str, fingerprints: Collection[str]) -> set[str]:
    """Failures that may not come again are always tried again, the others when that is asked for."""
    notes = workspace.store.notes(STAGE, shard, fingerprints)
    return {
        fp
        for fp, note in notes.items()
        if note["failed"] in TRANSIENT or (workspace.retry_failed and (note["failed"] or note["warnings"]))
    }


def _refresh(
    workspace: Workspace,
    shard: str,
    jobs: dict[str, dict[str, Any]],
    keep: dict[str, dict[str, Any]],
    again: Collection[str],
) -> Refreshed:
    """`keep` is everything that stays; of it, what is missing is computed when it is among `jobs`."""
    known = workspace.store.manifest(STAGE, shard).live
    stay = {fp: row for fp, row in keep.items() if fp in jobs or fp in known}

    def compute(missing: list[str]) -> Iterator[Unit]:
        yield from _extract(workspace, {fp: stay[fp] for fp in missing})

    return workspace.store.refresh(
        STAGE, shard, stay, compute, EXTRACTIONS, donors=workspace.donors, force=workspace.force, again=again
    )


def _extract(workspace: Workspace, rows: dict[str, dict[str, Any]]) -> Iterator[Unit]:
    by_path = {row["path"]: (fp, row) for fp, row in sorted(rows.items(), key=lambda item: item[1]["path"])}
    documents = [(path, _revision(row)) for path, (_, row) in by_path.items()]
    outcomes = extract_documents(workspace.corpus, documents, workspace.settings.extraction)
    for done, (path, outcome) in enumerate(outcomes, start=1):
        fp, row = by_path[path]
        table = extraction_to_table(fp, row["doc_id"] or "", outcome)
        workspace.progress("extraction", done, len(documents))
        yield Unit(fp, table, _note(table))


def _revision(row: dict[str, Any]) -> str | None:
    return None if row.get("container") is not None else row["revision"]  # a linked picture has no such column


def _note(table: pa.Table) -> dict[str, Any]:
    """What later stages plan with, without reading the row: links, pictures to read, pages, failure."""
    [row] = table.select(["failure", "draws_in", "pages", "warnings"]).to_pylist()
    blocks, tables, figures = (len(table[name][0].as_py() or ()) for name in ("blocks", "tables", "figures"))
    pictures = table["pictures"].combine_chunks().flatten()
    return {
        "failed": None if row["failure"] is None else row["failure"]["kind"],
        "warnings": len(row["warnings"] or []),
        "links": row["draws_in"] or [],
        "pages": len(row["pages"] or []),
        "text_blocks": blocks,
        "tables": tables,
        "figures": figures,
        "pictures": [
            [picture_id, role]
            for picture_id, role in zip(
                pictures.field("image_id").to_pylist(), pictures.field("role").to_pylist(), strict=True
            )
        ],
    }


def _refresh_links(workspace: Workspace, shard: str) -> None:
    """Find the files that links lead to; a picture's content is hashed where its revision changed."""
    before = links(workspace, shard)
    hashes = {(row["path"], row["revision"]): row["content_hash"] for row in before if row["content_hash"]}
    own = list(readable(workspace, shard))
    notes = workspace.store.notes(STAGE, shard, {fp for fp, _ in own})
    rows = []
    for fp, document in own:
        for target in (notes.get(fp) or {}).get("links", []):
            for path, revision in _followed(workspace.corpus, document["path"], target):
                if revision is not None and (path, revision) not in hashes:
                    with suppress(ExtractionError):
                        hashes[path, revision] = hash_of(workspace, path)
                rows.append(
                    {
                        "doc_id": document["doc_id"],
                        "target": target,
                        "path": path,
                        "revision": revision,
                        "content_hash": hashes.get((path, revision)),
                    }
                )
    rows.sort(key=lambda row: (row["doc_id"], row["target"], row["path"]))
    if rows != before:
        write_rows(workspace, f"links/{shard}.parquet", rows, LINKS)


def resolve_link(corpus: Corpus, document: str, target: str) -> tuple[str, str] | None:
    """(path, revision) of the file that a link leads to."""
    for path, revision in _followed(corpus, document, target):
        if revision is not None:
            return path, revision
    return None


def _followed(corpus: Corpus, document: str, target: str) -> Iterator[tuple[str, str | None]]:
    """(path, revision) of the file that a link leads to, and before it, without a revision, of those that it would
    lead to if they were there: when one appears, the document is stale."""
    for path in corpus.link_candidates(document, target):
        revision = corpus.revision(path)
        yield path, revision
        if revision is not None:
            return


def link_fingerprints(workspace: Workspace, shard: str) -> dict[str, dict[str, tuple[str, str]]]:
    """doc_id -> link as written -> (path of the picture, fingerprint of its extraction)."""
    base = base_fingerprint(workspace.settings.extraction)
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for row in links(workspace, shard):
        if row["content_hash"] is not None:
            fp = extraction_fingerprint(base, row["path"], row["content_hash"])
            found.setdefault(row["doc_id"], {})[row["target"]] = (row["path"], fp)
    return found


def pictures_of(workspace: Workspace, shard: str, fingerprints: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The pictures of these extractions, one by one, with their pixels."""
    for batch in workspace.store.rows(STAGE, shard, set(fingerprints), columns=["pictures"]):
        for number in range(batch.num_rows):
            yield from batch["pictures"][number].as_py() or ()


def count_parts(workspace: Workspace, shard: str) -> dict[str, int]:
    """How many text blocks, tables and figures the shard's documents have."""
    total = {"text_blocks": 0, "tables": 0, "figures": 0}
    for note in workspace.store.notes(STAGE, shard, wanted(workspace, shard)).values():
        for name in total:
            total[name] += note[name]
    return total
