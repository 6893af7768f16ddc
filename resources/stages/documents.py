"""From a listing to documents: what is there, what changed, what went. Content is hashed only where a cheap revision
(size and modification time, or etag) says that it may have changed."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from codices.resources.corpus.corpus import (
    ATTACHMENT,
    CLOSED_FOLDER,
    DUPLICATE_NAME,
    FOLDER_FAILURES,
    VANISHED_FOLDER,
    ListedFile,
    ListingError,
    doc_id_of,
    duplicate_name,
    shard_of,
)
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.rows import FAILURE
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import guarded
from codices.resources.foundation.files import Folder
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.stages.attached import (
    attached_fingerprint,
    attached_to,
    hashes_of_attachments,
    is_mail,
    named_as_mail,
)
from codices.resources.stages.workspace import Workspace
from codices.resources.store.kept import KEPT
from codices.resources.store.stage_store import Lost, StageStoreError, is_damage, one_line

CODE_VERSION = "2"  # raise it when the same listing gives other documents

LISTING = pa.schema(
    [
        ("shard", pa.string()),
        ("path", pa.string()),
        ("size", pa.int64()),
        ("modified_at", pa.timestamp("us", "UTC")),
        ("revision", pa.string()),
        ("content_hash", pa.string()),  # with `safety.always_hash` only
        ("failure", FAILURE),
    ]
)
DOCUMENTS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("path", pa.string()),
        ("container", pa.string()),  # the mail that an attachment came with
        ("bytes", pa.int64()),
        ("modified_at", pa.timestamp("us", "UTC")),
        ("revision", pa.string()),
        ("content_hash", pa.string()),
        ("state", pa.string()),  # new, changed, same, gone, failed
        ("failure", FAILURE),
        ("removed_at", pa.timestamp("us", "UTC")),
        ("attachments", pa.string()),  # of a mail: fingerprint of how its attachments were looked for
    ]
)
LINKS = pa.schema(
    [
        ("doc_id", pa.string()),
        ("target", pa.string()),
        ("path", pa.string()),
        ("revision", pa.string()),
        ("content_hash", pa.string()),
    ]
)
DOUBTED = ""  # the revision of a file whose content is not what its revision says
HALF_WRITTEN_SECONDS = 86_400  # from when on a temporary file counts as left by a killed process
_NO_FILES = (*FOLDER_FAILURES, DUPLICATE_NAME)  # failures under a path that is no document's
_LISTING_FILE = "listing.parquet"
_PIECE_BYTES = 2**20  # read at once while a file is hashed


class RecordLost(Lost):
    """A damaged listing, or record of a shard's documents or links. `name`: of its file in the stages."""

    def __init__(self, file: str, error: Exception, name: str):
        super().__init__(
            f"{file} is damaged ({one_line(error)}): run `codices index`, which makes it anew from the corpus"
        )
        self.name = name


class MassDeletionError(Exception):
    """A listing that misses too many known documents: somebody has to confirm before anything is deleted."""


class EmptyCorpusError(ListingError):
    """A corpus in which nothing is to be indexed, and never was: the folder or the patterns are wrong."""


def list_corpus(workspace: Workspace) -> list[dict[str, Any]]:
    """The corpus as it is now, as rows of the LISTING schema by shard and path. Writes nothing.

    Raises ListingError when the corpus, or a closed folder with known documents, cannot be listed, EmptyCorpusError
    when there is nothing to index, MassDeletionError when too many known documents are missing.
    """
    found = workspace.corpus.list()
    shards = workspace.home.shards
    rows = [_listing_row(file, shards) for file in found if file.included]
    known = _known(workspace)
    _stop_closed_folder(workspace, rows, known)
    rows = _with_unlisted(rows, known, shards)
    _stop_mass_deletion(workspace, rows, known)
    if not rows and not known and not any(documents(workspace, shard) for shard in workspace.home.shard_keys):
        _stop_empty(workspace, len(found))
    return sorted(rows, key=lambda row: (row["shard"], row["path"]))


