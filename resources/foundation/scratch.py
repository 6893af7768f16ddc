"""One folder for everything temporary of a process and its workers, so that what a killed one left can be found.

The folder is locked as long as its process lives; the kernel frees the lock, however the process ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import util
from pathlib import Path

_LONGEST = 107 - len("/pymp-12345678/listener-12345678")  # of a folder for multiprocessing's sockets; unix(7)
_OWN: dict[int, Path] = {}  # process number -> folder; a forked child has none of its own


@contextmanager
def in_scratch(home: str) -> Iterator[None]:
    """Within it, temporary files of this process and of those it starts lie in a folder of its own, named after the
    home and the process. Removes what dead processes left of the same home.

    The folder goes when the process ends: its fork server, which may outlive the context, and its libraries remember
    it. Where the folder's path is too long for a socket, multiprocessing's own stay outside. Raises OSError.
    """
    before = os.environ.get("TMPDIR"), tempfile.tempdir
    os.environ["TMPDIR"] = tempfile.tempdir = str(_own_folder(home))
    try:
        yield
    finally:
        tempfile.tempdir = before[1]
        if before[0] is None:
            os.environ.pop("TMPDIR", None)
        else:
            os.environ["TMPDIR"] = before[0]


def _own_folder(home: str) -> Path:
    own = _OWN.get(os.getpid())
    name = f"codices-{hashlib.sha256(home.encode()).hexdigest()[:8]}-"
    root = Path(tempfile.gettempdir()) if own is None else own.parent
    _remove_dead(root, name, own)
    if own is not None:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        return own
    made = Path(tempfile.mkdtemp(prefix=".codices-", dir=root))
    handle = os.open(made, os.O_RDONLY | os.O_DIRECTORY)  # open, and so locked, until this process ends
    fcntl.flock(handle, fcntl.LOCK_EX)
    own = made.rename(root / f"{name}{os.getpid()}")
    _OWN[os.getpid()] = own
    if len(os.fsencode(own)) > _LONGEST:
        _keep_sockets_in(root if len(os.fsencode(root)) <= _LONGEST else Path("/tmp"))
    util.Finalize(None, remove_scratch, exitpriority=-200)  # multiprocessing removes its sockets at -100
    return own


def _keep_sockets_in(folder: Path) -> None:
    """Have multiprocessing make its own folder there, which it remembers, and removes at the end."""
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        util.get_temp_dir()
    finally:
        tempfile.tempdir = before


def remove_scratch() -> None:
    """Remove this process's folder, if it has one. What stays (a worker still writes) is left to the next run."""
    own = _OWN.get(os.getpid())
    if own is not None:
        shutil.rmtree(own, ignore_errors=True)


def _remove_dead(root: Path, name: str, own: Path | None) -> None:
    for folder in root.glob(f"{name}*"):
        if folder == own:
            continue
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # gone by now, or another user's
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # its process lives
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)
