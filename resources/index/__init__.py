"""The index: LanceDB tables, the indexes over them, and the releases that readers open.

`tables` writes, `vector_indexes`, `full_text` and `maintenance` make it fast, `releases` says what readers see.
"""

import os

# Lance warns in Rust, past Python's logging, about things that are handled here (retried commits, small tables).
os.environ.setdefault("LANCEDB_LOG", "error")

from resources.index.building import build_indexes
from resources.index.checks import Check, run_checks
from resources.index.comparison import Difference, diff, reasons_against
from resources.index.embedding_function import attach_text_encoder
from resources.index.maintenance import maintain, table_status
from resources.index.releases import (
    OpenRelease,
    Release,
    cut_release,
    find_release,
    list_releases,
    open_release,
    promote,
)
from resources.index.tables import Commit, Tables, open_tables

__all__ = [
    "Check",
    "Commit",
    "Difference",
    "OpenRelease",
    "Release",
    "Tables",
    "attach_text_encoder",
    "build_indexes",
    "cut_release",
    "diff",
    "find_release",
    "list_releases",
    "maintain",
    "open_release",
    "open_tables",
    "promote",
    "reasons_against",
    "run_checks",
    "table_status",
]