def _stop_empty(workspace: Workspace, seen: int) -> None:
    corpus = workspace.corpus
    patterns = f"include = {list(corpus.include)}, exclude = {list(corpus.exclude)}"
    why = f"none of the {seen} files that were seen matches the patterns" if seen else "no file was seen"
    raise EmptyCorpusError(f"nothing to index in {corpus.root}: {why} ({patterns}). No release was cut")


def _with_unlisted(
    rows: list[dict[str, Any]], known: Mapping[str, dict[str, Any]], shards: int
) -> list[dict[str, Any]]:
    """The rows, and the known documents below folders that could not be listed, as they are known: a folder that fails
    says nothing about them. One that went, and had none, is not worth a failure."""
    failed = [row for row in rows if row["failure"] and row["failure"]["kind"] in FOLDER_FAILURES]
    listed_paths = {row["path"] for row in rows}
    kept: list[dict[str, Any]] = []
    empty: set[str] = set()
    for folder in failed:
        below = [row for path, row in known.items() if path.startswith(f"{folder['path']}/")]
        kept += [_listed_as_known(row, shards) for row in below if row["path"] not in listed_paths]
        if not below and folder["failure"]["kind"] == VANISHED_FOLDER:
            empty.add(folder["path"])
    return [row for row in rows if row["path"] not in empty] + kept


def _listed_as_known(row: dict[str, Any], shards: int) -> dict[str, Any]:
    known = {name: row.get(name) for name in ("path", "modified_at", "revision", "failure")}
    return {**known, "shard": shard_of(row["path"], shards), "size": row.get("bytes"), "content_hash": None}


def take_listing(workspace: Workspace, rows: list[dict[str, Any]] | None = None) -> dict[str, str]:
    """Keep a listing of the corpus (default: made now) in the home; returns a digest per shard, which changes when a
    file of that shard, or one that its documents draw in, may have changed. Raises what `list_corpus` does."""
    rows = list_corpus(workspace) if rows is None else rows
    workspace.home.stages.remove_temporary(HALF_WRITTEN_SECONDS)
    hashes: dict[str, str | None] = {}
    if workspace.settings.safety.always_hash:
        for row in rows:
            row["content_hash"] = None if row["failure"] else _hash_or_none(workspace, row["path"])
            hashes[row["path"]] = row["content_hash"]
        _doubt_links(workspace, hashes)
    with (
        workspace.home.stages.open_output(_LISTING_FILE) as stream,
        pq.ParquetWriter(stream, LISTING, compression="zstd") as writer,
    ):
        for _, of_shard in groupby(rows, key=lambda row: row["shard"]):  # a shard's reader skips the others' row groups
            writer.write_table(pa.Table.from_pylist(list(of_shard), schema=LISTING))
    by_shard: dict[str, list[Any]] = {shard: [] for shard in workspace.home.shard_keys}
    for row in rows:
        by_shard[row["shard"]].append((row["path"], row["revision"], *filter(None, [row["content_hash"]])))
    for shard, seen in by_shard.items():
        for link in links(workspace, shard):
            content_hash = hashes.get(link["path"])
            seen.append((link["path"], workspace.corpus.revision(link["path"]), *filter(None, [content_hash])))
    return {shard: fingerprint(seen) for shard, seen in by_shard.items()}


def _listing_row(file: ListedFile, shards: int) -> dict[str, Any]:
    return {
        "shard": shard_of(file.path, shards),
        "path": file.path,
        "size": file.size,
        "modified_at": file.modified_at,
        "revision": file.revision,
        "content_hash": None,
        "failure": None if file.failure is None else vars(file.failure),
    }


def _hash_or_none(workspace: Workspace, path: str) -> str | None:
    hashed = guarded("documents", lambda: hash_of(workspace, path))
    return None if isinstance(hashed, Failure) else hashed  # it fails again, and is recorded, when it is compared


