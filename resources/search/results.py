"""What a search returns: an Arrow table with one row per hit, which pandas, Polars, DuckDB and notebooks can show."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from codices.resources.foundation.elements_json import coordinates, element, place_of
from codices.resources.foundation.pictures_in_html import picture_html
from codices.resources.index.schema import elements_schema
from codices.resources.search.query.highlighting import highlighted
from codices.resources.search.ranking.grouping import Candidate
from codices.resources.search.showing import body, plain_table

if TYPE_CHECKING:
    import pandas as pd

HIT_COLUMNS = [
    "element_id", "doc_id", "path", "modality", "pages", "boxes", "heading_path", "caption", "text",
    "html", "ocr_text", "image_id", "source_path", "figure_kind",
]  # fmt: skip
"""Columns of `elements` that a hit shows."""

LEG = pa.struct([("leg", pa.string()), ("rank", pa.int32()), ("score", pa.float64()), ("contribution", pa.float64())])

_JSON_COLUMNS = (
    "element_id", "path", "modality", "pages", "boxes", "heading_path", "caption", "text", "score",
    "legs", "image_id", "source_path", "siblings",
)  # fmt: skip

Pictures = Callable[[Sequence[str]], Mapping[str, tuple[bytes, str]]]
"""image ids -> (bytes, media type) of those that are stored."""


@dataclass(repr=False)
class Results:
    """Hits, best first. `table` has `rank`, the columns of HIT_COLUMNS, `score`, `legs` (list of LEG) and `siblings`
    (ids of the elements that the hit stands for). Passes wherever an Arrow table does (`pa.table(results)`)."""

    query: str
    release: str
    table: pa.Table
    explanation: Mapping[str, Any] = field(default_factory=dict)
    pictures: Pictures | None = field(default=None, repr=False)

    def to_arrow(self) -> pa.Table:
        return self.table

    def to_pandas(self) -> pd.DataFrame:
        return self.table.to_pandas()

    def to_pylist(self) -> list[dict[str, Any]]:
        """Hits as dicts, `legs` as `{leg: {rank, score, contribution}}`."""
        rows = self.table.to_pylist()
        for row in rows:
            row["legs"] = {leg.pop("leg"): leg for leg in row["legs"]}
        return rows

    def to_json(self) -> dict[str, Any]:
        """What `codices search --json` prints: {query, release, hits: [...]}, with `explanation` where one was asked
        for."""
        hits = [{name: row[name] for name in _JSON_COLUMNS} for row in self.to_pylist()]
        document: dict[str, Any] = {"query": self.query, "release": self.release, "hits": hits}
        if self.explanation:
            document["explanation"] = dict(self.explanation)
        return document

    def to_unstructured(self) -> list[dict[str, Any]]:
        """Hits as elements in unstructured's JSON (`unstructured.staging.base.elements_from_dicts` takes them): text is
        a `CompositeElement`, a table a `Table`, a figure an `Image` with its picture. Beside unstructured's own
        metadata stand `heading_path` and `score`; coordinates are thousandths of the first page."""
        rows = self.to_pylist()
        pictures = self._pictures_of(rows)
        return [_element(row, pictures.get(row["image_id"])) for row in rows]

    def _pictures_of(self, rows: Sequence[Mapping[str, Any]]) -> Mapping[str, tuple[bytes, str]]:
        wanted = list(dict.fromkeys(row["image_id"] for row in rows if row["image_id"]))
        return self.pictures(wanted) if self.pictures and wanted else {}

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return self.table.num_rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.to_pylist())

    def __getitem__(self, position: int) -> dict[str, Any]:
        return self.to_pylist()[position]

    def __repr__(self) -> str:
        """A table that can be read where Python shows a value."""
        head = f"{self.query!r}: {len(self)} hits, release {self.release}"
        return f"{head}\n{plain_table(self.to_pylist(), self.query)}" if len(self) else head

    def _repr_html_(self) -> str:
        """The hits with their pictures, for notebooks and reports."""
        rows = self.to_pylist()
        pictures = self._pictures_of(rows)
        cells = "".join(_hit_html(row, self.query, pictures.get(row["image_id"])) for row in rows)
        head = f"<p><b>{html.escape(self.query)}</b> · {len(rows)} hits · release {html.escape(self.release)}</p>"
        return f"{head}<table>{cells}</table>" if rows else f"{head}<p>nothing found</p>"


def hit_table(hits: Sequence[Candidate], rows: Mapping[str, Mapping[str, Any]]) -> pa.Table:
    """`Results.table` of `hits`, whose rows of `elements` are `rows`; hits without a row are left out."""
    found = [hit for hit in hits if hit.place.element_id in rows]
    records = []
    for rank, hit in enumerate(found, 1):
        records.append({"rank": rank, **rows[hit.place.element_id], **earned(hit)})
    return pa.Table.from_pylist(records, schema=hit_schema())


def earned(hit: Candidate) -> dict[str, Any]:
    """Score, legs (list of LEG) and siblings (element ids, best first) of a hit."""
    return {
        "score": hit.score,
        "legs": [
            {"leg": leg, "rank": given.rank, "score": given.score, "contribution": given.contribution}
            for leg, given in hit.fused.legs.items()
        ],
        "siblings": [sibling.place.element_id for sibling in hit.siblings],
    }


def hit_schema() -> pa.Schema:
    """Schema of `Results.table`."""
    elements = elements_schema(1, 1)
    return pa.schema(
        [
            pa.field("rank", pa.int32()),
            *(elements.field(name) for name in HIT_COLUMNS),
            pa.field("score", pa.float64()),
            pa.field("legs", pa.list_(LEG)),
            pa.field("siblings", pa.list_(pa.string())),
        ]
    )


def page_of(row: Mapping[str, Any]) -> str:
    """The page that an element begins on, to be said after its path."""
    return f", page {row['pages'][0]}" if row["pages"] else ""


_ELEMENT_TYPES = {"text": "CompositeElement", "table": "Table", "figure": "Image"}


def _element(row: Mapping[str, Any], picture: tuple[bytes, str] | None) -> dict[str, Any]:
    pages = row["pages"] or [None]
    box = next((box for box in row["boxes"] or () if box["page"] == pages[0]), None)
    metadata = {
        **place_of(row["path"]),
        "page_number": pages[0],
        "coordinates": coordinates([box[edge] for edge in ("x0", "y0", "x1", "y1")] if box else None),
        "text_as_html": row["html"],
        "image_base64": base64.b64encode(picture[0]).decode("ascii") if picture else None,
        "image_mime_type": picture[1] if picture else None,
        "heading_path": list(row["heading_path"] or ()),
        "score": row["score"],
    }
    return element(_ELEMENT_TYPES[row["modality"]], row["element_id"], row["text"] or "", metadata)


def _hit_html(row: Mapping[str, Any], query: str, picture: tuple[bytes, str] | None) -> str:
    headings = " / ".join(row["heading_path"] or ())
    legs = " ".join(f"{leg} #{given['rank']}" for leg, given in row["legs"].items())
    others = f" · and {len(row['siblings'])} more of the same" if row["siblings"] else ""
    caption = f"<br><i>{html.escape(row['caption'])}</i>" if row["caption"] else ""
    return (
        f"<tr><td>{row['rank']}</td><td>{picture_html(picture and picture[0])}</td><td style='text-align:left'>"
        f"<b>{html.escape(row['path'])}</b>{page_of(row)} · {row['modality']} · {row['score']:.3f}"
        f"<br><small>{html.escape(headings)}</small>{caption}<br>{highlighted(body(row), query)}"
        f"<br><small>{html.escape(legs)}{others}</small></td></tr>"
    )
