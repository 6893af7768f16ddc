"""Extraction of many files in isolated workers: long PDFs and TIFFs in page ranges, results spooled, memory bounded."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from codices.resources.extraction.common.limits import check_file, reading_error
from codices.resources.extraction.common.media_types import PDF, media_type_of
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.parse import parse
from codices.resources.extraction.pdf.finish import finish_pages
from codices.resources.foundation.cores import usable_cores
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.workers.isolation import run_isolated

# What the fork server imports once, so that no job pays for it. onnxruntime is left to the worker: it starts threads.
PRELOAD = (
    "codices.resources.extraction.parse",
    "codices.resources.extraction.common.pictures",
    "codices.resources.extraction.formats.web",
    "codices.resources.extraction.formats.markdown",
    "codices.resources.extraction.formats.plain_text",
    "codices.resources.extraction.formats.docx",
    "codices.resources.extraction.formats.pptx",
    "codices.resources.extraction.formats.spreadsheets",
    "codices.resources.extraction.formats.odt",
    "codices.resources.extraction.formats.pandoc",
    "codices.resources.extraction.formats.epub",
    "codices.resources.extraction.formats.mail",
    "codices.resources.extraction.formats.pdf",
    "codices.resources.extraction.formats.image_files",
    "docx",
    "pptx",
    "openpyxl",
    "resvg_py",
    "charset_normalizer",
)


TRANSIENT = ("changed_while_read", "vanished", "unreadable")  # kinds of failures that may not come again


class Source(Protocol):
    """Where files come from: a `Corpus`, or anything that can be pickled and does the same."""

    def local_path(self, path: str) -> AbstractContextManager[Path]: ...


@dataclass(frozen=True)
class _Job:
    path: str
    content_hash: str | None
    pages: range | None = None


@dataclass(frozen=True)
class _Ranges:
    """A worker's answer for a PDF or TIFF that is too long for one job."""

    pages: int


def extract_documents(
    source: Source,
    documents: Iterable[tuple[str, str | None]],
    options: ExtractionOptions,
    read_link: Callable[[str, str], bytes | None] | None = None,
) -> Iterator[tuple[str, Extraction | Failure]]:
    """Yields `(path, Extraction or Failure)` for every document, in the order in which they are done.

    A document is its path and the SHA-256 of its content (None: not checked); one with another content by the time it
    is read has failed, "changed_while_read". `read_link(path, target)` gives the bytes of a linked picture; without
    it figures keep their links alone. A PDF or TIFF longer than `options.pages_per_job` is parsed in ranges, every
    range with the time and memory of a document: one that fails becomes a warning of the document, unless all of them
    fail, or this one for a reason that may pass.
    """
    with tempfile.TemporaryDirectory(prefix="codices-") as spool:
        isolated = partial(
            run_isolated,
            partial(_work, source=source, options=options, read_link=read_link, spool=spool),
            workers=options.workers or usable_cores(),
            timeout_seconds=options.timeout_seconds,
            memory_gib=options.memory_gib,
            preload=PRELOAD,
        )
        long: list[tuple[_Job, int]] = []
        for job, answer in isolated(_Job(path, content_hash) for path, content_hash in documents):
            if isinstance(answer, _Ranges):
                long.append((job, answer.pages))
            else:
                yield job.path, _taken(answer)
        if long:
            yield from _long_documents(long, options.pages_per_job, isolated)


Isolated = Callable[[Iterable[_Job]], Iterator[tuple[_Job, "str | _Ranges | Failure"]]]


def _long_documents(
    long: Iterable[tuple[_Job, int]], step: int, isolated: Isolated
) -> Iterator[tuple[str, Extraction | Failure]]:
    expected: dict[str, int] = {}
    done: dict[str, list[tuple[range, str | _Ranges | Failure]]] = {}

    def jobs() -> Iterator[_Job]:
        for job, pages in long:
            ranges = [range(first, min(first + step, pages + 1)) for first in range(1, pages + 1, step)]
            expected[job.path], done[job.path] = len(ranges), []
            yield from (replace(job, pages=pages) for pages in ranges)

    for job, answer in isolated(jobs()):
        assert job.pages is not None
        done[job.path].append((job.pages, answer))
        if len(done[job.path]) == expected[job.path]:
            parts = sorted(done.pop(job.path), key=lambda part: part[0].start)
            yield job.path, merge([(pages, _taken(part)) for pages, part in parts])