def hashes_of(workspace: Workspace, paths: Iterable[str]) -> dict[str, str]:
    """Path -> SHA-256 of the content, of those of `paths` that can be read. Attachments among them are looked for in
    workers: a mail is never taken apart in this process."""
    attached, found = [], {}
    for path in dict.fromkeys(paths):
        if workspace.corpus.split(path)[1]:
            attached.append(path)
        elif (content_hash := _hash_or_none(workspace, path)) is not None:
            found[path] = content_hash
    options = workspace.settings.extraction
    return found | hashes_of_attachments(workspace.corpus, attached, options, workspace.workers)


def _doubt_links(workspace: Workspace, hashes: dict[str, str | None]) -> None:
    """Doubt linked pictures that have another content by now. `hashes` has the listed files, and is added to."""
    for shard in workspace.home.shard_keys:
        there = {link["path"]: link["content_hash"] for link in links(workspace, shard) if link["revision"] is not None}
        unknown = [path for path in there if path not in hashes]
        hashes |= dict.fromkeys(unknown) | hashes_of(workspace, unknown)
        doubt(workspace, shard, {path for path, content_hash in there.items() if hashes[path] != content_hash})


def doubt(workspace: Workspace, shard: str, paths: Collection[str]) -> None:
    """Forget the revisions of files that turned out to have another content than was recorded, so that the next run
    hashes them again."""
    if not paths:
        return
    files = {workspace.corpus.split(path)[0] for path in paths}
    for lock, read, write in (("documents", documents, write_documents), ("links", links, write_links)):
        with workspace.home.stages.lock(f"{lock}-{shard}"):
            before = read(workspace, shard)
            rows = [row | {"revision": DOUBTED} if row["path"] in files else row for row in before]
            if rows != before:
                write(workspace, shard, rows)


