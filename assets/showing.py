"""What assets and checks show in the UI beside their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from codices.resources.reports.failing import SHOWN

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


def of_shard(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Counts of one shard, under names that do not hide those of the run: an asset shows its last shard's event."""
    return {f"shard: {name}": value for name, value in counts.items()}
