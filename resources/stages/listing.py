"""The listing: what is in the corpus now, against what is known, and whether anything may be concluded from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from codices.resources.corpus.corpus import (
    ATTACHMENT,
    CLOSED_FOLDER,
    DUPLICATE_NAME,
    FOLDER_FAILURES,
    VANISHED_FOLDER,
    ListedFile,
    ListingError,
    doc_id_of,
    shard_of,
)
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.stages.documents import doubt
from codices.resources.stages.workspace import Workspace
from codices.resources.store.records import DOUBTED, Document, Listed

HALF_WRITTEN_SECONDS = 86_400  # from when on a temporary file counts as left by a killed process
_NO_FILES = (*FOLDER_FAILURES, DUPLICATE_NAME)  # failures under a path that is no document's


class MassDeletionError(Exception):
    """A listing that misses too many known documents: somebody has to confirm before anything is deleted."""


class EmptyCorpusError(ListingError):
    """A corpus in which nothing is to be indexed, and never was: the folder or the patterns are wrong."""


def list_corpus(workspace: Workspace) -> list[Listed]:
    """The corpus as it is now, by shard and path. Writes nothing.

    Raises ListingError when the corpus, or a closed folder with known documents, cannot be listed, EmptyCorpusError
    when there is nothing to index, MassDeletionError when too many known documents are missing.
    """
    found = workspace.corpus.list()
    shards = workspace.home.shards
    rows = [_listed(file, shards) for file in found if file.included]
    known = _known(workspace)
    _stop_closed_folder(workspace, rows, known)
    rows = _with_unlisted(rows, known, shards)
    _stop_mass_deletion(workspace, rows, known)
    if not rows and not known and not any(workspace.records.documents(shard) for shard in workspace.home.shard_keys):
        _stop_empty(workspace, len(found))
    return sorted(rows, key=lambda row: (row.shard, row.path))


def take_listing(workspace: Workspace, rows: Sequence[Listed] | None = None) -> dict[str, str]:
    """Keep a listing of the corpus (default: made now) in the home; returns a digest per shard, which changes when a
    file of that shard, or one that its documents draw in, may have changed. Raises what `list_corpus` does."""
    rows = list_corpus(workspace) if rows is None else rows
    workspace.home.stages.remove_temporary(HALF_WRITTEN_SECONDS)
    hashes: dict[str, str | None] = {}
    if workspace.settings.safety.always_hash:
        found = workspace.contents.hashes(row.path for row in rows if row.failure is None)
        rows = [replace(row, content_hash=found.get(row.path)) for row in rows]
        hashes |= {row.path: row.content_hash for row in rows}
        _doubt_links(workspace, hashes)
    by_shard: dict[str, list[Listed]] = {shard: [] for shard in workspace.home.shard_keys}
    for row in rows:
        by_shard[row.shard].append(row)
    workspace.records.write_listing([listed for listed in by_shard.values() if listed])
    return {shard: _digest(workspace, shard, listed, hashes) for shard, listed in by_shard.items()}


def moved(missing: Iterable[Document], new: Iterable[Listed]) -> dict[str, Listed]:
    """Path of a document that is missing -> the new file of the listing that it seems to be: one of the same revision
    (size and modification time, or etag)."""
    by_revision: dict[str, list[Listed]] = {}
    for file in new:
        if file.failure is None:
            by_revision.setdefault(file.revision, []).append(file)
    return {
        row.path: candidates.pop()
        for row in missing
        if row.failure is None and (candidates := by_revision.get(row.revision))
    }


def _listed(file: ListedFile, shards: int) -> Listed:
    return Listed(
        shard=shard_of(file.path, shards),
        path=file.path,
        size=file.size,
        modified_at=file.modified_at,
        revision=file.revision,
        failure=file.failure,
    )


def _digest(workspace: Workspace, shard: str, rows: Iterable[Listed], hashes: Mapping[str, str | None]) -> str:
    seen: list[tuple[str | None, ...]] = [(row.path, row.revision, *filter(None, [row.content_hash])) for row in rows]
    for link in workspace.records.links(shard):
        seen.append((link.path, workspace.corpus.revision(link.path), *filter(None, [hashes.get(link.path)])))
    return fingerprint(seen)


def _doubt_links(workspace: Workspace, hashes: dict[str, str | None]) -> None:
    """Doubt linked pictures that have another content by now. `hashes` has the listed files, and is added to."""
    for shard in workspace.home.shard_keys:
        links = workspace.records.links(shard)
        there = {link.path: link.content_hash for link in links if link.revision is not None}
        unknown = [path for path in there if path not in hashes]
        hashes |= dict.fromkeys(unknown) | workspace.contents.hashes(unknown)
        doubt(workspace, shard, {path for path, content_hash in there.items() if hashes[path] != content_hash})


def _with_unlisted(rows: list[Listed], known: Mapping[str, Document], shards: int) -> list[Listed]:
    """The rows, and the known documents below folders that could not be listed, as they are known: a folder that fails
    says nothing about them. One that went, and had none, is not worth a failure."""
    listed_paths = {row.path for row in rows}
    kept: list[Listed] = []
    empty: set[str] = set()
    for folder in rows:
        if folder.failure is None or folder.failure.kind not in FOLDER_FAILURES:
            continue
        below = [row for path, row in known.items() if path.startswith(f"{folder.path}/")]
        kept += [_as_known(row, shard_of(row.path, shards)) for row in below if row.path not in listed_paths]
        if not below and folder.failure.kind == VANISHED_FOLDER:
            empty.add(folder.path)
    return [row for row in rows if row.path not in empty] + kept


def _as_known(row: Document, shard: str) -> Listed:
    return Listed(
        shard=shard,
        path=row.path,
        size=row.bytes,
        modified_at=row.modified_at,
        revision=row.revision,
        failure=row.failure,
    )


def _known(workspace: Workspace) -> dict[str, Document]:
    """The files that were documents when they were last looked at, by path; of shards whose record is lost, those that
    readers have. A file whose name was taken never was one: renaming it, as its failure says, deletes nothing."""
    records, shards = workspace.records, workspace.home.shard_keys
    recorded = {shard: records.documents(shard) for shard in shards}
    rows = [row for found in recorded.values() for row in found if row.is_there and row.container is None]
    lost = [shard for shard, found in recorded.items() if not found and not records.has_documents(shard)]
    for row in workspace.tables.present_documents(lost):
        if ATTACHMENT not in row["path"]:
            rows.append(_as_readers_have_it(row["path"], row["error"] and Failure(**row["error"])))
    return {row.path: row for row in rows if not (row.failure and row.failure.kind in _NO_FILES)}


def _as_readers_have_it(path: str, failure: Failure | None) -> Document:
    return Document(
        doc_id=doc_id_of(path),
        path=path,
        container=None,
        bytes=0,
        modified_at=None,
        revision=DOUBTED,
        content_hash=None,
        state="same",
        failure=failure,
    )


def _stop_empty(workspace: Workspace, seen: int) -> None:
    corpus = workspace.corpus
    patterns = f"include = {list(corpus.include)}, exclude = {list(corpus.exclude)}"
    why = f"none of the {seen} files that were seen matches the patterns" if seen else "no file was seen"
    raise EmptyCorpusError(f"nothing to index in {corpus.root}: {why} ({patterns}). No release was cut")


def _stop_closed_folder(workspace: Workspace, files: Iterable[Listed], known: Mapping[str, Document]) -> None:
    """A folder that may not be read any more says nothing about the documents that are known to be in it."""
    for file in files:
        if file.failure is not None and file.failure.kind == CLOSED_FOLDER:
            hidden = sum(path.startswith(f"{file.path}/") for path in known)
            if hidden:
                raise ListingError(
                    f"corpus {workspace.corpus.root} cannot be listed: the folder {file.path} may not be read any "
                    f"more, and {hidden} known documents are in it. Nothing was deleted. Give the permission back, or "
                    "exclude the folder (setting exclude)"
                )


def _stop_mass_deletion(workspace: Workspace, files: Sequence[Listed], known: Mapping[str, Document]) -> None:
    present = {file.path for file in files}
    absent = [row for path, row in known.items() if path not in present]
    seem_moved = moved(absent, [file for file in files if file.path not in known])
    missing = sorted(row.path for row in absent if row.path not in seem_moved)
    allowed = workspace.settings.safety.max_missing_share
    if known and (len(missing) / len(known) > allowed or (not present and allowed < 1)):
        elsewhere = f" ({len(seem_moved)} more seem to have moved)" if seem_moved else ""
        raise MassDeletionError(
            f"the listing of {workspace.corpus.root} misses {len(missing)} of {len(known)} known documents "
            f"(more than {allowed:.0%}), e.g. {', '.join(missing[:3])}{elsewhere}. Nothing was deleted. "
            "If they are really gone, confirm with `codices index --confirm-deletions`, "
            "or set CODICES_SAFETY__MAX_MISSING_SHARE=1 for one run"
        )
