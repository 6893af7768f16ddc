"""The corpus: a root with files. Lists them, opens them, resolves the links between them, never outside the root."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
import stat
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, BinaryIO, TypeVar, cast
from urllib.parse import unquote, urlsplit

import pathspec
from fsspec.implementations.local import LocalFileSystem

from codices.resources.extraction.common.limits import reading_error
from codices.resources.foundation.beneath import opened_beneath, path_of
from codices.resources.foundation.failures import ExtractionError, Failure
from codices.resources.foundation.files import file_system

CLOSED_FOLDER, VANISHED_FOLDER, UNLISTED_FOLDER = "closed_folder", "vanished_folder", "unlisted_folder"
FOLDER_FAILURES = (CLOSED_FOLDER, VANISHED_FOLDER, UNLISTED_FOLDER)  # nothing is known of what lies below
DUPLICATE_NAME = "duplicate_name"
_PAUSE_SECONDS = 0.02  # an editor or a copy puts a file in another's place in less
ATTACHMENT = "!/"  # mail.eml!/report.pdf is the attachment report.pdf of mail.eml
SITE_DEPTH = 8  # folders above a document, from either end, that may be the root of the web site it is a page of
# By name: reading mails and archives stands above the corpus, and is imported only where there are some.
_READER_OF_CONTAINERS = "codices.resources.extraction.archives.contents:contents_of"
# The last mail or archive that was taken apart in this process: what lies in it is read piece after piece.
_TAKEN_APART: dict[tuple[str, str, str | None], Mapping[str, bytes]] = {}
_LOOKS_ESCAPED = re.compile(rb"\\(?=x[0-9a-f]{2})")
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")

_Found = TypeVar("_Found")


class ListingError(Exception):
    """The corpus could not be listed as a whole; nothing may be concluded about any document."""


@dataclass(frozen=True)
class ListedFile:
    """One file as the listing saw it. `revision` changes when the file may have changed (size and modification time,
    or the store's etag). `failure` is set for what cannot be a document: a link out of the root, a device, a folder
    that cannot be listed (FOLDER_FAILURES)."""

    path: str
    size: int
    modified_at: datetime | None
    revision: str
    included: bool
    failure: Failure | None = None


def doc_id_of(path: str) -> str:
    """24 hexadecimal characters of SHA-256 over the path, Unicode-normalised (NFC): stable under edits."""
    return hashlib.sha256(unicodedata.normalize("NFC", path).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def shard_of(path: str, shards: int) -> str:
    """The shard's key: SHA-256 of the doc_id modulo `shards`, as lower-case hexadecimal of equal width.

    An attachment lies in the shard of its mail.
    """
    doc_id = doc_id_of(path.split(ATTACHMENT, 1)[0])
    return _shard_key(int(hashlib.sha256(doc_id.encode()).hexdigest(), 16) % shards, shards)


def shard_keys(shards: int) -> list[str]:
    """All shard keys in order, e.g. "00" … "0f" for 16."""
    return [_shard_key(number, shards) for number in range(shards)]


def _shard_key(number: int, shards: int) -> str:
    return f"{number:0{max(2, len(f'{shards - 1:x}'))}x}"


def contents_of(data: bytes, name: str) -> Mapping[str, bytes]:
    """Name -> content of every attachment of a mail, or member of an archive; `name` is the container's. Raises
    ExtractionError when it cannot be read."""
    return resolve_name(_READER_OF_CONTAINERS)(data, name)


class Corpus:
    """A local folder or an fsspec URL. Patterns are those of .gitignore; `excluded_folders` are left out whole."""

    def __init__(
        self,
        root: str,
        include: tuple[str, ...] = ("*",),
        exclude: tuple[str, ...] = (),
        excluded_folders: tuple[str, ...] = (),
    ):
        self.root = root
        self.include = include
        self.exclude = exclude
        self.excluded_folders = excluded_folders
        filesystem, path = file_system(root)
        self._fs: Any = filesystem
        self._path = path.rstrip("/") or "/"
        self.local = Path(self._path).resolve() if isinstance(filesystem, LocalFileSystem) else None

    def __reduce__(self) -> tuple[Any, ...]:
        return Corpus, (self.root, self.include, self.exclude, self.excluded_folders)

    # -- listing ----------------------------------------------------------------------------------------------------

    def list(self) -> list[ListedFile]:
        """Every file under the root, sorted by path, and as a failure every folder that cannot be listed, even when it
        is tried again: one that is hidden for a moment must not look like a thousand deletions. Raises ListingError
        when the root itself cannot be listed."""
        included = pathspec.GitIgnoreSpec.from_lines(self.include)
        excluded = pathspec.GitIgnoreSpec.from_lines(self.exclude)
        try:
            found = self._list_local(excluded) if self.local is not None else self._list_remote()
            files = [
                ListedFile(path, size, modified, revision, _takes(included, excluded, path, failure), failure)
                for path, size, modified, revision, failure in found
            ]
        except (OSError, ValueError) as error:
            raise ListingError(f"corpus {self.root} cannot be listed: {error}") from error
        return sorted(_without_twins(files), key=lambda file: file.path)

    def _list_local(
        self, excluded: pathspec.GitIgnoreSpec
    ) -> Iterator[tuple[str, int, datetime | None, str, Failure | None]]:
        assert self.local is not None
        if not self.local.is_dir():
            raise FileNotFoundError(f"{self.local} is not a folder")
        skipped = {str(Path(folder).resolve()) for folder in self.excluded_folders}
        # As git does: what lies below an excluded folder is excluded, unless a pattern takes something back in.
        prunes = not any(line.startswith("!") for line in self.exclude)
        pending = [self.local]
        while pending:
            folder = pending.pop()
            try:
                entries = _again(lambda folder=folder: _scanned(folder))
            except OSError as error:
                if folder == self.local:
                    raise
                failure = _folder_failure(error)
                yield _escape(os.path.relpath(folder, self.local)), 0, None, failure.kind, failure
                continue
            for entry in entries:
                path = _escape(os.path.relpath(entry.path, self.local))
                if entry.path in skipped:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    if not (prunes and excluded.match_file(f"{path}/")):
                        pending.append(Path(entry.path))
                    continue
                found = self._look_at(entry)
                if found is not None:
                    yield path, *found

    def _look_at(self, entry: os.DirEntry[str]) -> tuple[int, datetime | None, str, Failure | None] | None:
        """Size, time, revision and failure of a file; None for what is no document of its own: what is gone by now,
        and a linked folder inside the root, which is listed under its own name."""
        try:
            failure = _again(lambda: self._why_no_document(Path(entry.path), entry.is_symlink()))
            status = None if failure else _again(lambda: os.stat(entry.path))
        except FileNotFoundError:
            return None
        except OSError as error:
            status, failure = None, Failure("listing", "unreadable", f"cannot be read: {error.strerror or error}")
        if status is None:
            return 0, None, failure.kind if failure else "", failure
        if stat.S_ISDIR(status.st_mode):
            return None
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        return status.st_size, modified, f"{status.st_size}-{status.st_mtime_ns}", None

    def _why_no_document(self, path: Path, is_link: bool) -> Failure | None:
        assert self.local is not None
        try:
            if is_link and not path.resolve(strict=True).is_relative_to(self.local):
                return Failure("listing", "link_leaves_root", "a symbolic link to outside the corpus is not followed")
            mode = path.stat().st_mode
        except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
            if not is_link:
                raise
            return Failure("listing", "broken_link", "a symbolic link that leads nowhere or into a loop")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return Failure("listing", "not_a_file", "a pipe, socket or device is not a document")
        return None

    def _list_remote(self) -> Iterator[tuple[str, int, datetime | None, str, Failure | None]]:
        found = self._fs.find(self._path, detail=True)
        prefix = self._path.rstrip("/") + "/"
        for full, info in found.items():
            modified = info.get("LastModified") or info.get("mtime") or info.get("created")
            if isinstance(modified, int | float):
                modified = datetime.fromtimestamp(modified, UTC)
            modified = modified if isinstance(modified, datetime) else None
            yield full.removeprefix(prefix), int(info.get("size") or 0), modified, self._remote_revision(info), None

    def _remote_revision(self, info: dict[str, Any]) -> str:
        tag = next((info[key] for key in ("ETag", "etag", "md5Hash", "LastModified", "mtime") if info.get(key)), None)
        return f"{info.get('size') or 0}-{tag or self._fs.ukey(info['name'])}"

    # -- reading ----------------------------------------------------------------------------------------------------

    @contextmanager
    def local_path(self, path: str) -> Iterator[Path]:
        """A local file with the document's bytes, valid inside the block. Raises ExtractionError ("vanished",
        "unreadable", "link_leaves_root") with the reason."""
        if self.local is not None and not self.split(path)[1]:
            with self._opened(path) as descriptor:
                if named := path_of(descriptor):
                    yield named
                    return
        suffix = Path(path).suffix[:16]
        with tempfile.TemporaryDirectory(prefix="codices-") as folder:
            target = Path(folder) / f"document{suffix}"
            target.write_bytes(self.read(path))
            yield target

    def read(self, path: str) -> bytes:
        """The document's bytes; of an attachment, when the path names one. Raises ExtractionError like local_path."""
        file, members = self.split(path)
        if members:
            container = path.removesuffix(f"{ATTACHMENT}{members[-1]}")
            found = self._contents(container, file)
            if members[-1] not in found:
                raise ExtractionError("vanished", f"{container} holds no {members[-1]}")
            return found[members[-1]]
        return self._read_file(path, None)

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file. Raises ExtractionError like local_path."""
        return self._read_file(path, size)

    def excludes(self, path: str) -> bool:
        """Whether the patterns leave this path out, also one that lies in an archive."""
        return pathspec.GitIgnoreSpec.from_lines(self.exclude).match_file(path)

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A seekable stream over the document's bytes. Raises ExtractionError like local_path."""
        if self.split(path)[1]:
            yield BytesIO(self.read(path))
        elif self.local is not None:
            with self._opened(path) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as stream:
                yield stream
        else:
            with self._fs.open(f"{self._path}/{path}", "rb") as stream:
                yield cast(BinaryIO, stream)

    def _read_file(self, path: str, size: int | None) -> bytes:
        try:
            if self.local is None:
                return bytes(self._fs.cat_file(f"{self._path}/{path}", end=size))
            with self._opened(path) as descriptor, os.fdopen(descriptor, "rb", closefd=False) as stream:
                return stream.read(-1 if size is None else size)
        except OSError as error:
            raise reading_error(error) from error

    @contextmanager
    def _opened(self, path: str) -> Iterator[int]:
        assert self.local is not None
        with opened_beneath(self.local, self.local / _unescape(path)) as descriptor:
            yield descriptor

    def split(self, path: str) -> tuple[str, list[str]]:
        """The file that a path names, and the names of the attachments inside one another that follow it.

        A folder may end in "!" too: what is there as a file is one.
        """
        parts = path.split(ATTACHMENT)
        for count in range(len(parts), 1, -1):
            file = ATTACHMENT.join(parts[:count])
            if self._is_file(file):
                return file, parts[count:]
        return parts[0], parts[1:]

    def _is_file(self, path: str) -> bool:
        if self.local is not None:
            return os.path.lexists(self.local / _unescape(path))
        return bool(self._fs.isfile(f"{self._path}/{path}"))

    def _contents(self, container: str, file: str) -> Mapping[str, bytes]:
        key = (self.root, container, self.revision(file))
        if key not in _TAKEN_APART:
            found = contents_of(self.read(container), container)
            _TAKEN_APART.clear()
            _TAKEN_APART[key] = found
        return _TAKEN_APART[key]

    def revision(self, path: str) -> str | None:
        """The revision that a listing would give the file now; None when it is no regular file inside the root, or
        nothing that can be looked at: a link may lead to any name, and every store refuses some in a way of its own."""
        file, members = self.split(path)
        if members:
            return self.revision(file)
        try:
            if self.local is not None:
                with self._opened(path) as descriptor:
                    status = os.fstat(descriptor)
                return f"{status.st_size}-{status.st_mtime_ns}"
            info = self._fs.info(f"{self._path}/{path}")
        except Exception:
            return None
        return self._remote_revision(info) if info.get("type") == "file" else None

    # -- links ------------------------------------------------------------------------------------------------------

    def link_candidates(self, document: str, target: str) -> list[str]:
        """The corpus paths that a link written in `document` can mean, the likeliest first; none for a URL.

        A relative link counts from the document's folder. One that starts with a slash counts from the root of a web
        site: any folder above the document (of a very deep one, the SITE_DEPTH nearest and outermost), or its `static`
        or `public` folder. No candidate leaves the root.
        """
        try:
            parts = urlsplit(target.strip().replace("\\", "/"))
        except ValueError:
            return []
        if parts.scheme or parts.netloc or not parts.path:
            return []
        link = unquote(parts.path)
        folder = posixpath.dirname(self.split(document)[0])
        if not link.startswith("/"):
            bases = [folder]
        else:
            above = [folder]
            while above[-1]:
                above.append(posixpath.dirname(above[-1]))
            if len(above) > 2 * SITE_DEPTH:
                above = above[:SITE_DEPTH] + above[-SITE_DEPTH:]
            bases = [posixpath.join(base, place) for base in above for place in ("", "static", "public")]
        paths = [posixpath.normpath(posixpath.join(base, link.lstrip("/"))) for base in bases]
        return [path for path in paths if path != "." and not path.startswith(("../", "/")) and path != ".."]


