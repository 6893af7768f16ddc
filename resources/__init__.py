"""What does the work. Usable from any Python code, without Dagster; imports nothing from assets or pipelines.

What libraries read from the environment when they are imported is set here: this runs before any of them, in every
process, be it the command, a notebook, Dagster's code server or a worker.
"""

import os

from codices.resources.foundation.generated_client import import_when_used

# Lance warns in Rust, past Python's logging, about things that are handled here (retried commits, small tables).
os.environ.setdefault("LANCEDB_LOG", "error")
os.environ.setdefault("LANCE_LOG", "error")

# Nothing phones home, whatever was set before: onnxruntime 1.32 asks for its vendor's host and keeps an identifier of
# the machine under ~/.cache, huggingface_hub tells who calls. Hubs stay open: a model there may be asked for by name.
os.environ.update(ORT_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1")

import_when_used()
