"""The text encoder as LanceDB embedding function metadata: who imports only lancedb can search with words.

    lancedb.connect(uri).open_table("elements").search("load balancer", vector_column_name="text_vector")

Writes do not pay for it: ours go through Lance, which does not look at it. Other code that adds rows through LanceDB
loads the model first.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from resources.index.schema import ELEMENTS
from resources.index.store import explained, retrying
from resources.index.tables import Tables

_KEY = "embedding_functions"
"""Where LanceDB looks, in the schema's metadata."""


def attach_text_encoder(tables: Tables, function: str | None, parameters: Mapping[str, Any] | None = None) -> bool:
    """Name the LanceDB embedding function (its registry's name, e.g. `open-clip`, and its parameters) that makes
    `text_vector`; None takes it away, for encoders that LanceDB has no function for. Loads no model.

    One commit on metadata, or none when it stands; True when there was one. Attach it before a release is cut.
    """
    vector = {
        "name": function,
        "model": dict(parameters or {}),
        "source_column": "text",
        "vector_column": "text_vector",
    }
    value = json.dumps([vector] if function else [], sort_keys=True)
    standing = (tables.open(ELEMENTS).schema.metadata or {}).get(_KEY.encode(), b"[]")
    if json.loads(standing) == json.loads(value):
        return False
    with explained(f"naming the text encoder of {ELEMENTS}"):
        retrying(lambda: tables.open(ELEMENTS).to_lance().update_schema_metadata({_KEY: value if function else None}))
    return True
