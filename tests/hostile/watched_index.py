"""One `codices index` as a user starts it, watched from outside: how it ended, the memory of its main process, what it
wrote beside its home, what it left behind. Linux only."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from platformdirs import user_cache_dir

_MARK = "HOSTILE_RUN"  # in the environment of the run and so of whatever it starts
_GRACE_SECONDS = 5.0  # in which workers that were told to end do so
_CODICES = str(Path(sys.executable).parent / "codices")


@dataclass(frozen=True)
class WatchedRun:
    """`status` is None where it was ended after `timeout`. `peak_mib` is the peak of resident memory of the main
    process alone. `written` are paths outside the home that were made, changed or deleted; `left_files` what is in the
    folder for temporary files at the end, `left_processes` the command lines of what still runs."""

    status: int | None
    output: str
    seconds: float
    peak_mib: float
    written: list[str]
    left_files: list[str]
    left_processes: list[str]


class Place:
    """A folder with a corpus, a home for the index, and folders of its own for whatever else a program writes to."""

    def __init__(self, folder: Path, prefix: Sequence[str] = ()):
        """`prefix` is a program that runs another, such as strace, with its options."""
        self._prefix = prefix
        self.corpus = folder / "corpus"
        self.home = folder / "home"
        self.temporary = folder / "temporary"
        self._user, self._working = folder / "user", folder / "working"
        self._log = folder / "output.txt"
        self.mark = uuid.uuid4().hex
        for made in (self.corpus, self.temporary, self._user / ".cache", self._working):
            made.mkdir(parents=True, exist_ok=True)
        # The weights that are unpacked once for a user: not what a run may not write, and too large for every place.
        models = Path(user_cache_dir("codices"))
        models.mkdir(parents=True, exist_ok=True)
        (self._user / ".cache/codices").symlink_to(models)

    def environment(self, **settings: str) -> dict[str, str]:
        """This process's, with the folders of this place and without what would name another home."""
        dropped = ("CODICES_", "DAGSTER_", "XDG_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        own = {"HOME": str(self._user), "TMPDIR": str(self.temporary), _MARK: self.mark}
        return kept | own | settings

    def start(self, *options: str, **settings: str) -> subprocess.Popen[bytes]:
        """`codices index` of the corpus in the background, in a session of its own; its output goes to a file."""
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [*self._prefix, _CODICES, "index", str(self.corpus), "--home", str(self.home), "--json", *options],
                cwd=self._working,
                env=self.environment(**settings),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def index(self, *options: str, timeout: float, **settings: str) -> WatchedRun:
        """Runs it to its end, or ends it."""
        watched = (self.corpus, self._user, self._working)
        before = _snapshot(watched)
        started, peak = time.monotonic(), 0.0
        process = self.start(*options, **settings)
        while process.poll() is None and time.monotonic() - started < timeout:
            peak = max(peak, _peak_mib(process.pid))
            time.sleep(0.1)
        status, seconds = process.poll(), time.monotonic() - started
        if status is None:
            self.end_all()
            process.wait()
        left = self.left_processes()
        self.end_all()
        after = _snapshot(watched)
        changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        return WatchedRun(status, self.output(), seconds, peak, changed, self.left_files(), left)

    def output(self) -> str:
        """What the last command that was started has printed, and its errors."""
        return self._log.read_text(errors="replace")

    def left_files(self) -> list[str]:
        """Relative paths of what is in the folder for temporary files."""
        return sorted(str(path.relative_to(self.temporary)) for path in self.temporary.rglob("*"))

    def left_processes(self, grace_seconds: float = _GRACE_SECONDS) -> list[str]:
        """What was started from here and still runs when it had time to end."""
        deadline = time.monotonic() + grace_seconds
        while (running := self._running()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return [_command(process) for process in running]

    def end_all(self) -> None:
        """Ends what was started from here."""
        for process in self._running():
            with suppress(psutil.Error):
                process.kill()

    def _running(self) -> list[psutil.Process]:
        return [process for process in psutil.process_iter() if _has_mark(process, self.mark)]


def _has_mark(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(_MARK) == mark and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, OSError):
        return False  # it has ended, or belongs to somebody else


def _command(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())[:200]
    return f"process {process.pid}"


def _peak_mib(pid: int) -> float:
    """VmHWM of /proc: the most memory that was resident at once, code of libraries included."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0.0)


def _snapshot(folders: tuple[Path, ...]) -> Mapping[str, tuple[int, ...]]:
    """Every file and folder with size, mode, inode and modification time."""
    found: dict[str, tuple[int, ...]] = {}
    for folder in folders:
        for place, _, names, handle in os.fwalk(folder, follow_symlinks=False):
            for name in names:
                status = os.stat(name, dir_fd=handle, follow_symlinks=False)
                found[os.path.join(place, name)] = (status.st_size, status.st_mode, status.st_ino, status.st_mtime_ns)
            status = os.fstat(handle)
            found[place] = (status.st_mode, status.st_ino, status.st_mtime_ns)
    return found
