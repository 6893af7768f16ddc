"""From a listing to documents: what is there, what changed, what went. Content is hashed only where a cheap revision
(size and modification time, or etag) says that it may have changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from codices.resources.corpus.corpus import DUPLICATE_NAME, doc_id_of, duplicate_name
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import guarded
from codices.resources.stages.attached import attached_fingerprint, named_as_container
from codices.resources.stages.workspace import Workspace
from codices.resources.store.records import DOUBTED, GONE, Document, Listed

STAGE = "documents"
CODE_VERSION = "2"  # raise it when the same listing gives other documents

_Known = Mapping[str, Document]  # path -> as it was recorded


def refresh_documents(workspace: Workspace, shard: str) -> dict[str, int]:
    """Compare the listing with what is known; returns how many documents are in each state."""
    with workspace.records.lock(f"documents-{shard}"):  # two runs at once: the newer listing is recorded last
        return _refresh_locked(workspace, shard)


def doubt(workspace: Workspace, shard: str, paths: Collection[str]) -> None:
    """Forget the revisions of files that turned out to have another content than was recorded, so that the next run
    hashes them again."""
    if not paths:
        return
    records, files = workspace.records, {workspace.corpus.split(path)[0] for path in paths}
    with records.lock(f"documents-{shard}"):
        before = records.documents(shard)
        rows = [replace(row, revision=DOUBTED) if row.path in files else row for row in before]
        if rows != before:
            records.write_documents(shard, rows)
    with records.lock(f"links-{shard}"):
        links = records.links(shard)
        doubted = [replace(link, revision=DOUBTED) if link.path in files else link for link in links]
        if doubted != links:
            records.write_links(shard, doubted)


def outermost(path: str, known: _Known) -> str:
    """The file that an attachment came with, when mails lie inside one another."""
    while path in known and (container := known[path].container) is not None:
        path = container
    return path


def is_unchanged(file: Listed, known: Document) -> bool:
    """Whether a listed file is the document as it was recorded, as far as the listing can tell."""
    same_content = file.content_hash in (None, known.content_hash)
    return known.revision == file.revision and known.failure == file.failure and same_content


def _refresh_locked(workspace: Workspace, shard: str) -> dict[str, int]:
    records = workspace.records
    recorded = records.documents(shard)
    before = {row.path: row for row in recorded}
    files = [_document(workspace, file, before.get(file.path)) for file in records.listed(shard)]
    rows = _with_names_of_their_own(_with_attachments(workspace, files, before), {row.path for row in files})
    now = datetime.now(UTC)
    present = {row.doc_id for row in rows}  # a name that was only normalised is the same document
    for row in before.values():
        if row.doc_id not in present:
            rows.append(replace(row, state=GONE, removed_at=row.removed_at or now, failure=None))
    if rows != recorded or not records.has_documents(shard):
        records.write_documents(shard, rows)
    states: dict[str, int] = dict.fromkeys(("new", "changed", "same", "gone", "failed"), 0)
    for row in rows:
        if row.is_there or before[row.path].is_there:
            states[row.state] += 1
    return states


def _document(workspace: Workspace, file: Listed, before: Document | None) -> Document:
    known, failure = _hashed(before), file.failure
    if failure is None and known is not None and is_unchanged(file, known) and workspace.contents.trusts_records:
        return replace(known, bytes=file.size, modified_at=file.modified_at, state="same")
    content_hash = None
    if failure is None:
        hashed = guarded(STAGE, lambda: workspace.contents.hash(file.path))
        if isinstance(hashed, Failure):
            failure = hashed
        else:
            content_hash = hashed
    return Document(
        doc_id=doc_id_of(file.path),
        path=file.path,
        container=None,
        bytes=file.size,
        modified_at=file.modified_at,
        revision=file.revision,
        content_hash=content_hash,
        state="failed" if failure is not None else _state(known, content_hash),
        failure=failure,
    )


def _hashed(before: Document | None) -> Document | None:
    """The document as it was known, if it was there and could be read."""
    there = before is not None and before.is_there and before.content_hash is not None
    return before if there else None


def _state(known: Document | None, content_hash: str | None) -> str:
    if known is None:
        return "new"
    return "same" if known.content_hash == content_hash else "changed"


def _with_names_of_their_own(rows: Iterable[Document], files: Collection[str]) -> list[Document]:
    """The rows, where an attachment has failed that would be the same document as a file (one in a folder `x.eml!`), or
    as another attachment: what is a file by that name is what reading the name gives."""
    taken = {doc_id_of(path): path for path in files}
    found = []
    for row in rows:
        first = taken.setdefault(row.doc_id, row.path)
        if row.container is None or (first == row.path and first not in files):
            found.append(row)
            continue
        path, failure = duplicate_name(row.path, first, taken)
        failure = replace(failure, stage=STAGE, message=f"an attachment of {row.container}: {failure.message}")
        found.append(
            replace(row, doc_id=doc_id_of(path), path=path, content_hash=None, state="failed", failure=failure)
        )
    return found


def _with_attachments(workspace: Workspace, rows: list[Document], before: _Known) -> Iterator[Document]:
    """The rows themselves, each mail followed by its attachments as documents of their own. A mail whose attachments
    cannot be told has failed, and is looked at again next time."""
    mails = {row.path for row in rows if _is_mail(workspace, row, before.get(row.path))}
    how = attached_fingerprint(workspace.settings.extraction)
    stands = _standing(before, how) if workspace.contents.trusts_records else set()
    looked_at = [row.path for row in rows if row.path in mails and not (row.state == "same" and row.path in stands)]
    found = workspace.contents.attached(looked_at) if looked_at else {}
    known: dict[str, list[Document]] = {path: [] for path in mails.difference(looked_at)}
    for path, row in before.items():
        mail = outermost(path, before)
        if row.container is not None and row.is_there and mail in known:
            known[mail].append(replace(row, state="same" if row.content_hash else "failed"))
    for row in rows:
        attached = found.get(row.path, [])
        if isinstance(attached, Failure):
            yield replace(row, content_hash=None, state="failed", failure=attached)
            continue
        yield replace(row, attachments=how) if row.path in mails else row
        yield from known.get(row.path, [])
        for each in attached:
            yield Document(
                doc_id=doc_id_of(each.path),
                path=each.path,
                container=each.container,
                bytes=each.bytes,
                modified_at=row.modified_at,
                revision=each.content_hash or "",
                content_hash=each.content_hash,
                state="failed" if each.failure else _state(_hashed(before.get(each.path)), each.content_hash),
                failure=each.failure,
            )


def _is_mail(workspace: Workspace, row: Document, known: Document | None) -> bool:
    """Whether a file may have attachments. One that is the same is a mail if it was, and not opened for that again."""
    if row.content_hash is None:
        return False
    if known is None or row.state != "same" or not workspace.contents.trusts_records:
        return workspace.contents.is_mail(row.path)
    return named_as_container(row.path) or known.attachments is not None


def _standing(before: _Known, how: str) -> set[str]:
    """Paths of the mails of which what is recorded of their attachments stands as long as their content does. Where an
    attachment has failed for its name, that may be free by now."""
    renamed = {outermost(row.path, before) for row in before.values() if _is_duplicate(row)}
    looked_into = {path for path, row in before.items() if row.attachments == how and row.revision != DOUBTED}
    return looked_into - renamed


def _is_duplicate(row: Document) -> bool:
    of_attachment = row.container is not None and row.is_there
    return of_attachment and row.failure is not None and row.failure.kind == DUPLICATE_NAME
