"""What lies in mails and archives, and in those inside them. Looked into in isolated workers: each may be a bomb."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from codices.resources.corpus.corpus import ATTACHMENT, Corpus, contents_of
from codices.resources.extraction import versions as parsers
from codices.resources.extraction.archives.members import (
    MAX_MEMBERS,
    MAX_NESTED,
    Budget,
    Member,
    is_archive,
    members_of,
    named_as_archive,
)
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
CODE_VERSION = "3"  # raise it when the same mail or archive gives other documents
MAX_NESTED_MAILS = 16
HEAD = 4096  # bytes in which a mail has its headers


@dataclass(frozen=True)
class Attached:
    """One attachment or member: `path` is that of its mail or archive, "!/", and its name; `container` is the mail's or
    the archive's. What must not be read, or cannot be, has a `failure` and no hash."""

    path: str
    container: str
    bytes: int
    content_hash: str | None
    failure: Failure | None = None


def named_as_container(path: str) -> bool:
    """Whether a file by this name is a mail or an archive."""
    return path.lower().endswith(MAIL) or named_as_archive(path)


def attached_fingerprint(options: ExtractionOptions) -> str:
    """What the attachments of a mail depend on beside it. Time and memory are not in it: without them a mail fails."""
    readers = [parsers.versions(suffix) for suffix in MAIL]
    of_archives = (options.archives, options.max_unpacked_mib, MAX_NESTED, MAX_MEMBERS)
    return fingerprint(CODE_VERSION, options.max_file_mib, MAX_NESTED_MAILS, of_archives, readers)


def is_mail(corpus: Corpus, path: str) -> bool:
    """Whether a file may have attachments, by its name or its first bytes. One whose first bytes cannot be had now may
    have some: the worker that looks into it says what is wrong."""
    told = named_as_container(path) or guarded("documents", lambda: _may_hold(corpus.head(path, HEAD), path))
    return told is not False


def _may_hold(head: bytes, name: str) -> bool:
    return may_be_mail(head) or is_archive(head, name)


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
        if each.path in wanted and each.content_hash is not None
    }


def _attached(mail: str, corpus: Corpus, options: ExtractionOptions) -> list[Attached] | Failure:
    """Runs in a worker."""
    try:
        with corpus.local_path(mail) as local:
            with local.open("rb") as file:
                archive = is_archive(file.read(HEAD), mail)
            if not archive and media_type_of(local, mail) not in (EML, MSG):
                return []
            check_size(local.stat().st_size, options.max_file_mib, "max_file_mib")
            data = local.read_bytes()
        if archive and not options.archives:
            return []
        found = _Inside(options, Budget(len(data), options.max_unpacked_mib)).of(mail, data, 1, 0)
        return [each for each in found if not (archive and corpus.excludes(each.path))]
    except OSError as error:
        failure = reading_error(error)
        return Failure("documents", failure.kind, failure.message)
    except ExtractionError as error:
        # What extraction will say about the mail or archive itself is not said twice.
        known = error.kind in ("corrupt", "encrypted") or (
            error.kind == "too_large" and "max_file_mib" in error.message
        )
        return [] if known else Failure("documents", error.kind, error.message)


@dataclass(frozen=True)
class _Inside:
    """Everything that lies in one file of the corpus, however deep. Raises ExtractionError: "too_deep" for mails,
    "archive_bomb" where the budget is used up, and what taking the outermost apart raises."""

    options: ExtractionOptions
    budget: Budget

    def of(self, container: str, data: bytes, depth: int, archives: int) -> Iterator[Attached]:
        """`depth` counts the containers around what is found, `archives` the archives around `container`."""
        if depth > MAX_NESTED_MAILS:
            raise ExtractionError("too_deep", f"mails lie inside one another more than {MAX_NESTED_MAILS} deep")
        if is_archive(data[:HEAD], container):
            for member in members_of(data, container, self.budget):
                yield from self.of_member(container, member, depth, archives + 1)
            return
        for name, content in contents_of(data, container).items():  # named as `Corpus.read` finds them
            path = f"{container}{ATTACHMENT}{name}"
            yield Attached(path, container, len(content), hashlib.sha256(content).hexdigest())
            if self.is_container(content[:HEAD], name):
                yield from self.deeper(path, content, depth, archives)

    def of_member(self, container: str, member: Member, depth: int, archives: int) -> Iterator[Attached]:
        path = f"{container}{ATTACHMENT}{member.name}"
        size, digest, kept = 0, hashlib.sha256(), list[bytes]()
        is_container = False
        try:
            if member.failure is not None:
                raise member.failure
            for piece in member.pieces():
                is_container = is_container or (size == 0 and self.is_container(piece[:HEAD], member.name))
                size += len(piece)
                check_size(size, self.options.max_file_mib, "max_file_mib")
                digest.update(piece)
                kept += [piece] if is_container else []
            data = b"".join(kept)
            if archives >= MAX_NESTED and is_archive(data[:HEAD], member.name):
                raise ExtractionError("too_deep", f"archives lie inside one another more than {MAX_NESTED} deep")
        except ExtractionError as error:
            if error.kind == "archive_bomb":
                raise
            yield Attached(path, container, size, None, Failure("documents", error.kind, error.message))
            return
        yield Attached(path, container, size, digest.hexdigest())
        if is_container:
            yield from self.deeper(path, data, depth, archives)

    def is_container(self, head: bytes, name: str) -> bool:
        if is_archive(head, name):
            return self.options.archives
        return name.lower().endswith(MAIL) or may_be_mail(head)

    def deeper(self, path: str, data: bytes, depth: int, archives: int) -> Iterator[Attached]:
        try:
            yield from self.of(path, data, depth + 1, archives)
        except ExtractionError as error:
            if error.kind not in ("corrupt", "encrypted"):  # which its own extraction says
                raise
