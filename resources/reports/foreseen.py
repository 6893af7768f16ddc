"""What is known of the documents of a listing without looking into them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from codices.resources.corpus.corpus import ATTACHMENT, shard_of
from codices.resources.stages import element_rows, extractions
from codices.resources.stages.attached import Attached
from codices.resources.stages.contents import Contents
from codices.resources.stages.documents import outermost
from codices.resources.stages.listing import moved
from codices.resources.stages.workspace import Workspace
from codices.resources.store.records import Document, Listed


def moved_documents(workspace: Workspace) -> dict[str, Document]:
    """Path now -> document as it was recorded under another, of the files that seem to have moved, and of what is
    attached to them. Of files of which nothing was known, there is nothing to take over."""
    gone: list[Document] = []
    new: list[Listed] = []
    attached: dict[str, list[Document]] = {}
    for shard in workspace.home.shard_keys:
        known = {row.path: row for row in workspace.records.documents(shard) if row.is_there}
        files = {file.path: file for file in workspace.records.listed(shard)}
        new += [file for path, file in files.items() if path not in known]
        for path, row in known.items():
            if row.content_hash is not None and (mail := outermost(path, known)) not in files:
                if mail == path:
                    gone.append(row)
                else:
                    attached.setdefault(mail, []).append(row)
    places = {path: file.path for path, file in moved(gone, new).items()}
    return {
        places[file.path] + row.path.removeprefix(file.path): row
        for file in gone
        if file.path in places
        for row in (file, *attached.get(file.path, []))
    }


class ForeseenContents(Contents):
    """What is recorded of documents that moved (`moved_documents`), and nothing of others. `unknown`: the paths that
    were asked for in vain."""

    def __init__(self, workspace: Workspace, moved: Mapping[str, Document]):
        super().__init__(workspace.corpus, workspace.settings.extraction, workspace.workers)
        self._moved = moved
        self.unknown = set[str]()

    def hash(self, path: str) -> str | None:
        if path in self._moved:
            return self._moved[path].content_hash
        self.unknown.add(path)
        return None

    def hashes(self, paths: Iterable[str]) -> dict[str, str]:
        return {path: found for path in paths if (found := self.hash(path)) is not None}

    def is_mail(self, path: str) -> bool:
        return path in self._moved and self._moved[path].attachments is not None

    def attached(self, mails: Iterable[str]) -> dict[str, list[Attached]]:
        wanted, found = set(mails), dict[str, list[Attached]]()
        for path, row in self._moved.items():
            if row.container is None or row.content_hash is None:
                continue
            container = path[: len(path) - len(row.path) + len(row.container)]
            mail = container.split(ATTACHMENT, 1)[0]
            if mail in wanted:
                found.setdefault(mail, []).append(Attached(path, container, row.bytes, row.content_hash))
        return found


class ForeseenElements:
    """The notes of elements that are yet to be made: of a moved document, those that it has; else the pictures that its
    file shows. `rebuilt` counts the documents whose texts are not known."""

    def __init__(self, workspace: Workspace, view: Workspace, moved: Mapping[str, Document]):
        self._workspace = workspace
        self._view = view
        self._moved = moved
        self.rebuilt = 0

    def __call__(self, shard: str, fp: str) -> dict[str, Any]:
        source = element_rows.wanted_elements(self._view, shard)[fp]
        if source.path in self._moved and (note := self._note_before(self._moved[source.path])) is not None:
            return note
        own = {source.extraction, *(linked for _, linked in source.links.values())}
        notes = self._view.store.notes(extractions.STAGE, shard, own)
        if failed := notes[source.extraction]["failed"]:
            return {"failure": {"stage": "extraction", "kind": failed}, "keys": [], "images": []}
        self.rebuilt += 1
        return {"failure": None, "keys": [], "images": sorted(set(_shown(notes.values())))}

    def _note_before(self, document: Document) -> dict[str, Any] | None:
        shard = shard_of(document.path, self._workspace.home.shards)
        fp = self._fingerprints(shard).get(document.doc_id)
        there = self._workspace.store.manifest(element_rows.STAGE, shard)
        return None if fp not in there.here else there.notes.get(fp)

    @lru_cache(maxsize=8)  # noqa: B019
    def _fingerprints(self, shard: str) -> dict[str, str]:
        wanted = element_rows.wanted_elements(self._workspace, shard)
        return {source.doc_id: fp for fp, source in wanted.items()}


def _shown(notes: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Pictures that become figures: those of whole pages are only read."""
    for note in notes:
        yield from (image_id for image_id, role in note["pictures"] if role != "page")