def merge(parts: list[tuple[range, Extraction | Failure]]) -> Extraction | Failure:
    """One extraction from those of page ranges, in the order of the pages; a failed range is a warning.

    Where no range gave anything, the first failure stands for the document; so does one that may not come again.
    """
    whole: Extraction | None = None
    lost: list[Failure] = []
    for pages, part in parts:
        if isinstance(part, Failure):
            if part.kind in TRANSIENT:
                return part
            # An empty range of a document is no loss.
            if part.kind != "no_content":
                place = f"pages {pages.start}-{pages.stop - 1}: {part.message}"
                lost.append(Failure(part.stage, part.kind, place))
            continue
        if whole is None:
            whole = Extraction(part.media_type, part.title)
        shift = max((item.order for item in (*whole.blocks, *whole.tables, *whole.figures)), default=0) + 1
        for item in (*part.blocks, *part.tables, *part.figures):
            item.order += shift
        whole.title = whole.title or part.title
        whole.pages += part.pages
        whole.blocks += part.blocks
        whole.tables += part.tables
        whole.figures += part.figures
        whole.pictures |= part.pictures
        whole.draws_in += part.draws_in
        whole.warnings += part.warnings
    if whole is None:
        return lost[0] if lost else Failure("extraction", "no_content", "the file holds no text, table or figure")
    whole.warnings += lost
    return finish_pages(whole)


def _work(
    job: _Job,
    source: Source,
    options: ExtractionOptions,
    read_link: Callable[[str, str], bytes | None] | None,
    spool: str,
) -> str | _Ranges | Failure:
    """Runs in a worker: the name of the file that holds the pickled extraction."""
    try:
        with source.local_path(job.path) as data_path:
            answer = _answer(job, data_path, options, read_link)
            opened = not (isinstance(answer, Failure) and answer.kind in ("not_a_file", "too_large"))
            if job.content_hash is not None and opened and _hash_of(data_path) != job.content_hash:
                raise ExtractionError(
                    "changed_while_read", "the file is not the one that was listed; it is read again next time"
                )
    except ExtractionError as error:
        return _failure(error)
    except OSError as error:
        return _failure(reading_error(error))
    if not isinstance(answer, Extraction):
        return answer
    handle, name = tempfile.mkstemp(dir=spool, suffix=".pickle")
    with os.fdopen(handle, "wb") as file:
        pickle.dump(answer, file, protocol=pickle.HIGHEST_PROTOCOL)
    return name


def _answer(
    job: _Job, data_path: Path, options: ExtractionOptions, read_link: Callable[[str, str], bytes | None] | None
) -> Extraction | _Ranges | Failure:
    try:
        if job.pages is None and (pages := _pages_of_long(data_path, job.path, options)):
            return _Ranges(pages)
        link = partial(read_link, job.path) if read_link is not None else lambda target: None
        return parse(data_path, job.path, options, link, job.pages)
    except ExtractionError as error:
        return _failure(error)
    except OSError as error:
        return _failure(reading_error(error))


def _failure(error: ExtractionError) -> Failure:
    return Failure("extraction", error.kind, error.message)


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _pages_of_long(data_path: Path, path: str, options: ExtractionOptions) -> int | None:
    """The number of pages of a PDF, or of pictures of an image file, that is too long for one job."""
    check_file(data_path, options)
    media_type = media_type_of(data_path, path)
    if media_type == PDF:
        from codices.resources.extraction.formats.pdf import page_count

        pages = page_count(data_path)
    elif media_type in ("image/tiff", "image/heic"):
        from codices.resources.extraction.formats.image_files import frame_count

        pages = frame_count(data_path, options)
    else:
        return None
    return pages if pages > options.pages_per_job else None


def _taken(answer: str | _Ranges | Failure) -> Extraction | Failure:
    if isinstance(answer, Failure):
        return answer
    assert isinstance(answer, str)
    path = Path(answer)
    with path.open("rb") as file:
        extraction = pickle.load(file)
    path.unlink()
    return extraction
