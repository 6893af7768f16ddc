"""Extraction of many files in isolated workers: long PDFs and TIFFs in page ranges, results spooled, memory bounded."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Protocol, TypeVar

from codices.resources.extraction.common.bounds import make_bounded
from codices.resources.extraction.common.limits import check_file, reading_error
from codices.resources.extraction.common.model import Extraction
from codices.resources.extraction.parse import parse
from codices.resources.extraction.pdf.finish import finish_pages
from codices.resources.extraction.registry.registered import formats
from codices.resources.extraction.registry.registered import preload as preload_of_formats
from codices.resources.extraction.registry.sniffing import media_type_of
from codices.resources.foundation.cores import usable_cores
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.foundation.well_formed import make_valid
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.workers.isolation import run_isolated

# What the fork server imports once, so that no job pays for it. onnxruntime is left to the worker: it starts threads.
_PRELOAD = (
    "codices.resources.extraction.parse",
    "codices.resources.extraction.registry.found",
    "codices.resources.extraction.common.pictures",
    "resvg_py",
    "pyarrow",
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


@dataclass(frozen=True)
class _Spooled:
    """A worker's answer: the file in the spool that holds the pickled result."""

    name: str


_Part = _Spooled | Failure


@dataclass(frozen=True)
class _Merge:
    """The job of making one document of its page ranges, in the order of the pages."""

    path: str
    parts: tuple[tuple[range, _Part], ...]


_Answer = _Spooled | _Ranges | Failure
_Isolated = Callable[[Iterable[_Job | _Merge]], Iterator[tuple[_Job | _Merge, _Answer]]]
Result = TypeVar("Result")
ReadLink = Callable[[str, str], bytes | None]


def preload() -> tuple[str, ...]:
    """What the fork server of extraction imports."""
    return (*_PRELOAD, *preload_of_formats())


def extract_documents(
    source: Source,
    documents: Iterable[tuple[str, str | None]],
    options: ExtractionOptions,
    read_link: ReadLink | None = None,
) -> Iterator[tuple[str, Extraction | Failure]]:
    """Yields `(path, Extraction or Failure)` for every document, in the order in which they are done.

    A document is its path and the SHA-256 of its content (None: not checked); one with another content by the time it
    is read has failed, "changed_while_read". `read_link(path, target)` gives the bytes of a linked picture; without
    it figures keep their links alone. A PDF or TIFF longer than `options.pages_per_job` is parsed in ranges, every
    range with the time and memory of a document: one that fails becomes a warning of the document, unless all of them
    fail, or this one for a reason that may pass.

    Every text is well-formed, what is repeated beside other text is short (`bounds`), and more than
    `options.max_result_mib` has failed, "too_large".
    """
    return extract_into(_as_it_is, source, documents, options, read_link)


def extract_into(
    finish: Callable[[Extraction], Result],
    source: Source,
    documents: Iterable[tuple[str, str | None]],
    options: ExtractionOptions,
    read_link: ReadLink | None = None,
) -> Iterator[tuple[str, Result | Failure]]:
    """As `extract_documents`, with what the worker makes of each extraction by `finish`, which it must be able to
    import: what depends on the content is done there, where it costs this document alone."""
    with tempfile.TemporaryDirectory(prefix="codices-") as spool:
        worker = partial(_work, finish=finish, source=source, options=options, read_link=read_link, spool=spool)
        isolated = partial(
            run_isolated,
            worker,
            workers=options.workers or usable_cores(),
            timeout_seconds=options.timeout_seconds,
            memory_gib=options.memory_gib,
            preload=preload(),
            name=_named,
        )
        long: list[tuple[_Job, int]] = []
        for job, answer in isolated(_Job(path, content_hash) for path, content_hash in documents):
            if isinstance(job, _Job) and isinstance(answer, _Ranges):
                long.append((job, answer.pages))
            else:
                yield job.path, _taken(answer)
        if long:
            yield from _long_documents(long, options.pages_per_job, isolated)


def _as_it_is(extraction: Extraction) -> Extraction:
    return extraction


def _named(job: _Job | _Merge) -> str:
    pages = job.pages if isinstance(job, _Job) else None
    return job.path if pages is None else f"{job.path}, pages {pages.start}-{pages.stop - 1}"


