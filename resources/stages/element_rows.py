"""From what was cut out and read to elements: chunks, tables and figures, each with the words it is found by."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypedDict

import pyarrow as pa

from codices.resources.elements.build import Element, build_elements
from codices.resources.encoders import text_encoder_digest
from codices.resources.extraction.common.bounds import few, shortened
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.common.rows import WITHOUT_PIXELS, extraction_from_row
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import FAULT, guarded
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.index.schema import BOX
from codices.resources.ocr.apply import apply_readings
from codices.resources.settings.settings import Settings
from codices.resources.stages.extractions import STAGE as EXTRACTIONS_STAGE
from codices.resources.stages.extractions import base_fingerprint as extraction_base
from codices.resources.stages.extractions import link_fingerprints, readable
from codices.resources.stages.readings import STAGE as READINGS_STAGE
from codices.resources.stages.readings import base_fingerprint as reading_base
from codices.resources.stages.readings import failed_readings, load_readings, reading_fingerprint
from codices.resources.stages.stage import Stage
from codices.resources.stages.workspace import Workspace
from codices.resources.store.kept import KEPT
from codices.resources.store.manifest import Unit

STAGE = "elements"
CODE_VERSION = "4"  # raise it when the same extraction gives other elements
SHOWN_LINK = 200  # characters of a link in a message
BATCH = 64  # documents whose extractions are held at once, at most
BATCH_BYTES = 32 << 20  # of these extractions as Arrow rows, at most, where there is more than one

ELEMENTS = pa.schema(
    [
        pa.field("fingerprint", pa.string(), nullable=False),
        ("element_id", pa.string()),
        ("doc_id", pa.string()),
        ("path", pa.string()),
        ("modality", pa.string()),
        ("ordinal", pa.int32()),
        ("pages", pa.list_(pa.int32())),
        ("boxes", pa.list_(BOX)),
        ("heading_path", pa.list_(pa.string())),
        ("caption", pa.string()),
        ("ocr_text", pa.string()),
        ("html", pa.string()),
        ("text", pa.string()),
        ("identifiers", pa.list_(pa.string())),
        ("source_path", pa.string()),
        ("image_id", pa.string()),
        ("content_key", pa.string()),
        ("embedding_text", pa.string()),
    ]
)


class ElementsNote(TypedDict):
    """The note of a document's elements. Failures are those of `Failure`, as JSON has them."""

    failure: dict[str, str] | None
    warnings: list[dict[str, str]]
    media_type: str | None
    title: str | None
    pages: int
    counts: dict[str, int]  # by modality
    keys: list[str]  # content_keys of the texts
    images: list[str]  # image_ids of the pictures


@dataclasses.dataclass(frozen=True)
class Source:
    """What the elements of one document are made from."""

    doc_id: str
    path: str
    extraction: str
    links: dict[str, tuple[str, str]]  # link as written -> (path, fingerprint of its extraction)
    readings: tuple[str, ...]

    @property
    def extractions(self) -> list[str]:
        """Fingerprints of its own extraction and of those of the pictures that it links to."""
        return [self.extraction, *(fp for _, fp in self.links.values())]


def base_fingerprint(settings: Settings) -> str:
    """What every element depends on beside its document: code, options, the tokenizer that measures chunks."""
    return fingerprint(
        STAGE, CODE_VERSION, str(ELEMENTS), settings.elements.model_dump(), text_encoder_digest(settings.encoders)
    )


def wanted_elements(workspace: Workspace, shard: str) -> dict[str, Source]:
    """Fingerprint -> what it is made from, for every document of the shard whose extraction is there. Must not be
    changed."""
    settings, store = workspace.settings, workspace.store
    base = workspace.once(base_fingerprint, settings)
    ocr = workspace.once(reading_base, settings.ocr) if settings.ocr.enabled else None
    stamps = (
        workspace.records.stamp(shard),
        store.stamp(EXTRACTIONS_STAGE, shard),
        store.stamp(READINGS_STAGE, shard),
    )
    name = (store.folder.url, STAGE, shard, base, ocr, workspace.once(extraction_base, settings.extraction))
    return KEPT.get(name, stamps, lambda: _sources(workspace, shard, base, ocr))


