"""How far one document walks through the house: moves between files of the project while seven lines of Markdown are
indexed, and the files entered. `python -m benchmarks.walk`; counted with sys.setprofile, so the figures are exact."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = """# Cache invalidation

The gateway drops a cached answer when its tag changes.

- tags are compared byte by byte
- an answer without a tag lives for 60 seconds
"""


class Walk:
    """Counts calls whose caller and callee lie in different files of the project, generators resumed included."""

    def __init__(self) -> None:
        self.moves: Counter[tuple[str, str]] = Counter()
        self.files: set[str] = set()
        self._own: dict[str, str | None] = {}

    def _name(self, path: str) -> str | None:
        if path not in self._own:
            real = Path(path).resolve()
            own = real.is_relative_to(ROOT) and real.relative_to(ROOT).parts[0] in ("resources", "assets", "pipelines")
            self._own[path] = str(real.relative_to(ROOT)) if own else None
        return self._own[path]

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or (here := self._name(frame.f_code.co_filename)) is None:
            return
        self.files.add(here)
        caller = frame.f_back
        while caller is not None:  # the nearest caller of ours, past the libraries between
            there = self._name(caller.f_code.co_filename)
            if there is not None:
                if there != here:
                    self.moves[there, here] += 1
                return
            caller = caller.f_back


def main() -> None:
    """Index the document once to import everything and make the tables, then another like it while counting."""
    from codices.pipelines.run import run_index
    from codices.resources.settings.settings import load_settings

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        (corpus / "first.md").write_text(DOCUMENT)
        os.environ |= {"CODICES_HOME": str(Path(folder, "home")), "CODICES_CORPUS": str(corpus), "CODICES_SHARDS": "1"}
        settings = load_settings()
        run_index(settings)
        (corpus / "second.md").write_text(DOCUMENT.replace("Cache", "Queue").replace("60", "90"))
        walk = Walk()
        threading.setprofile(walk)
        sys.setprofile(walk)
        try:
            run_index(settings)
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
    print(f"{sum(walk.moves.values())} moves between {len(walk.files)} files")
    for (there, here), count in walk.moves.most_common(25):
        print(f"{count:6}  {there} -> {here}")


if __name__ == "__main__":
    main()
