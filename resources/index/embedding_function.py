"""The encoders as LanceDB embedding function metadata: who imports only lancedb can search with words.

    lancedb.connect(uri).open_table("elements").search("load balancer").distance_type("cosine")

That is in `text_vector`; `vector_column_name="image_vector"` looks among pictures.
Writes do not pay for it: ours go through Lance, which does not look at it. Other code that adds rows through LanceDB
loads the model first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from codices.resources.index.lance_store import explained, retrying
from codices.resources.index.schema import ELEMENTS
from codices.resources.index.tables import Tables

OPEN_CLIP = "open-clip"
"""The name of open_clip's models in LanceDB's registry of embedding functions."""

_KEY = "embedding_functions"
"""Where LanceDB looks, in the schema's metadata."""


def attach_encoders(tables: Tables, parameters: Mapping[str, Mapping[str, Any] | None]) -> bool:
    """Name, per vector column, the arguments with which LanceDB's `open-clip` function makes its query vectors; None
    for a column whose encoder it cannot load. Loads no model.

    One commit on metadata, or none when it stands; True when there was one. Attach it before a release is cut.
    """
    functions = [
        {"name": OPEN_CLIP, "model": dict(arguments), "source_column": "text", "vector_column": column}
        for column, arguments in sorted(parameters.items())
        if arguments is not None
    ]
    value = json.dumps(functions, sort_keys=True)
    standing = (tables.dataset(ELEMENTS).schema.metadata or {}).get(_KEY.encode(), b"[]")
    if json.loads(standing) == functions:
        return False
    with explained(f"naming the encoders of {ELEMENTS}"):
        retrying(lambda: tables.dataset(ELEMENTS).update_schema_metadata({_KEY: value if functions else None}))
    return True
