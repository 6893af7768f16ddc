"""What a file may cost before a parser gets to see it: its size, and what an archive unpacks to."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path

from codices.resources.foundation.failures import ExtractionError
from codices.resources.settings.extraction_options import ExtractionOptions

MAX_ENTRIES = 50_000  # of an archive
# Office XML shrinks to a tenth, a sheet full of one number to a hundredth. Beyond that it is a bomb.
MAX_RATIO = 200
MIN_SUSPECT_BYTES = 64 * 2**20  # below this, a ratio is not worth a word


def check_file(path: Path, options: ExtractionOptions) -> int:
    """The size of a regular file in bytes.

    Raises ExtractionError: "not_a_file", "no_permission", "vanished", "unreadable", "empty_file", "too_large".
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ExtractionError("not_a_file", "not a regular file (a folder, pipe, socket or device)")
        with path.open("rb"):
            pass
    except OSError as error:
        raise reading_error(error) from error
    if status.st_size == 0:
        raise ExtractionError("empty_file", "the file has no bytes")
    check_size(status.st_size, options.max_file_mib, "max_file_mib")
    return status.st_size


def check_size(size: int, limit_mib: float, option: str) -> None:
    """Raises ExtractionError("too_large") where `size` bytes are more than the option allows."""
    if size > limit_mib * 2**20:
        raise ExtractionError(
            "too_large",
            f"{size / 2**20:.0f} MiB, at most {limit_mib:g} MiB are read (setting extraction.{option})",
        )


def reading_error(error: OSError) -> ExtractionError:
    """The failure that stands for an error of the file system."""
    if isinstance(error, FileNotFoundError):
        return ExtractionError("vanished", "the file is gone since it was listed")
    if isinstance(error, PermissionError):
        return ExtractionError("no_permission", "no permission to read the file")
    return ExtractionError("unreadable", f"the file cannot be read: {error.strerror or error}")


def check_archive(path: Path, options: ExtractionOptions) -> None:
    """Refuses a ZIP based document that is damaged or unpacks to far more than it weighs.

    Raises ExtractionError: "truncated", "corrupt", "archive_bomb", "encrypted".
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except zipfile.BadZipFile as error:
        if "not a zip file" in str(error):
            raise ExtractionError(
                "truncated", "the archive has no directory at its end: the file was cut off"
            ) from error
        raise ExtractionError("corrupt", f"the archive cannot be opened: {error}") from error
    except (zipfile.LargeZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise ExtractionError("corrupt", f"the archive cannot be opened: {error}") from error
    except OSError as error:
        raise reading_error(error) from error
    if len(entries) > MAX_ENTRIES:
        raise ExtractionError("archive_bomb", f"the archive has {len(entries)} entries")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise ExtractionError("encrypted", "the archive is protected with a password")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > options.max_unpacked_mib * 2**20:
        raise ExtractionError(
            "archive_bomb",
            f"the archive unpacks to {unpacked / 2**20:.0f} MiB, at most {options.max_unpacked_mib:g} MiB are "
            "unpacked (setting extraction.max_unpacked_mib)",
        )
    packed = max(1, sum(entry.compress_size for entry in entries))
    if unpacked > MIN_SUSPECT_BYTES and unpacked / packed > MAX_RATIO:
        raise ExtractionError("archive_bomb", f"the archive unpacks to {unpacked / packed:.0f} times its size")


def read_archive_entry(archive: zipfile.ZipFile, name: str, limit: int = 64 * 2**20) -> bytes:
    """One entry, at most `limit` bytes. Raises ExtractionError("archive_bomb" or "corrupt")."""
    try:
        with archive.open(name) as entry:
            data = entry.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise ExtractionError("corrupt", f"{name} in the archive cannot be read: {error}") from error
    if len(data) > limit:
        raise ExtractionError("archive_bomb", f"{name} in the archive unpacks to more than {limit} bytes")
    return data