def _long_documents(
    long: Iterable[tuple[_Job, int]], step: int, isolated: _Isolated
) -> Iterator[tuple[str, Any | Failure]]:
    """Every document is merged as soon as all of its ranges are there, before the ranges of the next are begun."""
    expected: dict[str, int] = {}
    done: dict[str, list[tuple[range, _Part]]] = {}
    complete: deque[_Merge] = deque()

    def waiting() -> Iterator[_Merge]:
        while complete:
            yield complete.popleft()

    def jobs() -> Iterator[_Job | _Merge]:
        for job, pages in long:
            ranges = [range(first, min(first + step, pages + 1)) for first in range(1, pages + 1, step)]
            expected[job.path], done[job.path] = len(ranges), []
            for each in ranges:
                yield from waiting()
                yield replace(job, pages=each)

    for job, answer in chain(isolated(jobs()), isolated(waiting())):
        assert not isinstance(answer, _Ranges)
        if isinstance(job, _Merge):
            yield job.path, _taken(answer)
            continue
        assert job.pages is not None
        done[job.path].append((job.pages, answer))
        if len(done[job.path]) == expected[job.path]:
            parts = sorted(done.pop(job.path), key=lambda part: part[0].start)
            complete.append(_Merge(job.path, tuple(parts)))


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
    job: _Job | _Merge,
    finish: Callable[[Extraction], Any],
    source: Source,
    options: ExtractionOptions,
    read_link: ReadLink | None,
    spool: str,
) -> _Answer:
    """Runs in a worker."""
    try:
        if isinstance(job, _Merge):
            answer = merge([(pages, _taken(part)) for pages, part in job.parts])
        else:
            answer = _read(job, source, options, read_link)
        if isinstance(answer, Failure):
            return make_valid(answer)
        if isinstance(answer, _Ranges):
            return answer
        answer = make_valid(answer)
        if isinstance(job, _Job) and job.pages is not None:
            return _spooled(answer, options, spool)
        make_bounded(answer)
        return _spooled(finish(answer), options, spool)
    except ExtractionError as error:
        return make_valid(_failure(error))


def _read(
    job: _Job, source: Source, options: ExtractionOptions, read_link: ReadLink | None
) -> Extraction | _Ranges | Failure:
    """What is in the file. Raises ExtractionError where it cannot be read, or is not the one that was listed."""
    try:
        with source.local_path(job.path) as data_path:
            answer = _answer(job, data_path, options, read_link)
            opened = not (isinstance(answer, Failure) and answer.kind in ("not_a_file", "too_large"))
            if job.content_hash is not None and opened and _hash_of(data_path) != job.content_hash:
                raise ExtractionError(
                    "changed_while_read", "the file is not the one that was listed; it is read again next time"
                )
            return answer
    except OSError as error:
        raise reading_error(error) from error


def _spooled(result: object, options: ExtractionOptions, spool: str) -> _Spooled:
    """Raises ExtractionError("too_large") for more than the caller is to hold."""
    handle, name = tempfile.mkstemp(dir=spool, suffix=".pickle")
    with os.fdopen(handle, "wb") as file:
        pickle.dump(result, file, protocol=pickle.HIGHEST_PROTOCOL)
        size = file.tell()
    if size > options.max_result_mib * 2**20:
        os.unlink(name)
        raise ExtractionError(
            "too_large",
            f"{size / 2**20:.0f} MiB were cut out of it, at most {options.max_result_mib:g} MiB are kept "
            "(setting extraction.max_result_mib)",
        )
    return _Spooled(name)


def _answer(
    job: _Job, data_path: Path, options: ExtractionOptions, read_link: ReadLink | None
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
    found = formats().get(media_type_of(data_path, path))
    if found is None or not found.pages or options.engines.get(found.media_type, "own") != "own":
        return None
    pages = resolve_name(found.pages)(data_path, options)
    return pages if pages > options.pages_per_job else None


def _taken(answer: _Answer) -> Any | Failure:
    if isinstance(answer, Failure):
        return answer
    assert isinstance(answer, _Spooled)
    path = Path(answer.name)
    with path.open("rb") as file:
        result = pickle.load(file)
    path.unlink()
    return result
