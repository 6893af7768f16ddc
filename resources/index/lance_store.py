"""How the index is reached: where it lies, how a failed commit is tried again, what an error of the store means."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TypeVar

import lance
import pyarrow as pa

from codices.resources.index.errors import IndexStoreError, StoreBusy, StoreUnwritable, TableDamaged

if TYPE_CHECKING:
    from lancedb.db import DBConnection

T = TypeVar("T")

ATTEMPTS = 10
"""Of one commit. With the back-off below that is about a minute, longer than any merge of a shard takes."""

_RETRYABLE = ("commit conflict", "conflicting", "concurrent", "please retry", "try again", "too many attempts")
_UNWRITABLE = (
    "no space left",
    "read-only file system",
    "permission denied",
    "accessdenied",
    "quota exceeded",
    "file too large",
)
_NETWORK = ("error sending request", "error trying to connect", "connection", "timed out", "dns error", "slow down")
_DAMAGED = (
    "not found",
    "no such file",
    "no longer exists",
    "corrupt",
    "invalid magic",
    "unexpected eof",
    "range start must",
)


def connect(uri: str, storage_options: Mapping[str, str] | None = None) -> DBConnection:
    """Connection to `uri`: a local folder, s3://, gs:// or az://."""
    import lancedb  # takes a second, which a run that finds nothing to do has no use for

    return lancedb.connect(uri, storage_options=_all_options(uri, storage_options))


def open_dataset(uri: str, version: int | None, storage_options: Mapping[str, str] | None = None) -> lance.LanceDataset:
    """The Lance dataset at `uri`, a table's folder, at its newest version or at `version`."""
    return lance.dataset(uri, version=version, storage_options=_all_options(uri, storage_options))


def _all_options(uri: str, storage_options: Mapping[str, str] | None) -> dict[str, str] | None:
    return {**environment_options(uri), **(storage_options or {})} or None


def environment_options(uri: str) -> dict[str, str]:
    """What the object store's own environment variables leave to be said.

    Credentials and region (AWS_ACCESS_KEY_ID, AWS_REGION, GOOGLE_APPLICATION_CREDENTIALS, AZURE_STORAGE_ACCOUNT_NAME,
    …) are read by the store itself. An S3 endpoint under the name that boto3 uses is not, and one without TLS must be
    allowed.
    """
    if not uri.startswith("s3"):
        return {}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    options = {"region": region} if region else {}
    if endpoint:
        options["endpoint"] = endpoint
        options["allow_http"] = str(endpoint.startswith("http://")).lower()
    return options


def retrying(action: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """`action()`, again after a conflict with another writer, with exponential back-off and jitter."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return action()
        except STORE_ERRORS as error:
            if attempt == ATTEMPTS or not any(sign in str(error).lower() for sign in _RETRYABLE):
                raise
            sleep(min(10.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.0))
    raise AssertionError("unreachable")


def _brief(reason: str) -> str:
    """Without the places in Lance's code; of an object store's answer, its code and message alone."""
    answer = re.search(r"<Code>(\w+)</Code>.*?<Message>(.*?)</Message>", reason, re.DOTALL)
    if answer:
        return f"{answer[1]}: {answer[2]}"
    return re.split(r", /\S*(?:rustc|\.cargo)/", reason)[0]


STORE_ERRORS = (RuntimeError, OSError, ValueError)
"""What Lance raises."""


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Errors of the store while `doing` something, as one that says what to do next."""
    try:
        yield
    except IndexStoreError:
        raise
    except STORE_ERRORS as error:
        raise_explained(doing, error)


def raise_explained(doing: str, error: Exception) -> NoReturn:
    """Raise what `explanation` makes of `error`, or the error itself."""
    told = explanation(doing, error)
    if told is None:
        raise error
    raise told from error


def explanation(doing: str, error: Exception) -> IndexStoreError | None:
    """An error of the store while `doing` something, as one that says what to do next; None where it is not its own."""
    reason = _brief(str(error))
    lowered = reason.lower()
    if "nosuchbucket" in lowered:
        return IndexStoreError(f"{doing}: {reason.rstrip('.')}; make the bucket, or correct the URL")
    if any(sign in lowered for sign in _UNWRITABLE):
        return StoreUnwritable(
            f"{doing}: {reason}. Nothing indexed is lost: free space or grant write access, then run again"
        )
    if any(sign in lowered for sign in _DAMAGED):
        return TableDamaged(
            f"{doing}: {reason}. Files of the table are missing or damaged: restore them from a backup, or build "
            "the table anew with `codices index --rebuild`"
        )
    if any(sign in lowered for sign in _RETRYABLE):
        return StoreBusy(f"{doing}: other writers kept committing first ({reason}); run again")
    if any(sign in lowered for sign in _NETWORK):
        return StoreBusy(f"{doing}: the store does not answer ({reason}); run again when it does")
    if "lance" in lowered or isinstance(error, OSError):
        return IndexStoreError(f"{doing}: {reason}")
    return None


def take_rows(dataset: lance.LanceDataset, row_ids: Sequence[int], columns: Sequence[str]) -> pa.Table:
    """`columns` of the rows with these ids, in their order."""
    return dataset._take_rows(list(row_ids), list(columns))


def literal(value: str) -> str:
    """`value` as an SQL string."""
    return "'" + value.replace("'", "''") + "'"


def one_of(column: str, values: Sequence[str]) -> str:
    """SQL for `column` being one of `values`; false for none."""
    return f"{column} IN ({', '.join(map(literal, values))})" if values else "false"
