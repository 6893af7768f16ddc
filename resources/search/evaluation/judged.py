"""What the ids of judgements name in an index: at which level they are hits, and of which modality."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast, get_args

from codices.resources.index.lance_store import one_of
from codices.resources.search.index import Index
from codices.resources.search.ranking.grouping import group_key
from codices.resources.search.ranking.places import Place, place_columns
from codices.resources.settings.levels import Level

Judgements = Mapping[str, Mapping[str, int]]
"""query -> id -> grade, relevant from 1 on."""

_ASKED_TOGETHER = 500


def relevant_ids(judgements: Judgements) -> list[str]:
    """Every id that is relevant to any query, once, sorted."""
    return sorted({name for grades in judgements.values() for name, grade in grades.items() if grade >= 1})


def modalities_of(index: Index, ids: Collection[str], level: Level) -> dict[str, str]:
    """id -> modality of those of `ids` that are hits at `level`, as the elements say; others are left out. A page or
    document with text in it counts as text."""
    wanted, found = set(ids), dict[str, str]()
    elements = index.elements.to_lance()
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _ASKED_TOGETHER):
        where = _where(ordered[start : start + _ASKED_TOGETHER], level)
        for row in elements.to_table(columns=place_columns([level]), filter=where).to_pylist():
            page = (row.pop("pages", None) or [None])[0]
            place = Place(**row, page=page)
            key = place.element_id if level == "element" else group_key(place, level)
            if key in wanted and (place.modality == "text" or key not in found):
                found[key] = place.modality
    return found


def _where(ids: list[str], level: Level) -> str:
    if level == "element":
        return one_of("element_id", ids)
    if level == "image":
        return one_of("image_id", [name.removeprefix("image:") for name in ids])
    return f"{one_of('path', [name.split('#page=')[0] for name in ids])} OR {one_of('source_path', ids)}"


def judged_level(index: Index, judgements: Judgements) -> Level | None:
    """The level at which most relevant ids are hits; None where none is at any.

    Paths are hits at level document and at level source. They are sources where one of them is the file of a figure
    that is shown somewhere; else documents, so that figures with files of their own do not crowd out their pages.
    """
    ids = relevant_ids(judgements)
    levels: tuple[Level, ...] = get_args(Level)
    known = {level: len(modalities_of(index, ids, level)) for level in levels}
    most = max(known.values(), default=0)
    if not most:
        return None
    fitting = [level for level in levels if known[level] == most]
    if {"document", "source"} <= set(fitting):
        return "source" if _is_figure(index, ids) else "document"
    return cast(Level, fitting[0])


def _is_figure(index: Index, ids: list[str]) -> bool:
    elements = index.elements.to_lance()
    return any(
        elements.count_rows(one_of("source_path", ids[start : start + _ASKED_TOGETHER]))
        for start in range(0, len(ids), _ASKED_TOGETHER)
    )
