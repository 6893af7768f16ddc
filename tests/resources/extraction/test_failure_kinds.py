"""Every kind of failure that the code can give stands in docs/failures.md, and none that it cannot."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
GIVEN = re.compile(r"""(?:ExtractionError\(\s*|Failure\(\s*(?:"\w+"|stage|self\.\w+),\s*|\.warn\(\s*)"([a-z_]+)["']""")


def test_the_page_knows_every_kind():
    text = "\n".join(
        path.read_text()
        for folder in ("extraction", "stages", "corpus")
        for path in (ROOT / "resources" / folder).rglob("*.py")
    )
    text += (ROOT / "resources/workers/isolation.py").read_text() + (ROOT / "resources/corpus/corpus.py").read_text()
    given = set(GIVEN.findall(text))
    told = set(re.findall(r"^\| `([a-z_]+)`", (ROOT / "docs/failures.md").read_text(), re.MULTILINE))
    assert given - told == set()
    assert told - given == set()
