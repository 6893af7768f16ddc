"""Files of the home: the same few operations on a local folder and on any fsspec store, writes always atomic.

A local write goes to a temporary file, is flushed to the disk and renamed, so that a crash or a power cut leaves the
old file or the new one. An object store replaces an object as a whole anyway.
"""

from __future__ import annotations

import errno
import io
import math
import os
import time
import uuid
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, Any, cast

import fsspec
from filelock import FileLock
from fsspec.dircache import DirCache
from fsspec.implementations.local import LocalFileSystem

CLOCK_SLACK_SECONDS = 2  # a file system's clock ticks coarsely, and another machine's may differ
TEMPORARY_SUFFIX = ".tmp"  # of what `open_output` has not finished
_FLUSHED = -math.inf  # a time before any other
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def is_remote(url: str) -> bool:
    """True for `s3://…` and the like, False for a local path or a file:// URL."""
    return "://" in url and not url.startswith("file://")


class DriverMissing(OSError):
    """The package through which an object store is reached is not installed."""


def file_system(url: str) -> tuple[Any, str]:
    """The fsspec file system of `url`, and the path in it. It keeps no listings: one from before would hide what other
    processes wrote since. Raises DriverMissing, which names the package."""
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise DriverMissing(f"{url} cannot be reached: {error} (beside Codices, with pip)") from error
    listings = getattr(filesystem, "dircache", None)
    if isinstance(listings, DirCache):  # set here: not every file system takes it as an argument
        listings.use_listings_cache = False
        listings.clear()
    return filesystem, path


class Folder:
    """One folder, given as a local path or an fsspec URL; every name is relative to it, with forward slashes."""

    def __init__(self, url: str):
        self.url = url.rstrip("/")
        filesystem, root = file_system(self.url)
        self._fs: Any = filesystem
        self._root = root.rstrip("/")
        self.local = Path(self._root) if isinstance(filesystem, LocalFileSystem) else None

    def __reduce__(self) -> tuple[type[Folder], tuple[str]]:
        return Folder, (self.url,)

    def describe(self, name: str) -> str:
        """The full name of a file, for messages."""
        return f"{self._root}/{name}"

    def read(self, name: str) -> bytes | None:
        """The content, or None when there is no such file."""
        try:
            return cast(bytes, self._fs.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            return None

    def write(self, name: str, data: bytes) -> None:
        """Replace a file atomically and durably."""
        with self.open_output(name) as stream:
            stream.write(data)

    def exists(self, name: str) -> bool:
        return bool(self._fs.exists(f"{self._root}/{name}"))

    def stamp(self, name: str) -> Hashable:
        """What is another one when the file was replaced since; None when there is no such file. Object stores keep
        nothing as sure and as cheap: there every stamp differs."""
        if self.local is None:
            return object() if self.exists(name) else None
        try:
            found = os.stat(self.local / name)
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def names(self, folder: str) -> list[str]:
        """The names of the files directly under `folder`, sorted; none when it does not exist."""
        try:
            found = self._fs.ls(f"{self._root}/{folder}", detail=False, refresh=True)
        except FileNotFoundError:
            return []
        return sorted(path.rsplit("/", 1)[-1] for path in found)

    def open_input(self, name: str) -> IO[bytes]:
        """A seekable stream over an existing file."""
        return cast("IO[bytes]", self._fs.open(f"{self._root}/{name}", "rb"))

    @contextmanager
    def open_output(self, name: str) -> Iterator[IO[bytes]]:
        """A stream whose content becomes the file `name` when the block ends well, and vanishes otherwise.

        Raises OSError saying what to do when the folder is full or must not be written.
        """
        if self.local is None:
            buffer = io.BytesIO()
            yield buffer
            self._fs.pipe_file(f"{self._root}/{name}", buffer.getvalue())
            return
        target = self.local / name
        temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}{TEMPORARY_SUFFIX}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(target)
            _sync(target.parent)
        except BaseException as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            if isinstance(error, OSError) and error.errno in _UNWRITABLE:
                advice = "Nothing finished is lost: free space or grant write access, then run again"
                raise OSError(error.errno, f"{error.strerror}. {advice}", str(target)) from None
            raise

    def move_aside(self, name: str) -> None:
        """Keep a damaged file under another name, for a person to look at."""
        self._fs.mv(f"{self._root}/{name}", f"{self._root}/{name}.damaged-{int(time.time())}")

    def remove(self, name: str) -> None:
        """Remove a file; nothing happens when it is not there."""
        try:
            self._fs.rm_file(f"{self._root}/{name}")
        except FileNotFoundError:
            return

    def age_seconds(self, name: str) -> float:
        """Seconds since the file was written; 0 when it is gone or its store keeps no times."""
        try:
            return max(0.0, time.time() - self._fs.modified(f"{self._root}/{name}").timestamp())
        except (FileNotFoundError, NotImplementedError):
            return 0.0

    def remove_temporary(self, older_than_seconds: float) -> None:
        """Remove what killed processes left half-written, here and in the folders below."""
        if self.local is None:  # an object store never shows half an object
            return
        for place, _, names in os.walk(self.local):
            for name in names:
                path = Path(place, name)
                if name.startswith(".") and name.endswith(TEMPORARY_SUFFIX):
                    with suppress(FileNotFoundError):  # another process was faster
                        if time.time() - path.stat().st_mtime > older_than_seconds:
                            path.unlink()

    def lock(self, name: str) -> Any:
        """A lock between the processes of one machine, for read-change-write. Object stores have none: there the last
        writer wins, and what the other one computed is computed again when it is next needed."""
        if self.local is None:
            return nullcontext()
        folder = self.local / ".locks"
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{name}.lock")


def sync_tree(folder: str | Path, since: float, known: dict[str, float], rewritten: str) -> None:
    """Flush to the disk what others wrote under `folder` (files and folders changed after the time `since`), and their
    names. `known`: what earlier calls found of files that do not change once they are written, which are all but those
    whose name ends in `rewritten`; this one adds to it."""
    changed = False
    with suppress(FileNotFoundError):  # a clean-up of another process was faster
        for entry in list(os.scandir(folder)):
            when = known.get(entry.path)
            if when is not None and when < since:
                continue
            if entry.is_dir():
                sync_tree(entry.path, since, known, rewritten)
                continue
            with suppress(FileNotFoundError):
                if when is None:
                    when = entry.stat().st_mtime
                if when >= since:
                    _sync(entry.path)
                    when, changed = _FLUSHED, True
                if not entry.name.endswith(rewritten):
                    known[entry.path] = when
        if changed or os.stat(folder).st_mtime >= since:
            _sync(folder)


def _sync(path: str | Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
