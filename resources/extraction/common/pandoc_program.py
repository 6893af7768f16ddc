"""The program pandoc, called in its sandbox: it reads the one file that it is given and nothing else."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from codices.resources.foundation.failures import ExtractionError

SECONDS = 90
HEAP = "2G"  # of pandoc's own heap; its address space is far larger, which no limit should mind

# Only what is known of a document goes to the page's head; pandoc's own template would repeat it in the body.
_TEMPLATE = (
    '<html><head><title>$title$</title><meta name="subtitle" content="$subtitle$"></head><body>$body$</body></html>'
)


def rtf_to_html(data: bytes) -> str:
    """The text of RTF without its pictures. Raises ExtractionError as `run_pandoc` does."""
    with tempfile.TemporaryDirectory(prefix="codices-") as folder:
        source = Path(folder, "source.rtf")
        source.write_bytes(data)
        return run_pandoc(source, "rtf", Path(folder), False)[0]


def run_pandoc(source: Path, reader: str, folder: Path, extract_media: bool) -> tuple[str, list[str]]:
    """HTML and pandoc's warnings; pictures go to folder/media. Raises ExtractionError("timeout" or "corrupt")."""
    import pypandoc

    Path(folder, "page.html").write_text(_TEMPLATE, encoding="utf-8")
    command = [
        pypandoc.get_pandoc_path(),
        "--sandbox",
        f"--from={reader}",
        "--to=html",
        "--wrap=none",
        "--template=page.html",
        *(["--extract-media=media"] if extract_media else []),
        str(source.absolute()),
        "+RTS",
        f"-M{HEAP}",
        "-RTS",
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, cwd=folder)
    except subprocess.TimeoutExpired as error:
        raise ExtractionError("timeout", f"pandoc took longer than {SECONDS} s") from error
    except OSError as error:
        raise ExtractionError("needs_pandoc", f"pandoc cannot be started: {error}") from error
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == 251 or "heap exhausted" in said:
        raise ExtractionError("out_of_memory", f"pandoc needed more than {HEAP} of memory")
    if done.returncode != 0:
        for place in (folder, source.parent):  # which have another name in every run
            said = said.replace(f"{place}/", "")
        raise ExtractionError("corrupt", f"pandoc cannot read the file: {said[-300:]}")
    lost = [line[:300] for line in said.splitlines() if line.startswith("[WARNING]") and "lost" in line.lower()]
    return done.stdout.decode("utf-8", "replace"), lost