def _sources(workspace: Workspace, shard: str, base: str, ocr: str | None) -> dict[str, Source]:
    all_links = link_fingerprints(workspace, shard)
    own = _documents(workspace, shard)
    linked = {fp for links in all_links.values() for _, fp in links.values()}
    notes = workspace.store.notes(EXTRACTIONS_STAGE, shard, {fp for _, _, fp in own} | linked)
    unread = failed_readings(workspace, shard)
    found = {}
    for doc_id, path, extraction in own:
        if extraction not in notes:
            continue
        links = {target: link for target, link in all_links.get(doc_id, {}).items() if link[1] in notes}
        readings: list[str] = []
        failed: set[tuple[str, str | None, int]] = set()
        for source in (extraction, *(fp for _, fp in links.values())):
            note = notes[source]
            if ocr is not None:
                readings += [reading_fingerprint(ocr, image_id, role) for image_id, role in note["pictures"]]
            if note["failed"] or note["warnings"]:
                failed.add((source, note["failed"], note["warnings"]))
        readings.sort()
        # What went wrong may go well at another time, under the same fingerprint: elements must not outlive a failure.
        troubles = sorted(unread.intersection(readings)) + sorted(failed)
        fp = fingerprint(base, path, extraction, sorted(links.items()), readings, *troubles)
        found[fp] = Source(doc_id, path, extraction, links, tuple(readings))
    return found


def _documents(workspace: Workspace, shard: str) -> list[tuple[str, str, str]]:
    """(doc_id, path, fingerprint of its extraction): two documents of the same content share the last."""
    return [(row.doc_id, row.path, fp) for fp, row in readable(workspace, shard)]


def is_fault(note: ElementsNote) -> bool:
    """Whether this stage failed for the document, and none before it."""
    failure = note["failure"]
    return failure is not None and failure["stage"] == STAGE and failure["kind"] == FAULT


def _lasts(workspace: Workspace, note: ElementsNote) -> bool:
    return not (workspace.retry_failed and is_fault(note))


def _build(workspace: Workspace, shard: str, sources: Mapping[str, Source]) -> Iterator[Unit]:
    done = 0
    workspace.progress("elements", done, len(sources))
    for batch in _batches(workspace, shard, sources):
        needed = {fp for source in batch.values() for fp in source.extractions}
        extractions = {
            row["fingerprint"]: row
            for rows in workspace.store.rows(EXTRACTIONS_STAGE, shard, needed, WITHOUT_PIXELS)
            for row in rows.to_pylist()
        }
        for fp, source in batch.items():
            yield _unit(workspace, shard, fp, source, extractions)
            done += 1
            workspace.progress("elements", done, len(sources))


def _batches(workspace: Workspace, shard: str, sources: Mapping[str, Source]) -> Iterator[dict[str, Source]]:
    """The sources, as many at once as is cheap to hold: a megabyte of rows is some ten of Python's."""
    needed = {fp for source in sources.values() for fp in source.extractions}
    notes = workspace.store.notes(EXTRACTIONS_STAGE, shard, needed)
    batch: dict[str, Source] = {}
    total = 0
    for fp, source in sources.items():
        size = sum(notes[each]["bytes"] for each in source.extractions)
        if batch and (len(batch) == BATCH or total + size > BATCH_BYTES):
            yield batch
            batch, total = {}, 0
        batch[fp] = source
        total += size
    if batch:
        yield batch


def _unit(workspace: Workspace, shard: str, fp: str, source: Source, extractions: dict[str, dict[str, Any]]) -> Unit:
    """What the document's content brings about here costs this document alone: it is a fault, and it has failed."""
    result = extraction_from_row(extractions[source.extraction])
    if isinstance(result, Failure):
        return _failed_unit(fp, result)
    linked = {
        target: (path, extraction_from_row(extractions[extraction]))
        for target, (path, extraction) in source.links.items()
    }
    readings = load_readings(workspace, shard, source.readings)
    workspace.text_encoder.token_spans("")  # an encoder that cannot be loaded is no fault of the document

    def made() -> Unit:
        elements, outcome = document_elements(source.doc_id, source.path, result, linked, lambda: readings, workspace)
        rows = [{**element_row(element), "fingerprint": fp} for element in elements]
        return Unit(fp, pa.Table.from_pylist(rows, schema=ELEMENTS), _note(outcome, elements, None))

    unit = guarded(STAGE, made)
    return _failed_unit(fp, unit) if isinstance(unit, Failure) else unit


