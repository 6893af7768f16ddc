"""What assets and checks show in the UI beside their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from codices.resources.foundation.pictures_in_html import markdown_text, picture_uri
from codices.resources.reports.failing import SHOWN

THUMBNAIL_PIXELS = 128
THUMBNAILS = 4
"""Of a shard: they are kept with every event."""

THUMBNAIL_SHARDS = 16
"""Of a run, of those in which something was cut out."""

_FAILURE = dg.TableSchema(
    columns=[
        dg.TableColumn("path", "string", "under the corpus root"),
        dg.TableColumn("stage", "string", "where it ended"),
        dg.TableColumn("kind", "string", "docs/failures.md says what to do about each"),
        dg.TableColumn("reason", "string", "for this one document"),
    ]
)


def failure_table(failed: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The first SHOWN of failed documents (path, stage, kind, reason) as metadata; nothing where there are none."""
    if not failed:
        return {}
    records = [dg.TableRecord(dict(each)) for each in failed[:SHOWN]]
    return {"failed documents": dg.MetadataValue.table(records, schema=_FAILURE)}


def thumbnails(pictures: Sequence[tuple[str, bytes]]) -> dict[str, Any]:
    """Small copies of pictures (path, bytes) as metadata, some 3 kB each; nothing where there are none."""
    shown = [(path, picture_uri(data, THUMBNAIL_PIXELS)) for path, data in pictures]
    cells = [f"![{markdown_text(path)}]({uri}) {markdown_text(path)}" for path, uri in shown if uri]
    return {"first figures": dg.MetadataValue.md("\n\n".join(cells))} if cells else {}


def of_shard(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of one shard, under names that do not hide those of the run: an asset shows its last shard's event."""
    return {f"shard: {name}": value for name, value in counts.items()}
