"""Opening files below a folder so that no link leads out of it, also when files are exchanged for links meanwhile."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from codices.resources.foundation.failures import ExtractionError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe put in the file's place would never end
_LINK_MET = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)  # of O_NOFOLLOW at a link, by system


@contextmanager
def opened_beneath(root: Path, path: Path) -> Iterator[int]:
    """A descriptor of the regular file `path`, which lies below `root` (both absolute, `root` without links).

    Links that stay inside the root are followed once, when the path is resolved. The resolved path is then opened
    folder by folder, no link followed: one that was put there in between is refused.
    Raises ExtractionError: "vanished", "no_permission", "link_leaves_root", "not_a_file"; OSError for anything else.
    """
    descriptor = _walk(root, _resolved(root, path).relative_to(root).parts)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ExtractionError("not_a_file", "not a regular file (a folder, pipe, socket or device)")
        yield descriptor
    finally:
        os.close(descriptor)


def path_of(descriptor: int) -> Path | None:
    """A path that opens the very file behind a descriptor, in this process and in those that it starts, whatever its
    name stands for by now. None where the system has none (no Linux, or /proc is not mounted)."""
    path = Path(f"/proc/{os.getpid()}/fd/{descriptor}")
    return path if path.exists() else None


def _resolved(root: Path, path: Path) -> Path:
    try:
        real = path.resolve(strict=True)
    except PermissionError as error:
        raise ExtractionError("no_permission", "no permission to read the file") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise ExtractionError("vanished", "the file was listed, but is gone") from error
    if not real.is_relative_to(root):
        raise ExtractionError("link_leaves_root", "a symbolic link to outside the corpus is not followed")
    return real


def _walk(root: Path, parts: tuple[str, ...]) -> int:
    """A descriptor of root/parts[0]/…, reached without following a link below the root."""
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for number, part in enumerate(parts, 1):
            inner = os.open(part, _FILE if number == len(parts) else _FOLDER, dir_fd=here)
            os.close(here)
            here = inner
    except BaseException as error:
        os.close(here)
        if isinstance(error, OSError) and error.errno in _LINK_MET:
            raise ExtractionError("link_leaves_root", "a link was put in its place while it was read") from error
        raise
    return here
