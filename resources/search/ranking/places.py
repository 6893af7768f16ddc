"""Where hits are: the few columns of their rows that grouping needs, read at once and only of rows that come so far."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lance import LanceDataset

from codices.resources.index.lance_store import take_rows
from codices.resources.settings.levels import Level


@dataclass(frozen=True)
class Place:
    """Where an element is: what grouping at the level in hand needs to know of its row (`place_columns`), and the row's
    id in the pinned table."""

    element_id: str
    modality: str
    path: str = ""
    page: int | None = None
    source_path: str | None = None
    image_id: str | None = None
    row_id: int = -1


_COLUMNS: Mapping[Level, tuple[str, ...]] = {
    "element": (),
    "image": (),
    "page": ("path", "pages"),
    "document": ("path",),
    "source": ("path", "source_path"),
}


def place_columns(levels: Iterable[Level]) -> list[str]:
    """The columns of `elements` that a Place for grouping at any of `levels` is made from. Each costs a millisecond at
    a million rows."""
    return ["element_id", "modality", "image_id", *dict.fromkeys(name for level in levels for name in _COLUMNS[level])]


def read_places(dataset: LanceDataset, row_ids: Collection[int], levels: Iterable[Level]) -> dict[int, Place]:
    """Row id -> place, of all `row_ids`."""
    if not row_ids:
        return {}
    in_order = sorted(row_ids)
    rows = take_rows(dataset, in_order, place_columns(levels))
    columns = {name: rows.column(name).to_pylist() for name in rows.column_names}
    if "pages" in columns:
        columns["page"] = [each[0] if each else None for each in columns.pop("pages")]
    columns["row_id"] = in_order
    names = list(columns)
    places = (Place(**dict(zip(names, values, strict=True))) for values in zip(*columns.values(), strict=True))
    return {place.row_id: place for place in places}
