"""What can go wrong with an index, one class per thing a person does next."""

from __future__ import annotations

from codices.resources.foundation.transient import TransientError


class IndexStoreError(Exception):
    """Base of everything below; the message says what to do."""


class RowsError(IndexStoreError):
    """Rows that may not be written: unknown or missing columns, duplicate keys, vectors of no unit length."""


class TableMissing(IndexStoreError):
    """A table of the index was deleted or never copied."""


class TableDamaged(IndexStoreError):
    """A table whose files are missing or unreadable, or that comes from another home."""


class NewerSchema(IndexStoreError):
    """The index was written by a newer version of Codices."""


class StoreUnwritable(IndexStoreError):
    """The disk is full, or the place is read-only for this user."""


class StoreBusy(IndexStoreError, TransientError):
    """The store did not answer, or other writers kept committing first: running again may be enough."""


class ReleaseMissing(IndexStoreError):
    """No release of that name or time, or the files of one were removed."""
