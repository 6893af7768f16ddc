"""Which tesseract reads here, and with which data: the same version with other data reads other words."""

from __future__ import annotations

import hashlib
import re
import subprocess
from functools import cache
from pathlib import Path

import pytesseract

from codices.resources.foundation.fingerprints import fingerprint

ORIENTATION = "osd"  # the data that tells how a page is turned


@cache
def engine_digest(languages: tuple[str, ...]) -> str:
    """Hash of tesseract's version and of the content of its data for `languages`, which is read once per process."""
    try:
        engine = str(pytesseract.get_tesseract_version())
    except pytesseract.TesseractNotFoundError:
        return "missing"
    folder = _data_folder()
    data = {name: _digest(folder / f"{name}.traineddata") for name in (*languages, ORIENTATION)} if folder else None
    return fingerprint(engine, data)


def _data_folder() -> Path | None:
    """Where tesseract takes its data from, as it says itself; None for versions before 5, which do not."""
    listed = subprocess.run(
        [pytesseract.pytesseract.tesseract_cmd, "--list-langs"], capture_output=True, text=True, check=False
    )
    said = re.search(r'languages in "(.+)"', listed.stdout + listed.stderr)
    return Path(said.group(1)) if said is not None else None


def _digest(data: Path) -> str | None:
    try:
        with data.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:  # `check_languages` says what is missing
        return None