def _scanned(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _again(look: Callable[[], _Found]) -> _Found:
    """What `look` returns, which is tried a second time: a file that is written anew is away for a moment."""
    try:
        return look()
    except PermissionError:
        raise
    except OSError:
        time.sleep(_PAUSE_SECONDS)
        return look()


def _folder_failure(error: OSError) -> Failure:
    if isinstance(error, PermissionError):
        return Failure("listing", CLOSED_FOLDER, "the folder may not be read: nothing in it is known")
    if isinstance(error, FileNotFoundError):
        return Failure("listing", VANISHED_FOLDER, "the folder went while the corpus was listed")
    reason = error.strerror or str(error)
    return Failure("listing", UNLISTED_FOLDER, f"the folder cannot be listed ({reason}): nothing in it is known")


def _takes(
    included: pathspec.GitIgnoreSpec, excluded: pathspec.GitIgnoreSpec, path: str, failure: Failure | None
) -> bool:
    if failure is not None and failure.kind in FOLDER_FAILURES:  # whatever is in it may be wanted
        return not excluded.match_file(f"{path}/")
    return included.match_file(path) and not excluded.match_file(path)


def _without_twins(files: list[ListedFile]) -> Iterator[ListedFile]:
    """Two names that are one after Unicode normalisation would be one document: the second is a failure, said aloud."""
    taken: dict[str, str] = {}
    for file in sorted(files, key=lambda file: (not file.included, file.path)):
        first = taken.setdefault(doc_id_of(file.path), file.path)
        if first == file.path:
            yield file
        elif file.included:
            path, failure = duplicate_name(file.path, first, taken)
            yield replace(file, path=path, failure=failure)


def duplicate_name(path: str, first: str, taken: dict[str, str]) -> tuple[str, Failure]:
    """The path under which a file fails that would be the same document as `first`, and the failure, which names both.

    `taken`: doc_id -> path of what is there; the new path is added to it.
    """
    number = 1
    while doc_id_of(free := f"{path} (duplicate name{f' {number}' if number > 1 else ''})") in taken:
        number += 1
    taken[doc_id_of(free)] = free
    message = f"the name {path!a} stands for the same document as {first!a}: rename one of them"
    return free, Failure("listing", DUPLICATE_NAME, message)


def _escape(path: str) -> str:
    """Bytes of a file name that are not UTF-8 become \\xNN, so that a path is always text; a backslash that would look
    like one of them becomes \\x5c."""
    return _LOOKS_ESCAPED.sub(rb"\\x5c", os.fsencode(path)).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def _unescape(path: str) -> str:
    """The inverse of `_escape`, in the encoding that this process has for file names."""
    raw = _ESCAPED.sub(lambda found: "\0" + found.group(1), path).encode("utf-8", "surrogatepass")
    return os.fsdecode(re.sub(rb"\x00([0-9a-f]{2})", lambda found: bytes.fromhex(found.group(1).decode()), raw))
