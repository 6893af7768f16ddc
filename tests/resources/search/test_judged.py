"""The level of the hits follows what judgements name."""

from __future__ import annotations

import pytest

from codices.resources.search import Index
from codices.resources.search.evaluation.judged import judged_level, modalities_of
from codices.resources.settings.levels import Level


@pytest.mark.parametrize(
    ("names", "level"),
    [
        (["guide/backup.md", "guide/mail.md"], "document"),
        (["guide/backup.md", "guide/pool.png"], "source"),
        (["guide/backup.md", "no/such.md"], "document"),
        (["no/such.md"], None),
    ],
)
def test_paths_are_documents_unless_one_is_the_file_of_a_figure(index: Index, names: list[str], level: Level | None):
    assert judged_level(index, {name: {name: 1} for name in names}) == level


def test_ids_of_elements_and_pictures_are_told_apart(index: Index):
    figure = index.search("drawing of pools", modality="figure", limit=1)[0]
    assert judged_level(index, {"q": {figure["element_id"]: 1}}) == "element"
    picture = f"image:{figure['image_id']}"
    assert judged_level(index, {"q": {picture: 1}}) == "image"
    assert modalities_of(index, [picture, "image:none"], "image") == {picture: "figure"}


def test_what_is_judged_not_relevant_names_nothing(index: Index):
    assert judged_level(index, {"q": {"guide/pool.png": 0, "guide/backup.md": 1}}) == "document"