def _failed_unit(fp: str, failure: Failure) -> Unit:
    return Unit(fp, ELEMENTS.empty_table(), _note(failure, [], failure))


def document_elements(
    doc_id: str,
    path: str,
    extraction: Extraction,
    linked: dict[str, tuple[str, Extraction | Failure]],
    readings: Callable[[], dict[str, Any]],
    workspace: Workspace,
) -> tuple[list[Element], Extraction]:
    """The elements of one document, and its extraction with readings and linked pictures in place."""
    found = readings()
    draw_in(extraction, linked)
    complete = apply_readings(extraction, found)
    complete.warnings += dict.fromkeys(
        Failure(reading.failure.stage, reading.failure.kind, f"a picture was not read: {reading.failure.message}")
        for reading in found.values()
        if reading.failure is not None
    )
    encoder = workspace.text_encoder
    options = workspace.settings.elements
    elements = build_elements(
        doc_id=doc_id,
        path=path,
        extraction=complete,
        readings=found,
        sources={target: linked_path for target, (linked_path, _) in linked.items()},
        options=options,
        token_spans=encoder.token_spans,
        max_tokens=min(options.max_tokens or encoder.max_tokens, encoder.max_tokens),
    )
    return elements, complete


def draw_in(extraction: Extraction, linked: dict[str, tuple[str, Extraction | Failure]]) -> None:
    """Give every figure that is a link the picture of the file it leads to, and the words that are known of it."""
    looked_for = set(extraction.draws_in)  # of the others, extraction has told how many there are
    for figure in extraction.figures:
        if figure.link is None or figure.image_id is not None:
            continue
        if figure.link not in linked:
            if figure.link in looked_for and not _is_url(figure.link):
                extraction.warnings.append(
                    Failure(
                        "elements",
                        "missing_picture",
                        f"the linked picture {shortened(figure.link, SHOWN_LINK)} is not in the corpus",
                    )
                )
            continue
        path, picture = linked[figure.link]
        if isinstance(picture, Failure):
            extraction.warnings.append(
                Failure(picture.stage, picture.kind, f"the linked picture {path}: {picture.message}")
            )
        elif picture.figures:
            figure.image_id = picture.figures[0].image_id
            figure.words = figure.words or picture.figures[0].words


def _is_url(link: str) -> bool:
    return "://" in link or link.startswith("//")


def element_row(element: Element) -> dict[str, Any]:
    """An Element as a row of the ELEMENTS schema, less the fingerprint."""
    row = dataclasses.asdict(element)
    return {name: row[name] for name in ELEMENTS.names if name != "fingerprint"}


def _note(outcome: Extraction | Failure, elements: list[Element], failure: Failure | None) -> ElementsNote:
    if failure is None and not elements:
        failure = Failure("elements", "no_content", "no text, table or figure was found in it")
    counts: dict[str, int] = dict.fromkeys(("text", "table", "figure"), 0)
    for element in elements:
        counts[element.modality] += 1
    extraction = outcome if isinstance(outcome, Extraction) else None
    return {
        "failure": None if failure is None else vars(failure),
        "warnings": [vars(warning) for warning in few(extraction.warnings)] if extraction else [],
        "media_type": extraction.media_type if extraction else None,
        "title": extraction.title if extraction else None,
        "pages": len(extraction.pages) if extraction else 0,
        "counts": counts,
        "keys": sorted({element.content_key for element in elements}),
        "images": sorted({element.image_id for element in elements if element.image_id}),
    }


ELEMENT_BUILDING = Stage(
    STAGE,
    "elements",
    ELEMENTS,
    base=base_fingerprint,
    wanted=wanted_elements,
    compute=_build,
    lasts=_lasts,
    shared=False,  # elements tell their document
)
