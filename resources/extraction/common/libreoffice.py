"""Old Office files and metafiles, converted by LibreOffice where it is installed."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from codices.resources.foundation import no_network
from codices.resources.foundation.failures import ExtractionError

SECONDS = 90  # a conversion takes 2 to 10


@functools.cache
def program() -> str | None:
    """The path of LibreOffice, or None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert(data: bytes, suffix: str, target: str) -> bytes:
    """The bytes of one file converted to another format, both named by their suffix ("doc", "docx").

    Macros do not run: the profile is a fresh one with LibreOffice's defaults. What a document links to on other hosts
    is not fetched, as far as `no_network` goes.
    Raises ExtractionError: "needs_libreoffice", "timeout", "conversion_failed".
    """
    office = program()
    if office is None:
        raise ExtractionError(
            "needs_libreoffice", f".{suffix} files are read through LibreOffice, which is not installed"
        )
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        source = Path(folder, f"source.{suffix}")
        source.write_bytes(data)
        output = Path(folder, "converted")
        command = [
            *no_network.PREFIX,
            office,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--nolockcheck",
            "--nodefault",
            "--convert-to",
            target,
            "--outdir",
            str(output),
            str(source),
        ]
        # Its library for the desktop's settings would write into the user's folders.
        environment = {**os.environ, "XDG_RUNTIME_DIR": folder, "XDG_CONFIG_HOME": folder}
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=SECONDS, check=False, cwd=folder, env=environment
            )
        except subprocess.TimeoutExpired as error:
            raise ExtractionError("timeout", f"LibreOffice took longer than {SECONDS} s") from error
        result = Path(output, f"source.{target}")
        if not result.is_file():
            said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()[-300:]
            raise ExtractionError("conversion_failed", f"LibreOffice cannot open the .{suffix} file: {said}")
        return result.read_bytes()
