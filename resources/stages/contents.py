"""Looking into the files of the corpus for more than their listing says: a plan puts what it knows in this place."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping

from codices.resources.corpus.corpus import Corpus
from codices.resources.extraction.common.limits import check_size, reading_error
from codices.resources.foundation.failures import Failure
from codices.resources.foundation.faults import guarded
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.stages.attached import Attached, attached_to, hashes_of_attachments, is_mail

_PIECE_BYTES = 2**20  # read at once while a file is hashed


class Contents:
    """Of the files of `corpus`. Mails are taken apart in as many as `workers` processes, never in this one.
    `trusts_records`: whether what was recorded of a content still counts while its revision is the same."""

    def __init__(self, corpus: Corpus, options: ExtractionOptions, workers: int, *, trusts_records: bool = True):
        self.trusts_records = trusts_records
        self._corpus = corpus
        self._options = options
        self._workers = workers

    def hash(self, path: str) -> str | None:
        """SHA-256 of a file's content, read as a stream, never further than `extraction.max_file_mib`; None only where
        that is not looked for.

        Raises ExtractionError when it cannot be read, or is or grows larger than that ("too_large").
        """
        limit = self._options.max_file_mib
        digest, size = hashlib.sha256(), 0
        try:
            with self._corpus.open(path) as stream:
                check_size(stream.seek(0, os.SEEK_END), limit, "max_file_mib")
                stream.seek(0)
                while piece := stream.read(_PIECE_BYTES):
                    size += len(piece)
                    check_size(size, limit, "max_file_mib")
                    digest.update(piece)
        except OSError as error:
            raise reading_error(error) from error
        return digest.hexdigest()

    def hashes(self, paths: Iterable[str]) -> dict[str, str]:
        """Path -> SHA-256 of the content, of those of `paths`, files and attachments, that can be read."""
        attached, found = [], {}
        for path in dict.fromkeys(paths):
            if self._corpus.split(path)[1]:
                attached.append(path)
                continue
            hashed = guarded("documents", lambda path=path: self.hash(path))
            if isinstance(hashed, str):  # else it fails again, and is recorded, when the document is compared
                found[path] = hashed
        return found | hashes_of_attachments(self._corpus, attached, self._options, self._workers)

    def is_mail(self, path: str) -> bool:
        """Whether a file may have attachments, by its name or its first bytes."""
        return is_mail(self._corpus, path)

    def attached(self, mails: Iterable[str]) -> Mapping[str, list[Attached] | Failure]:
        """Path of a mail -> its attachments, or why they cannot be told."""
        return dict(attached_to(self._corpus, mails, self._options, self._workers))
