"""Every kind of failure that the code can give stands in docs/failures.md, and none that it cannot."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
GIVEN = re.compile(r"""(?:ExtractionError\(\s*|Failure\(\s*(?:"\w+"|stage|self\.\w+),\s*|\.warn\(\s*)"([a-z_]+)["']""")


NAMED = re.compile(
    r"""^(?:FAULT|[A-Z_, ]*_(?:FOLDER|NAME)) = (.+)$""", re.MULTILINE
)  # kinds that have a name in the code


def test_the_page_knows_every_kind():
    text = "\n".join(
        path.read_text()
        for folder in ("extraction", "stages", "corpus", "foundation", "workers")
        for path in (ROOT / "resources" / folder).rglob("*.py")
    )
    given = set(GIVEN.findall(text)) | {
        kind for kinds in NAMED.findall(text) for kind in re.findall(r'"([a-z_]+)"', kinds)
    }
    told = set(re.findall(r"^\| `([a-z_]+)`", (ROOT / "docs/failures.md").read_text(), re.MULTILINE))
    assert given - told == set()
    assert told - given == set()
