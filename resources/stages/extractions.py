"""Every file is parsed once, in an isolated worker; so is every picture that a document links to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from posixpath import splitext
from typing import Any

from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction import versions as parsers
from codices.resources.extraction.common.rows import EXTRACTIONS, owned, pack
from codices.resources.extraction.run import TRANSIENT, extract_into
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.stages.documents import doubt
from codices.resources.stages.stage import Stage
from codices.resources.stages.workspace import Workspace
from codices.resources.store.kept import KEPT
from codices.resources.store.manifest import Unit
from codices.resources.store.records import Document, Link

STAGE = "extractions"
CODE_VERSION = "11"  # raise it when the same file gives another result
_RUNTIME_OPTIONS = {"timeout_seconds", "memory_gib", "workers", "pages_per_job"}  # they decide whether, not what


def base_fingerprint(options: ExtractionOptions) -> str:
    """What extractions depend on beside the files: code, options, every library. Dagster shows it as code version."""
    return fingerprint(common_fingerprint(options), parsers.versions())


def common_fingerprint(options: ExtractionOptions) -> str:
    """What every extraction depends on, whatever the format of its file."""
    said = options.model_dump(exclude=_RUNTIME_OPTIONS)
    return fingerprint(STAGE, CODE_VERSION, str(EXTRACTIONS), said, *parsers.of_engines(options.engines))


def extraction_fingerprint(common: str, path: str, content_hash: str) -> str:
    """Of one file: its content, the suffix that tells Markdown from plain text, and the libraries that read such files.
    A moved file keeps it."""
    suffix = splitext(path)[1].lower()
    return fingerprint(common, content_hash, suffix, parsers.versions(suffix))


def readable(workspace: Workspace, shard: str) -> list[tuple[str, Document]]:
    """(fingerprint of its extraction, document) of every document of the shard that can be read; must not be changed.
    Two documents of the same content share the fingerprint."""
    common = workspace.once(common_fingerprint, workspace.settings.extraction)

    def found() -> list[tuple[str, Document]]:
        return [
            (extraction_fingerprint(common, row.path, row.content_hash), row)
            for row in workspace.records.documents(shard)
            if row.is_there and row.content_hash is not None
        ]

    name = (workspace.records.folder.url, STAGE, shard, workspace.once(base_fingerprint, workspace.settings.extraction))
    return KEPT.get(name, workspace.records.stamp(shard), found)


def wanted(workspace: Workspace, shard: str) -> dict[str, Document]:
    """Fingerprint -> a document of this content, for everything in the shard that can be read."""
    return dict(readable(workspace, shard))


def wanted_links(workspace: Workspace, shard: str) -> dict[str, Link]:
    """Fingerprint -> a link to this content, for every picture that a document of the shard links to."""
    return dict(_linked(workspace, shard))


def _linked(workspace: Workspace, shard: str) -> Iterator[tuple[str, Link]]:
    common = workspace.once(common_fingerprint, workspace.settings.extraction)
    for link in workspace.records.links(shard):
        if link.content_hash is not None:
            yield extraction_fingerprint(common, link.path, link.content_hash), link


@dataclass(frozen=True)
class _Copy:
    """A file with some content: a document, or (with doc_id None) a picture that one links to."""

    path: str
    content_hash: str | None
    doc_id: str | None


def _wanted(workspace: Workspace, shard: str) -> dict[str, list[_Copy]]:
    """Everything that the shard's documents are, and draw in: fingerprint -> the files of one content."""
    copies: dict[str, dict[str, _Copy]] = {}
    for fp, row in chain(readable(workspace, shard), _linked(workspace, shard)):
        doc_id = row.doc_id if isinstance(row, Document) else None
        copies.setdefault(fp, {}).setdefault(row.path, _Copy(row.path, row.content_hash, doc_id))
    return {fp: list(files.values()) for fp, files in copies.items()}


def _lasts(workspace: Workspace, note: dict[str, Any]) -> bool:
    """Failures that may not come again are always tried again, the others when that is asked for."""
    troubled = note["failed"] or note["warnings"]
    return note["failed"] not in TRANSIENT and not (workspace.retry_failed and troubled)