def _known(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The files that were documents when they were last looked at, by path; of shards whose record is lost, those that
    readers have. A file whose name was taken never was one: renaming it, as its failure says, deletes nothing."""
    recorded = {shard: documents(workspace, shard) for shard in workspace.home.shard_keys}
    rows = [row for found in recorded.values() for row in found if row["state"] != "gone" and row["container"] is None]
    lost = [shard for shard, found in recorded.items() if not found and not has_documents(workspace, shard)]
    for row in workspace.tables.present_documents(lost):
        if ATTACHMENT not in row["path"]:
            rows.append({"path": row["path"], "failure": row["error"], "revision": DOUBTED})
    return {row["path"]: row for row in rows if not (row["failure"] and row["failure"]["kind"] in _NO_FILES)}


def _stop_closed_folder(workspace: Workspace, files: list[dict[str, Any]], known: Mapping[str, dict[str, Any]]) -> None:
    """A folder that may not be read any more says nothing about the documents that are known to be in it."""
    for file in files:
        if file["failure"] and file["failure"]["kind"] == CLOSED_FOLDER:
            hidden = sum(path.startswith(f"{file['path']}/") for path in known)
            if hidden:
                raise ListingError(
                    f"corpus {workspace.corpus.root} cannot be listed: the folder {file['path']} may not be read any "
                    f"more, and {hidden} known documents are in it. Nothing was deleted. Give the permission back, or "
                    "exclude the folder (setting exclude)"
                )


def _stop_mass_deletion(workspace: Workspace, files: list[dict[str, Any]], known: Mapping[str, dict[str, Any]]) -> None:
    present = {file["path"] for file in files}
    absent = [row for path, row in known.items() if path not in present]
    seem_moved = moved(absent, [file for file in files if file["path"] not in known])
    missing = sorted(row["path"] for row in absent if row["path"] not in seem_moved)
    allowed = workspace.settings.safety.max_missing_share
    if known and (len(missing) / len(known) > allowed or (not present and allowed < 1)):
        elsewhere = f" ({len(seem_moved)} more seem to have moved)" if seem_moved else ""
        raise MassDeletionError(
            f"the listing of {workspace.corpus.root} misses {len(missing)} of {len(known)} known documents "
            f"(more than {allowed:.0%}), e.g. {', '.join(missing[:3])}{elsewhere}. Nothing was deleted. "
            "If they are really gone, confirm with `codices index --confirm-deletions`, "
            "or set CODICES_SAFETY__MAX_MISSING_SHARE=1 for one run"
        )


def moved(missing: Iterable[dict[str, Any]], new: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Path of a document that is missing -> the new file of the listing that it seems to be: one of the same revision
    (size and modification time, or etag)."""
    by_revision: dict[str, list[dict[str, Any]]] = {}
    for file in new:
        if file["failure"] is None:
            by_revision.setdefault(file["revision"], []).append(file)
    return {
        row["path"]: candidates.pop()
        for row in missing
        if row["failure"] is None and (candidates := by_revision.get(row["revision"]))
    }


def has_listing(workspace: Workspace) -> bool:
    """Whether an observation has been recorded in this home."""
    return workspace.home.stages.exists(_LISTING_FILE)


def listing_age_seconds(workspace: Workspace) -> float | None:
    """How long ago the corpus was listed, or None when it never was."""
    return workspace.home.stages.age_seconds(_LISTING_FILE) if has_listing(workspace) else None


def listed(workspace: Workspace, shard: str) -> list[dict[str, Any]]:
    """The files of a shard in the newest listing, as rows of the LISTING schema."""
    return _read(workspace, _LISTING_FILE, shard)


def listed_per_shard(workspace: Workspace) -> dict[str, int]:
    """Shard -> files in the newest listing, of the shards that have any; empty where nothing was listed yet."""
    if not has_listing(workspace):
        return {}
    return dict(Counter(_table(workspace.home.stages, _LISTING_FILE, columns=["shard"])["shard"].to_pylist()))


def documents(workspace: Workspace, shard: str) -> list[dict[str, Any]]:
    """The documents of a shard as they were last recorded, tombstones included."""
    return _read(workspace, _documents_file(shard))


def has_documents(workspace: Workspace, shard: str) -> bool:
    """Whether the documents of a shard have been recorded, be it that there are none."""
    return workspace.home.stages.exists(_documents_file(shard))


def _documents_file(shard: str) -> str:
    return f"documents/{shard}.parquet"


def links(workspace: Workspace, shard: str) -> list[dict[str, Any]]:
    """The files that documents of this shard draw in: {doc_id, target, path, revision, content_hash}, and those that
    they would draw in if they were there, whose revision is None."""
    return _read(workspace, _links_file(shard))


def _links_file(shard: str) -> str:
    return f"links/{shard}.parquet"


def _read(workspace: Workspace, name: str, shard: str | None = None) -> list[dict[str, Any]]:
    """The rows of a file (of `shard` alone), which must not be changed. Raises RecordLost when it is damaged."""
    folder = workspace.home.stages
    stamp = folder.stamp(name)
    if stamp is None:
        return []
    of_shard = None if shard is None else pc.field("shard") == shard
    return KEPT.get((folder.url, name, shard), stamp, lambda: _table(folder, name, filters=of_shard).to_pylist())


def _table(folder: Folder, name: str, **selected: Any) -> pa.Table:
    try:
        with folder.open_input(name) as stream:
            return pq.read_table(stream, **selected)
    except (OSError, pa.ArrowInvalid) as error:
        if is_damage(error):
            raise RecordLost(folder.describe(name), error, name) from error
        raise StageStoreError(f"{folder.describe(name)} cannot be read: {error}") from error


def documents_stamp(workspace: Workspace, shard: str) -> Hashable:
    """What changes with the documents of a shard, or with what they draw in."""
    folder = workspace.home.stages
    return folder.stamp(_documents_file(shard)), folder.stamp(_links_file(shard))


def write_documents(workspace: Workspace, shard: str, rows: list[dict[str, Any]]) -> None:
    """Replace what `documents` reads, atomically."""
    _write(workspace, _documents_file(shard), rows, DOCUMENTS)


def write_links(workspace: Workspace, shard: str, rows: list[dict[str, Any]]) -> None:
    """Replace what `links` reads, atomically."""
    _write(workspace, _links_file(shard), rows, LINKS)


def _write(workspace: Workspace, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    folder = workspace.home.stages
    with folder.open_output(name) as stream:
        pq.write_table(pa.Table.from_pylist(rows, schema=schema), stream, compression="zstd")
    KEPT.put((folder.url, name, None), folder.stamp(name), rows)


def refresh_documents(workspace: Workspace, shard: str) -> dict[str, int]:
    """Compare the listing with what is known; returns how many documents are in each state."""
    with workspace.home.stages.lock(f"documents-{shard}"):  # two runs at once: the newer listing is recorded last
        return _refresh_locked(workspace, shard)


def _refresh_locked(workspace: Workspace, shard: str) -> dict[str, int]:
    before = {row["path"]: row for row in documents(workspace, shard)}
    files = [_document(workspace, file, before.get(file["path"])) for file in listed(workspace, shard)]
    rows = _with_names_of_their_own(_with_attachments(workspace, files, before), {row["path"] for row in files})
    now = datetime.now(UTC)
    present = {row["doc_id"] for row in rows}  # a name that was only normalised is the same document
    for row in before.values():
        if row["doc_id"] not in present:
            removed_at = row["removed_at"] or now
            rows.append({**row, "state": "gone", "removed_at": removed_at, "failure": None})
    if rows != list(before.values()) or not has_documents(workspace, shard):
        write_documents(workspace, shard, rows)
    states: dict[str, int] = dict.fromkeys(("new", "changed", "same", "gone", "failed"), 0)
    for row in rows:
        if row["state"] != "gone" or before[row["path"]]["state"] != "gone":
            states[row["state"]] += 1
    return states


def _document(workspace: Workspace, file: dict[str, Any], before: dict[str, Any] | None) -> dict[str, Any]:
    known, failure = _hashed(before), file["failure"]
    if failure is None and known is not None and is_unchanged(file, known) and not workspace.force:
        return known | {"bytes": file["size"], "modified_at": file["modified_at"], "state": "same"}
    content_hash = None
    if failure is None:
        hashed = guarded("documents", lambda: hash_of(workspace, file["path"]))
        if isinstance(hashed, Failure):
            failure = vars(hashed)
        else:
            content_hash = hashed
    return {
        "doc_id": doc_id_of(file["path"]),
        "path": file["path"],
        "container": None,
        "bytes": file["size"],
        "modified_at": file["modified_at"],
        "revision": file["revision"],
        "content_hash": content_hash,
        "state": "failed" if content_hash is None else _state(known, content_hash),
        "failure": failure,
        "removed_at": None,
        "attachments": None,
    }


def is_unchanged(file: dict[str, Any], known: dict[str, Any]) -> bool:
    """Whether a listed file is the document as it was recorded, as far as the listing can tell."""
    same_content = file.get("content_hash") in (None, known["content_hash"])  # listings of before have no such column
    return known["revision"] == file["revision"] and known["failure"] == file["failure"] and same_content


def _hashed(before: dict[str, Any] | None) -> dict[str, Any] | None:
    """The document as it was known, if it was there and could be read."""
    there = before is not None and before["state"] != "gone" and before["content_hash"] is not None
    return before if there else None


def _state(known: dict[str, Any] | None, content_hash: str) -> str:
    if known is None:
        return "new"
    return "same" if known["content_hash"] == content_hash else "changed"


def hash_of(workspace: Workspace, path: str) -> str:
    """SHA-256 of the content, read as a stream, never further than `extraction.max_file_mib`.

    Raises ExtractionError when it cannot be read, or is or grows larger than that ("too_large").
    """
    limit = workspace.settings.extraction.max_file_mib
    digest, size = hashlib.sha256(), 0
    try:
        with workspace.corpus.open(path) as stream:
            check_size(stream.seek(0, os.SEEK_END), limit, "max_file_mib")
            stream.seek(0)
            while piece := stream.read(_PIECE_BYTES):
                size += len(piece)
                check_size(size, limit, "max_file_mib")
                digest.update(piece)
    except OSError as error:
        raise reading_error(error) from error
    return digest.hexdigest()


def _with_names_of_their_own(rows: Iterable[dict[str, Any]], files: Collection[str]) -> list[dict[str, Any]]:
    """The rows, where an attachment has failed that would be the same document as a file (one in a folder `x.eml!`), or
    as another attachment: what is a file by that name is what reading the name gives."""
    taken = {doc_id_of(path): path for path in files}
    found = []
    for row in rows:
        first = taken.setdefault(row["doc_id"], row["path"])
        if row["container"] is None or (first == row["path"] and first not in files):
            found.append(row)
            continue
        path, failure = duplicate_name(row["path"], first, taken)
        failure = replace(failure, stage="documents", message=f"an attachment of {row['container']}: {failure.message}")
        found.append(
            row
            | {"doc_id": doc_id_of(path), "path": path, "content_hash": None, "state": "failed"}
            | {"failure": vars(failure)}
        )
    return found


def _looked_into(mail: dict[str, Any], how: str) -> bool:
    """Whether what is recorded of a mail's attachments still stands while its content does. `mail`: as recorded."""
    return mail.get("attachments") == how and mail["revision"] != DOUBTED


def _with_attachments(
    workspace: Workspace, rows: list[dict[str, Any]], before: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The rows themselves, each mail followed by its attachments as documents of their own. A mail whose attachments
    cannot be told has failed, and is looked at again next time."""
    mails = _mails(workspace, rows, before)
    options = workspace.settings.extraction
    how = attached_fingerprint(options)
    renamed = {row["container"] for row in before.values() if _is_duplicate(row)}  # their names may be free by now
    unchanged = {
        path
        for path, row in mails.items()
        if row["state"] == "same"
        and _looked_into(before[path], how)
        and path not in {outermost(container, before) for container in renamed}
    }
    if workspace.force:
        unchanged = set()
    looked_at = [path for path in mails if path not in unchanged]
    found = dict(attached_to(workspace.corpus, looked_at, options, workspace.workers)) if looked_at else {}
    known: dict[str, list[dict[str, Any]]] = {path: [] for path in unchanged}
    for path, row in before.items():
        mail = outermost(path, before)
        if row["container"] is not None and row["state"] != "gone" and mail in known:
            known[mail].append(row | {"state": "same" if row["content_hash"] else "failed"})
    for row in rows:
        attached = found.get(row["path"], [])
        if isinstance(attached, Failure):
            yield row | {"content_hash": None, "state": "failed", "failure": vars(attached)}
            continue
        yield row | {"attachments": how} if row["path"] in mails else row
        yield from known.get(row["path"], [])
        for each in attached:
            yield {
                "doc_id": doc_id_of(each.path),
                "path": each.path,
                "container": each.container,
                "bytes": each.bytes,
                "modified_at": row["modified_at"],
                "revision": each.content_hash,
                "content_hash": each.content_hash,
                "state": _state(_hashed(before.get(each.path)), each.content_hash),
                "failure": None,
                "removed_at": None,
                "attachments": None,
            }


def _is_duplicate(row: Mapping[str, Any]) -> bool:
    of_attachment = row["container"] is not None and row["state"] != "gone"
    return of_attachment and row["failure"] is not None and row["failure"]["kind"] == DUPLICATE_NAME


def _mails(
    workspace: Workspace, rows: list[dict[str, Any]], before: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Path -> row of the files that may have attachments. One that is the same is a mail if it was: it is not opened
    for that again."""
    found = {}
    for row in rows:
        path, known = row["path"], before.get(row["path"])
        if row["content_hash"] is None:
            continue
        if known is None or row["state"] != "same" or workspace.force:
            mail = is_mail(workspace.corpus, path)
        else:
            mail = named_as_mail(path) or known.get("attachments") is not None
        if mail:
            found[path] = row
    return found


def outermost(path: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    """The file that an attachment came with, when mails lie inside one another. `known`: path -> document."""
    while path in known and known[path]["container"] is not None:
        path = known[path]["container"]
    return path
