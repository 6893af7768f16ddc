"""Files that an attacker would write, by kind: bombs, loops, and lies about lengths and counts."""

from collections.abc import Callable, Mapping

from tests.hostile.attacks.archives import ARCHIVES
from tests.hostile.attacks.markup import MARKUP
from tests.hostile.attacks.pdfs import PDFS
from tests.hostile.attacks.pictures import PICTURES
from tests.hostile.attacks.texts import TEXTS

ATTACKS: Mapping[str, Callable[[], bytes]] = {**ARCHIVES, **MARKUP, **PDFS, **PICTURES, **TEXTS}
"""Name of the file -> its bytes. What it unpacks to may be hundreds of megabytes; none is larger than five."""
