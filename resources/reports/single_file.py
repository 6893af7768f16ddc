"""One file's elements without an index: what `codices extract` prints. The same parser and OCR as the stages use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction.as_html import as_html
from codices.resources.extraction.as_markdown import as_markdown
from codices.resources.extraction.common.model import SHOWN, Extraction, Figure, Reading
from codices.resources.extraction.overlay import overlay_html
from codices.resources.extraction.reading_text import reading_text
from codices.resources.extraction.run import extract_documents
from codices.resources.extraction.with_unstructured.elements_out import elements_of
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.home.home import read_home
from codices.resources.ocr.apply import apply_readings, with_shown
from codices.resources.ocr.jobs import PRELOAD, ReadingJob, read_job
from codices.resources.ocr.reading import check_languages
from codices.resources.settings.settings import Settings
from codices.resources.stages.element_rows import draw_in
from codices.resources.stages.extractions import resolve_link
from codices.resources.workers.isolation import run_isolated


@dataclass(frozen=True)
class ExtractedFile:
    """What was cut out of one file and read in its pictures, or why nothing was."""

    file: Path
    path: str
    result: Extraction | Failure
    readings: dict[str, Reading] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)  # link as written -> path of the picture

    def to_json(self) -> dict[str, Any]:
        """`{"path", "pages", "text", "blocks", "tables", "figures", "routes", "warnings", "failure"}`.

        Boxes are in fractions of the page.
        """
        if isinstance(self.result, Failure):
            return {**_EMPTY, "path": self.path, "failure": vars(self.result)}
        return _as_json(self.path, self.result, self.readings, self.sources)

    def to_markdown(self) -> str:
        """The document as Markdown. Raises ExtractionError for a failure."""
        return as_markdown(self._found(), self._words())

    def to_html(self) -> str:
        """The document as a page of HTML, its pictures inside. Raises ExtractionError for a failure."""
        return as_html(self._found(), self._words())

    def to_unstructured(self) -> list[dict[str, Any]]:
        """The document as elements in unstructured's JSON. Raises ExtractionError for a failure."""
        return elements_of(self._found(), self.path, self._words())

    def overlay(self) -> str:
        """A page that shows every page of the file with its boxes drawn on. Raises ExtractionError for a failure."""
        return overlay_html(self.file, self._found())

    def _found(self) -> Extraction:
        if isinstance(self.result, Failure):
            raise ExtractionError(self.result.kind, f"{self.path}: {self.result.message}")
        return self.result

    def _words(self) -> dict[str, str]:
        return {image_id: reading.text for image_id, reading in self.readings.items()}


def extract_file(settings: Settings, file: Path) -> ExtractedFile:
    """Parse one file and read its pictures, as an index run would.

    Links are resolved inside the corpus when the file lies in it, else inside the working directory or its own folder.
    """
    corpus = Corpus(str(_root(settings, file)))
    path = file.resolve().relative_to(_root(settings, file)).as_posix()
    result = _extracted(settings, corpus, path)
    if isinstance(result, Failure):
        return ExtractedFile(file, path, result)
    linked: dict[str, tuple[str, Extraction | Failure]] = {}
    for target in result.draws_in:
        found = resolve_link(corpus, path, target)
        if found is not None and target not in linked:
            linked[target] = (found[0], _extracted(settings, corpus, found[0]))
    draw_in(result, linked)
    pictured = [result, *(other for _, other in linked.values() if isinstance(other, Extraction))]
    readings = with_shown(pictured, dict(_readings(settings, pictured)))
    sources = {target: where for target, (where, _) in linked.items()}
    return ExtractedFile(file, path, apply_readings(result, readings), readings, sources)


_EMPTY: dict[str, Any] = {
    "pages": 0, "text": "", "blocks": [], "tables": [], "figures": [], "routes": [], "warnings": [], "failure": None,
}  # fmt: skip


def _root(settings: Settings, file: Path) -> Path:
    home = read_home(settings)
    places = [Path(home.corpus)] if home is not None and "://" not in home.corpus else []
    for root in (*places, Path.cwd()):
        if file.resolve().is_relative_to(root.resolve()):
            return root.resolve()
    return file.resolve().parent


def _extracted(settings: Settings, corpus: Corpus, path: str) -> Extraction | Failure:
    [(_, outcome)] = extract_documents(corpus, [(path, None)], settings.extraction)
    return outcome


def _readings(settings: Settings, extractions: Iterable[Extraction]) -> Iterator[tuple[str, Reading]]:
    held = (picture for extraction in extractions for picture in extraction.pictures.values())
    pictures = {picture.image_id: picture for picture in held if picture.role != SHOWN}
    if not pictures or not settings.ocr.enabled:
        return
    check_languages(settings.ocr)
    jobs = [ReadingJob("", each.image_id, each.role, each.data, settings.ocr) for each in pictures.values()]
    for job, outcome in run_isolated(
        read_job,
        jobs,
        workers=settings.extraction.workers or 2,
        timeout_seconds=settings.extraction.timeout_seconds,
        memory_gib=settings.extraction.memory_gib,
        preload=PRELOAD,
        stage="ocr",
    ):
        yield job.image_id, Reading(job.image_id, failure=outcome) if isinstance(outcome, Failure) else outcome


def _as_json(
    path: str, extraction: Extraction, readings: dict[str, Reading], sources: dict[str, str]
) -> dict[str, Any]:
    return {
        "path": path,
        "pages": len(extraction.pages),
        "text": reading_text(extraction),
        "blocks": [
            {
                "text": block.text,
                "page": block.page,
                "box": block.box,
                "kind": block.kind,
                "heading_path": block.heading_path,
            }
            for block in extraction.blocks
        ],
        "tables": [
            {
                "page": table.page,
                "box": table.box,
                "cells": table.cells,
                "html": table.html,
                "caption": table.caption,
            }
            for table in extraction.tables
        ],
        "figures": [
            {
                "page": figure.page,
                "box": figure.box,
                "caption": figure.caption or figure.alt,
                "alt": figure.alt,
                "words": figure.words,
                "ocr_text": readings[figure.image_id].text if figure.image_id in readings else "",
                "source_path": _source(path, extraction, figure, sources),
            }
            for figure in extraction.figures
        ],
        "routes": [{"page": page.number, "route": page.route, "reason": page.reason} for page in extraction.pages],
        "warnings": [vars(warning) for warning in extraction.warnings],
        "failure": None,
    }


def _source(path: str, extraction: Extraction, figure: Figure, sources: dict[str, str]) -> str | None:
    if figure.link is not None:
        return sources.get(figure.link)
    return path if extraction.media_type.startswith("image/") else None
