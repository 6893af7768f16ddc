"""How many bytes from outside the corpus are read while a file is exchanged for a link out of it, again and again.

`python -m benchmarks.extraction.link_swap [tries]` prints one line of JSON and fails when a byte came from outside.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from codices.resources.corpus.corpus import Corpus
from codices.resources.foundation.failures import ExtractionError

SECRET, OWN = b"outside", b"inside"
SWAP_SECONDS = 0.0007


def _swap(folder: str, secret: str) -> None:
    """Exchange the file for a link, and its folder for a link, and back, until the process is ended."""
    root = Path(folder)
    while True:
        (root / "link").symlink_to(secret)
        os.replace(root / "link", root / "docs/f.md")
        time.sleep(SWAP_SECONDS)
        (root / "new").write_bytes(OWN)
        os.replace(root / "new", root / "docs/f.md")
        time.sleep(SWAP_SECONDS)
        os.rename(root / "docs", root / "away")
        (root / "docs").symlink_to(Path(secret).parent)
        time.sleep(SWAP_SECONDS)
        (root / "docs").unlink()
        os.rename(root / "away", root / "docs")


def attack(tries: int) -> dict[str, int]:
    """Reads of each outcome: `inside`, `refused`, `outside`."""
    counts = {"inside": 0, "refused": 0, "outside": 0}
    with tempfile.TemporaryDirectory() as place:
        secret = Path(place, "secret", "f.md")
        secret.parent.mkdir()
        secret.write_bytes(SECRET)
        root = Path(place, "corpus")
        (root / "docs").mkdir(parents=True)
        (root / "docs/f.md").write_bytes(OWN)
        attacker = multiprocessing.get_context("spawn").Process(target=_swap, args=(str(root), str(secret)))
        attacker.start()
        try:
            for number in range(tries):
                counts[_read(Corpus(str(root)), by_path=number % 2 == 0)] += 1
        finally:
            attacker.kill()
            attacker.join()
    return counts


def _read(corpus: Corpus, *, by_path: bool) -> str:
    with suppress(ExtractionError, OSError):
        if not by_path:
            return "outside" if corpus.read("docs/f.md") == SECRET else "inside"
        with corpus.local_path("docs/f.md") as path:
            return "outside" if path.read_bytes() == SECRET else "inside"
    return "refused"


if __name__ == "__main__":
    found = attack(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    print(json.dumps(found))
    sys.exit(bool(found["outside"]))
