"""Synthetic figures of technical documentation with captions: 18 kinds, many styles and words, the same for one seed.

They teach the projection layer what kinds of figures there are. matplotlib comes with the `train` extra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from codices.resources.training.synthetic_figures import charts, diagrams, scenes, screens
from codices.resources.training.synthetic_figures.brush import Brush, encoded
from codices.resources.training.synthetic_figures.charts import Drawing

DRAWINGS: dict[str, Callable[[Brush], Drawing]] = {
    "line chart": charts.line_chart,
    "bar chart": charts.bar_chart,
    "pie chart": charts.pie_chart,
    "scatter plot": charts.scatter_plot,
    "heatmap": charts.heatmap,
    "timeline": charts.timeline,
    "architecture diagram": diagrams.architecture_diagram,
    "flowchart": diagrams.flowchart,
    "sequence diagram": diagrams.sequence_diagram,
    "dashboard": charts.dashboard,
    "code": screens.code,
    "terminal": screens.terminal,
    "form": screens.form,
    "table": screens.table,
    "equation": charts.equation,
    "map": scenes.map_,
    "photo": scenes.photo,
    "logo": scenes.logo,
}


@dataclass(frozen=True)
class SyntheticFigure:
    kind: str
    image: bytes  # JPEG, longest side at most 448 pixels
    captions: tuple[str, ...]  # several ways to say what it shows


def synthetic_figures(
    count: int, seed: int, *, held_out: bool = False, kinds: Sequence[str] = tuple(DRAWINGS)
) -> Iterator[SyntheticFigure]:
    """`count` figures, kinds in turn. Figure i depends on `seed`, i and the versions of matplotlib and Pillow alone.

    `held_out` draws with style sheets, fonts, themes and colours that are never used without it.
    """
    for index in range(count):
        kind = kinds[index % len(kinds)]
        brush = Brush(seed * 1_000_003 + index, held_out)
        image, captions = DRAWINGS[kind](brush)
        yield SyntheticFigure(kind, encoded(image, brush), captions)
