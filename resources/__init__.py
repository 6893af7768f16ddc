"""What does the work. Usable from any Python code, without Dagster; imports nothing from assets or pipelines."""

import os

# Lance warns in Rust, past Python's logging, about things that are handled here (retried commits, small tables); both
# are read when their package is first imported.
os.environ.setdefault("LANCEDB_LOG", "error")
os.environ.setdefault("LANCE_LOG", "error")