def _extract(workspace: Workspace, shard: str, missing: Mapping[str, list[_Copy]]) -> Iterator[Unit]:
    """A unit per fingerprint. Where a file cannot be read now, another of the same content is."""
    waiting = {fp: list(copies) for fp, copies in missing.items()}
    done, total, changed = 0, len(waiting), set[str]()
    workspace.progress("extraction", done, total)
    while waiting:
        chosen: dict[str, str] = {}  # path -> fingerprint
        for fp, copies in waiting.items():
            chosen.setdefault(copies[0].path, fp)
        jobs = [(path, waiting[fp][0].content_hash) for path, fp in sorted(chosen.items())]
        for path, outcome in extract_into(pack, workspace.corpus, jobs, workspace.settings.extraction):
            fp = chosen[path]
            copy = waiting[fp].pop(0)
            failed = outcome.kind if isinstance(outcome, Failure) else None
            if failed == "changed_while_read":
                changed.add(path)
            if failed in TRANSIENT and waiting[fp]:
                continue
            del waiting[fp]
            done += 1
            workspace.progress("extraction", done, total)
            table, note = pack(outcome) if isinstance(outcome, Failure) else outcome
            yield Unit(fp, owned(table, fp, copy.doc_id or ""), note)
    doubt(workspace, shard, changed)


def _refresh_links(workspace: Workspace, shard: str) -> None:
    """Find the files that links lead to; a picture's content is hashed where its revision changed, or with `force`."""
    with workspace.records.lock(f"links-{shard}"):
        before = workspace.records.links(shard)
        links = _with_hashes(workspace, _places(workspace, shard), before if workspace.contents.trusts_records else ())
        links.sort(key=lambda link: (link.doc_id, link.target, link.path))
        if links != before:
            workspace.records.write_links(shard, links)


def _places(workspace: Workspace, shard: str) -> list[Link]:
    """The places that the links of the shard's documents may mean, without hashes."""
    own = readable(workspace, shard)
    notes = workspace.store.notes(STAGE, shard, {fp for fp, _ in own})
    return [
        link for fp, document in own for link in _links_of(workspace, document, (notes.get(fp) or {}).get("links", []))
    ]


def _with_hashes(workspace: Workspace, links: list[Link], known: Iterable[Link]) -> list[Link]:
    hashes = {(link.path, link.revision): link.content_hash for link in known if link.content_hash}
    there = {(link.path, link.revision) for link in links if link.revision is not None}
    unknown = sorted(path for path, revision in there if (path, revision) not in hashes)
    found = workspace.contents.hashes(unknown) if unknown else {}
    return [
        link
        if link.revision is None
        else replace(link, content_hash=hashes.get((link.path, link.revision)) or found.get(link.path))
        for link in links
    ]


def _links_of(workspace: Workspace, document: Document, targets: Iterable[str]) -> Iterator[Link]:
    """A link, less the content's hash, for each place that the document's links may mean, up to where a file is. There
    are at most 10,400 (MAX_LINKS and MAX_ROOTED_LINKS of `bounds`)."""
    for target in targets:
        for path, revision in _followed(workspace.corpus, document.path, target):
            yield Link(document.doc_id, target, path, revision)


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
    common = workspace.once(common_fingerprint, workspace.settings.extraction)
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for link in workspace.records.links(shard):
        if link.content_hash is not None:
            fp = extraction_fingerprint(common, link.path, link.content_hash)
            found.setdefault(link.doc_id, {})[link.target] = (link.path, fp)
    return found


def pictures_of(workspace: Workspace, shard: str, fingerprints: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The pictures of these extractions, one by one, with their pixels."""
    for batch in workspace.store.rows(STAGE, shard, set(fingerprints), columns=["pictures"]):
        for number in range(batch.num_rows):
            yield from batch["pictures"][number].as_py() or ()


def first_figures(workspace: Workspace, shard: str, most: int) -> list[tuple[str, bytes]]:
    """(path of the document, picture) of the first figures of the shard, from `most` documents at most."""
    own = {fp: row.path for fp, row in readable(workspace, shard)}
    notes = workspace.store.notes(STAGE, shard, own)
    holding = [fp for fp, note in notes.items() if any(role == "figure" for _, role in note["pictures"])][:most]
    pictures = {fp: next(_figures_of(workspace, shard, fp), None) for fp in holding}
    return [(own[fp], data) for fp, data in pictures.items() if data is not None]


def _figures_of(workspace: Workspace, shard: str, fp: str) -> Iterator[bytes]:
    return (picture["data"] for picture in pictures_of(workspace, shard, [fp]) if picture["role"] == "figure")


def count_parts(workspace: Workspace, shard: str) -> dict[str, int]:
    """How many text blocks, tables and figures the shard's documents have."""
    total = {"text_blocks": 0, "tables": 0, "figures": 0}
    for note in workspace.store.notes(STAGE, shard, wanted(workspace, shard)).values():
        for name in total:
            total[name] += note[name]
    return total


EXTRACTION = Stage(
    STAGE,
    "extraction",
    EXTRACTIONS,
    base=lambda settings: base_fingerprint(settings.extraction),
    wanted=_wanted,
    compute=_extract,
    lasts=_lasts,
    settle=_refresh_links,
)
