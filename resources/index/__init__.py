"""The index: LanceDB tables, the indexes over them, and the releases that readers open.

`tables` writes, `vector_indexes`, `full_text` and `maintenance` make it fast, `releases` says what readers see. Import
the module that you need: the settings import this package, which therefore imports nothing.
"""

import os

# Lance warns in Rust, past Python's logging, about things that are handled here (retried commits, small tables).
os.environ.setdefault("LANCEDB_LOG", "error")
