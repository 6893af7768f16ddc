"""What Dagster's catalogue shows of every asset beside its description: group, kinds, owner, columns, whether the
automation condition asks for it, when it is overdue. Said here once, and laid over the assets as they are loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import dagster as dg
import pyarrow as pa

from codices.assets.partitions import SETTINGS
from codices.pipelines.automation import STALE
from codices.resources.extraction.common.rows import EXTRACTIONS, READINGS
from codices.resources.index.schema import RELEASES, TABLES, documents_schema, elements_schema, images_schema, is_vector
from codices.resources.search.evaluation.retrieve import RANKED
from codices.resources.stages.element_rows import ELEMENTS
from codices.resources.stages.vectors import IMAGE_VECTORS, TEXT_VECTORS
from codices.resources.store.records import DOCUMENTS, LISTING

OWNERS = ("team:codices",)
SCOPE_TAG = "codices/scope"  # "shard": once for each, can be backfilled; "index": once
FILES, LANCEDB, PYTHON = frozenset({"python", "parquet"}), frozenset({"lancedb"}), frozenset({"python"})
# Dagster looks at the newest materialization: an observation that finds nothing to do confirms the release by one.
OVERDUE = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=max(SETTINGS.schedule.max_age_hours, 1 / 60)))


def table_schema(schema: pa.Schema) -> dg.TableSchema:
    """An Arrow schema as Dagster shows columns."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                column.name, _type_name(column.type), constraints=dg.TableColumnConstraints(nullable=column.nullable)
            )
            for column in schema
        ]
    )


def _type_name(kind: pa.DataType) -> str:
    if is_vector(kind):
        return "vector of float32"  # its dimension is that of the encoder
    return str(kind).replace("item: ", "").replace("element: ", "")  # Arrow's names for what a list holds


@dataclass(frozen=True)
class Entry:
    """Of one asset. `columns`: of its rows; `others`: of further tables that it writes, by name. `automatic`: whether
    the automation condition asks for it. `freshness`: from when on it counts as overdue."""

    group: str
    kinds: frozenset[str]
    columns: dg.TableSchema | None = None
    others: Mapping[str, dg.TableSchema] = field(default_factory=dict)
    automatic: bool = True
    freshness: dg.FreshnessPolicy | None = None


def _parts(name: str) -> dg.TableSchema:
    """Columns of one kind of what a file is cut into."""
    return table_schema(pa.schema(EXTRACTIONS.field(name).type.value_type))


CATALOG: Mapping[str, Entry] = {
    "corpus": Entry("corpus", frozenset({"file"}), table_schema(LISTING), automatic=False),
    "documents": Entry("corpus", FILES, table_schema(DOCUMENTS)),
    "text_blocks": Entry("extraction", FILES, _parts("blocks")),
    "tables": Entry("extraction", FILES, _parts("tables")),
    "figures": Entry("extraction", FILES, _parts("figures"), {"pictures": _parts("pictures")}),
    "ocr_text": Entry("extraction", FILES, table_schema(READINGS)),
    "elements": Entry("extraction", FILES, table_schema(ELEMENTS)),
    "embeddings": Entry(
        "index", frozenset({"pytorch", "parquet"}), table_schema(pa.unify_schemas([TEXT_VECTORS, IMAGE_VECTORS]))
    ),
    "index_rows": Entry(
        "index",
        LANCEDB,
        table_schema(elements_schema(0, 0)),
        {"documents": table_schema(documents_schema()), "images": table_schema(images_schema())},
    ),
    "search_indexes": Entry("index", LANCEDB),
    "calibration": Entry("release", PYTHON),
    "retrieval": Entry("release", LANCEDB, table_schema(RANKED)),
    "retrieval_metrics": Entry("release", PYTHON),
    "release": Entry("release", LANCEDB, table_schema(TABLES[RELEASES].schema(0, 0)), freshness=OVERDUE),
    "projection": Entry("models", frozenset({"pytorch"}), automatic=False),
}


def catalogued(spec: dg.AssetSpec) -> dg.AssetSpec:
    """The spec of an asset with what CATALOG says of it. Raises KeyError for one that it does not know."""
    entry = CATALOG[spec.key.to_user_string()]
    columns: dict[str, Any] = {} if entry.columns is None else {"dagster/column_schema": entry.columns}
    columns |= {f"columns of {name}": schema for name, schema in entry.others.items()}
    return spec.replace_attributes(
        group_name=entry.group,
        kinds=set(entry.kinds),
        owners=OWNERS,
        automation_condition=STALE if entry.automatic else None,
        freshness_policy=entry.freshness,
    ).merge_attributes(
        metadata=columns,
        tags={SCOPE_TAG: "index" if spec.partitions_def is None else "shard"},
    )
