"""What is attached to mails, and to mails attached to those. Looked into in isolated workers: a mail may be a bomb."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from codices.resources.corpus.corpus import ATTACHMENT, Corpus, attachments_of
from codices.resources.extraction import versions as parsers
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.extraction.common.media_types import EML, MSG
from codices.resources.extraction.registry.sniffing import may_be_mail, media_type_of
from codices.resources.extraction.run import preload
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.foundation.faults import guarded
from codices.resources.foundation.fingerprints import fingerprint
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.workers.isolation import run_isolated

MAIL = (".eml", ".msg")
CODE_VERSION = "2"  # raise it when the same mail gives other attachments
MAX_NESTED_MAILS = 16
HEAD = 4096  # bytes in which a mail has its headers


@dataclass(frozen=True)
class Attached:
    """One attachment: `path` is that of its mail, "!/", and its name; `container` is the mail's."""

    path: str
    container: str
    bytes: int
    content_hash: str


def named_as_mail(path: str) -> bool:
    return path.lower().endswith(MAIL)


def attached_fingerprint(options: ExtractionOptions) -> str:
    """What the attachments of a mail depend on beside it. Time and memory are not in it: without them a mail fails."""
    readers = [parsers.versions(suffix) for suffix in MAIL]
    return fingerprint(CODE_VERSION, options.max_file_mib, MAX_NESTED_MAILS, readers)


def is_mail(corpus: Corpus, path: str) -> bool:
    """Whether a file may have attachments, by its name or its first bytes. One whose first bytes cannot be had now may
    have some: the worker that looks into it says what is wrong."""
    told = named_as_mail(path) or guarded("documents", lambda: may_be_mail(corpus.head(path, HEAD)))
    return told is not False


def attached_to(
    corpus: Corpus, mails: Iterable[str], options: ExtractionOptions, workers: int
) -> Iterator[tuple[str, list[Attached] | Failure]]:
    """Yields `(mail, its attachments or Failure)` for every path of a mail, in the order in which they are done.

    A mail that cannot be read at all has none: its extraction fails for the same reason, and records it.
    """
    yield from run_isolated(
        partial(_attached, corpus=corpus, options=options),
        mails,
        workers=workers,
        timeout_seconds=options.timeout_seconds,
        memory_gib=options.memory_gib,
        preload=preload(),
        stage="documents",
    )


def hashes_of_attachments(
    corpus: Corpus, paths: Iterable[str], options: ExtractionOptions, workers: int
) -> dict[str, str]:
    """Path -> SHA-256 of the content, of those of `paths` that are attachments and can be read. The mails are taken
    apart in workers."""
    wanted = set(paths)
    mails = sorted({corpus.split(path)[0] for path in wanted})
    if not mails:
        return {}
    found = attached_to(corpus, mails, options, workers)
    return {
        each.path: each.content_hash
        for _, attached in found
        if not isinstance(attached, Failure)
        for each in attached
        if each.path in wanted
    }


def _attached(mail: str, corpus: Corpus, options: ExtractionOptions) -> list[Attached] | Failure:
    """Runs in a worker."""
    try:
        with corpus.local_path(mail) as local:
            if media_type_of(local, mail) not in (EML, MSG):
                return []
            check_size(local.stat().st_size, options.max_file_mib, "max_file_mib")
            data = local.read_bytes()
        return list(_inside(mail, data, 1))
    except OSError as error:
        failure = reading_error(error)
        return Failure("documents", failure.kind, failure.message)
    except ExtractionError as error:
        # What extraction will say about the mail itself is not said twice.
        known = error.kind in ("corrupt", "encrypted") or (
            error.kind == "too_large" and "max_file_mib" in error.message
        )
        return [] if known else Failure("documents", error.kind, error.message)


def _inside(mail: str, data: bytes, depth: int) -> Iterator[Attached]:
    if depth > MAX_NESTED_MAILS:
        raise ExtractionError("too_deep", f"mails lie inside one another more than {MAX_NESTED_MAILS} deep")
    for name, content in attachments_of(data):  # named as `Corpus.read` finds them
        member = f"{mail}{ATTACHMENT}{name}"
        yield Attached(member, mail, len(content), hashlib.sha256(content).hexdigest())
        if named_as_mail(name) or may_be_mail(content[:HEAD]):
            try:
                yield from _inside(member, content, depth + 1)
            except ExtractionError as error:
                if error.kind not in ("corrupt", "encrypted"):
                    raise
