"""What lies in an archive: ZIP, TAR, and one file or a TAR packed by gzip, bzip2 or xz.

Nothing is written under a name that an archive gives, and no more is unpacked than its budget allows.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import stat
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import IO, Any

from codices.resources.extraction.common.limits import MAX_RATIO, MIN_SUSPECT_BYTES
from codices.resources.foundation.failures import ExtractionError
from codices.resources.foundation.well_formed import well_formed

SUFFIXES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".tbz2", ".xz", ".txz")
MAX_MEMBERS = 10_000  # of one file of the corpus, those of archives inside it included
MAX_NESTED = 3  # archives inside one another
MAX_NAME = 1024  # characters
_PIECE = 2**20
_SPOOLED = 64 * 2**20  # bytes of an unpacked TAR that are held in memory
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PACKERS = (
    (re.compile(rb"\x1f\x8b"), lambda packed: gzip.GzipFile(fileobj=packed)),
    (re.compile(rb"BZh[1-9]1AY&SY"), bz2.BZ2File),
    (re.compile(rb"\xfd7zXZ\x00"), lzma.LZMAFile),
)
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, tarfile.TarError, EOFError, OSError, ValueError, RuntimeError,
    NotImplementedError, OverflowError,
)  # fmt: skip
_DRIVE = re.compile(r"^[A-Za-z]:")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass
class Budget:
    """What may be unpacked of one file of the corpus. `packed` is its size, `limit_mib` None where its members were
    counted before."""

    packed: int
    limit_mib: float | None = None
    unpacked: int = field(default=0, init=False)
    members: int = field(default=0, init=False)

    def count(self, size: int) -> None:
        """Raises ExtractionError("archive_bomb") where `size` bytes more are too many."""
        self.unpacked += size
        if self.limit_mib is not None and self.unpacked > self.limit_mib * 2**20:
            raise ExtractionError(
                "archive_bomb",
                f"the archive unpacks to more than {self.limit_mib:g} MiB (setting extraction.max_unpacked_mib)",
            )
        if self.unpacked > MIN_SUSPECT_BYTES and self.unpacked > MAX_RATIO * max(1, self.packed):
            raise ExtractionError("archive_bomb", f"the archive unpacks to more than {MAX_RATIO} times its size")

    def count_member(self) -> None:
        """Raises ExtractionError("archive_bomb") for the member after the last that is allowed."""
        self.members += 1
        if self.members > MAX_MEMBERS:
            raise ExtractionError("archive_bomb", f"the archive has more than {MAX_MEMBERS} members")


@dataclass(frozen=True)
class Member:
    """One file of an archive. `name` can stand in a path and is no other member's; `pieces` gives its bytes, and raises
    ExtractionError("corrupt" or "archive_bomb"). One with a `failure` is not to be read."""

    name: str
    pieces: Callable[[], Iterator[bytes]]
    failure: ExtractionError | None = None


def is_archive(head: bytes, name: str) -> bool:
    """Whether a file of this name that starts like this is taken apart. A ZIP by another name than .zip is a document,
    or something that its program alone should open."""
    suffix = PurePosixPath(name).suffix.lower()
    if head.startswith(_ZIP):
        return suffix == ".zip"
    return (_is_tar(head) or _packer(head) is not None) and suffix != ".svgz"


def named_as_archive(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def members_of(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    """The files in an archive, in its order; folders, and what macOS adds, are left out.

    `name` is the archive's: a single file that was packed has it without the suffix. Raises ExtractionError: "corrupt",
    "archive_bomb".
    """
    taken: set[str] = set()
    try:
        for member in _raw_members(data, name, budget):
            if not member.name.startswith("__MACOSX/"):
                budget.count_member()
                yield _with_its_own_name(member, taken)
    except _DAMAGE as error:
        raise ExtractionError("corrupt", f"the archive is damaged: {type(error).__name__}: {error}") from error


def _raw_members(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
    if data.startswith(_ZIP):
        yield from _of_zip(data, budget)
    elif _is_tar(data):
        yield from _of_tar(BytesIO(data))
    else:
        packer = _packer(data)
        assert packer is not None, "is_archive was asked"
        unpacked = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115  # open as long as its members are
        for piece in _pieces_of(packer(BytesIO(data)), budget):
            unpacked.write(piece)
        unpacked.seek(0)
        is_tar = _is_tar(unpacked.read(512))
        unpacked.seek(0)
        if is_tar:
            yield from _of_tar(unpacked)
        else:
            yield Member(_unpacked_name(name), lambda: _rewound(unpacked))


def _of_zip(data: bytes, budget: Budget) -> Iterator[Member]:
    archive = zipfile.ZipFile(BytesIO(data))  # open as long as its members are
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        failure = None
        if entry.flag_bits & 0x1:
            failure = ExtractionError("encrypted", "it is protected with a password in its archive")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            failure = ExtractionError("not_a_file", "it is a link in its archive, which is not followed")
        yield Member(entry.filename, lambda entry=entry: _guarded(lambda: archive.open(entry), budget), failure)


def _of_tar(stream: IO[bytes]) -> Iterator[Member]:
    """Of a TAR that lies unpacked: its bytes are counted already."""
    archive = tarfile.open(fileobj=stream, mode="r:")  # noqa: SIM115  # open as long as its members are
    for entry in archive:
        if not entry.isdir():
            regular = entry.isreg()
            failure = ExtractionError("not_a_file", "it is a link or a device in its archive, which is not followed")
            yield Member(
                entry.name,
                lambda entry=entry: _guarded(lambda: archive.extractfile(entry), None),
                None if regular else failure,
            )


def _guarded(opened: Callable[[], IO[bytes] | None], budget: Budget | None) -> Iterator[bytes]:
    try:
        stream = opened()
        if stream is not None:
            yield from _pieces_of(stream, budget)
    except _DAMAGE as error:
        raise ExtractionError("corrupt", f"it is damaged in its archive: {type(error).__name__}: {error}") from error


def _pieces_of(stream: IO[bytes], budget: Budget | None) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(_PIECE):
            if budget is not None:
                budget.count(len(piece))
            yield piece


def _rewound(stream: IO[bytes]) -> Iterator[bytes]:
    stream.seek(0)
    while piece := stream.read(_PIECE):
        yield piece


def _is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def _packer(head: bytes) -> Callable[[IO[bytes]], IO[bytes]] | None:
    found: Any = next((packer for start, packer in _PACKERS if start.match(head)), None)
    return found


def _unpacked_name(name: str) -> str:
    name = PurePosixPath(name).name
    return name.removesuffix(PurePosixPath(name).suffix) or "content"


def _with_its_own_name(member: Member, taken: set[str]) -> Member:
    """Safe in a path; where it means a place outside, or is another member's, the member fails."""
    written = _CONTROLS.sub("", well_formed(member.name)).replace("\\", "/").replace("!/", "_/")
    parts = [part for part in written.split("/") if part not in ("", ".")]
    failure = member.failure
    if written.startswith("/") or _DRIVE.match(written) or ".." in parts or not parts or len(written) > MAX_NAME:
        failure = ExtractionError("unsafe_name", f"its archive names it {written[:200]!r}, a place outside the archive")
    name = "/".join("__" if part == ".." else part for part in parts)[-MAX_NAME:] or "member"
    if unicodedata.normalize("NFC", name) in taken:
        failure = failure or ExtractionError("duplicate_name", f"its archive has several members by the name {name!r}")
        name = _free_name(name, taken)
    taken.add(unicodedata.normalize("NFC", name))
    return Member(name, member.pieces, failure)


def _free_name(name: str, taken: set[str]) -> str:
    place = PurePosixPath(name)
    number = 2
    while (free := str(place.with_name(f"{place.stem} ({number}){place.suffix}"))) and (
        unicodedata.normalize("NFC", free) in taken
    ):
        number += 1
    return free
