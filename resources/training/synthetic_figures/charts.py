"""Charts drawn by matplotlib: lines, bars, pies, points, heat maps, timelines, dashboards, formulas."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from codices.resources.foundation.image_formats import open_picture
from codices.resources.training.synthetic_figures.brush import Brush
from codices.resources.training.synthetic_figures.vocabulary import ACTIONS, FORMULAS, METRICS, SCREENS, SUBJECTS

Drawing = tuple[Image.Image, tuple[str, ...]]

SHAPES = {
    "noise": "over time",
    "trend": "growing steadily",
    "spike": "with a sudden spike",
    "season": "with a daily pattern",
    "step": "with a step after a release",
    "decay": "falling towards zero",
}
MAPS = ("viridis", "Blues", "Reds", "coolwarm", "magma", "YlGnBu", "Greys")
MAPS_HELD_OUT = ("plasma", "Greens", "RdYlGn")


def rendered(figure: Figure, brush: Brush) -> Image.Image:
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png", dpi=brush.pick((56, 64, 72)), facecolor=figure.get_facecolor())
    return open_picture(buffer.getvalue()).convert("RGB")


def series(brush: Brush, shape: str) -> np.ndarray:
    """One time series of the given shape, not below zero."""
    count, numbers = brush.integer(15, 150), brush.numbers
    x = np.arange(count)
    y = numbers.normal(0, 0.4, count)
    if shape == "noise":
        y = numbers.normal(0, 1, count).cumsum()
    elif shape == "trend":
        y = y * 3 + x * brush.uniform(0.05, 0.4)
    elif shape == "spike":
        at = brush.integer(3, count - 4)
        y[at : at + 3] += brush.uniform(5, 14)
    elif shape == "season":
        y += 4 * np.sin(x / brush.uniform(2, 8))
    elif shape == "step":
        y += (x > count * brush.uniform(0.3, 0.7)) * brush.uniform(4, 9)
    else:
        y = 10 * np.exp(-x / brush.uniform(5, 30)) + y / 3
    return y - y.min()


def axes(brush: Brush, low: float = 3.5, high: float = 8) -> tuple[Figure, Any]:
    width = brush.uniform(low, high)
    figure = Figure(figsize=(width, width * brush.uniform(0.4, 0.8)))
    return figure, figure.add_subplot()


def lettered(brush: Brush, ax: Any, title: str, x: str, y: str) -> None:
    if brush.chance(0.75):
        ax.set_title(brush.word(title))
    if brush.chance(0.6):
        ax.set_xlabel(x)
        ax.set_ylabel(y)
    if brush.chance(0.3):
        ax.grid(True)
    if brush.chance(0.25):
        ax.spines[["top", "right"]].set_visible(False)


def line_chart(brush: Brush) -> Drawing:
    metric, subject, shape = brush.pick(METRICS), brush.pick(SUBJECTS), brush.pick(tuple(SHAPES))
    count, area = brush.integer(1, 6), brush.chance(0.2)
    with style.context(brush.style()):
        figure, ax = axes(brush)
        for index in range(count):
            y = series(brush, shape)
            if area:
                ax.fill_between(np.arange(len(y)), y, alpha=0.5)
            else:
                marks = brush.pick(("-", "-", "--", ".-", "o-"))
                ax.plot(y, marks, label=f"{subject}-{index}", lw=brush.uniform(0.7, 2.5))
        lettered(brush, ax, metric, brush.pick(("time", "Time (s)", "epoch", "step", "minutes")), metric)
        if count > 1 and not area and brush.chance(0.6):
            ax.legend(fontsize=brush.integer(6, 9))
        image = rendered(figure, brush)
    name = "area chart" if area else "line chart"
    return image, (
        f"{name} of {metric} {SHAPES[shape]}",
        f"graph of {metric} per {subject} {SHAPES[shape]}",
        f"time series of {metric} for {count} {subject}s",
        f"{metric} by {subject}",
    )


def bar_chart(brush: Brush) -> Drawing:
    metric, subject, count = brush.pick(METRICS), brush.pick(SUBJECTS), brush.integer(3, 14)
    form = brush.pick(("bar chart", "bar chart", "horizontal bar chart", "stacked bar chart", "histogram"))
    with style.context(brush.style()):
        figure, ax = axes(brush, 3.5, 7)
        names = [f"{subject[:6]}{index}" for index in range(count)]
        values = brush.numbers.random(count) * brush.pick((1, 10, 100))
        colour = brush.numbers.random(3) if brush.chance(0.6) else None
        if form == "histogram":
            ax.hist(brush.numbers.gamma(brush.uniform(1, 6), 1, 500), bins=brush.integer(8, 40), color=colour)
        elif form == "horizontal bar chart":
            ax.barh(names, values, color=colour)
        else:
            ax.bar(names, values, color=colour, width=brush.uniform(0.4, 0.95))
            if form == "stacked bar chart":
                ax.bar(names, brush.numbers.random(count) * values.max() / 2, bottom=values)
            ax.tick_params(axis="x", rotation=brush.pick((0, 45, 90)))
        lettered(brush, ax, f"{metric} by {subject}", subject, metric)
        image = rendered(figure, brush)
    return image, (
        f"{form} comparing {metric} by {subject}",
        f"{form} of {metric} for each {subject}",
        f"benchmark results: {metric} across {subject}s",
        f"comparison of {metric} between {count} {subject}s",
    )


def pie_chart(brush: Brush) -> Drawing:
    metric, subject, count = brush.pick(METRICS), brush.pick(SUBJECTS), brush.integer(2, 8)
    ring = brush.chance(0.4)
    with style.context(brush.style()):
        figure, ax = axes(brush, 3, 5)
        ax.pie(
            brush.numbers.random(count) + 0.08,
            labels=[f"{subject} {index}" for index in range(count)] if brush.chance(0.6) else None,
            wedgeprops={"width": brush.uniform(0.25, 0.5)} if ring else None,
            autopct="%1.0f%%" if brush.chance(0.5) else None,
            startangle=brush.integer(0, 360),
        )
        if brush.chance(0.6):
            ax.set_title(brush.word(f"{metric} by {subject}"))
        image = rendered(figure, brush)
    name = "donut chart" if ring else "pie chart"
    return image, (
        f"{name} of {metric} by {subject}",
        f"{name} with the share of {metric} per {subject}",
        f"proportion of {metric} for each {subject}",
    )


def scatter_plot(brush: Brush) -> Drawing:
    first, second = brush.sample(METRICS, 2)
    with style.context(brush.style()):
        figure, ax = axes(brush, 3.5, 6.5)
        for _ in range(brush.integer(1, 5)):
            count, centre = brush.integer(15, 250), brush.numbers.normal(0, 4, 2)
            x = brush.numbers.normal(0, 1, count)
            y = centre[1] + x * brush.uniform(-1.5, 1.5) + brush.numbers.normal(0, 0.6, count)
            ax.scatter(centre[0] + x, y, s=brush.integer(4, 45), alpha=0.7, marker=brush.pick("o.xs^+"))
        lettered(brush, ax, f"{first} against {second}", first, second)
        image = rendered(figure, brush)
    return image, (
        f"scatter plot of {first} against {second}",
        f"correlation between {first} and {second}",
        f"points of {first} versus {second}",
        "clusters of embeddings in two dimensions",
    )


def heatmap(brush: Brush) -> Drawing:
    metric, subject = brush.pick(METRICS), brush.pick(SUBJECTS)
    confusion = brush.chance(0.3)
    rows, columns = brush.integer(3, 24), brush.integer(4, 28)
    values = brush.numbers.random((rows, columns))
    if confusion:
        values = brush.numbers.random((rows, rows)) * 0.3 + np.eye(rows)
    with style.context(brush.style()):
        figure, ax = axes(brush, 3.5, 6.5)
        ax.grid(False)
        shown = ax.imshow(values, cmap=brush.pick(MAPS_HELD_OUT if brush.held_out else MAPS), aspect="auto")
        if brush.chance(0.6):
            figure.colorbar(shown)
        if rows < 10 and columns < 14 and (confusion or brush.chance(0.3)):
            for (y, x), value in np.ndenumerate(values):
                ax.text(x, y, f"{value:.1f}", ha="center", va="center", fontsize=6)
        if brush.chance(0.7):
            ax.set_title("confusion matrix" if confusion else brush.word(metric))
        image = rendered(figure, brush)
    if confusion:
        return image, (f"confusion matrix of the {subject} classifier", f"confusion matrix with {rows} classes")
    return image, (
        f"heatmap of {metric} by {subject} and hour",
        f"heat map of {metric} per {subject}",
        f"colour-coded matrix of {metric}",
    )


def timeline(brush: Brush) -> Drawing:
    tasks = brush.sample(ACTIONS, brush.integer(4, 14))
    with style.context(brush.style()):
        figure, ax = axes(brush, 4, 8)
        start = 0.0
        for row, _ in enumerate(tasks):
            length = brush.uniform(0.5, 6)
            ax.barh(row, length, left=start, height=brush.uniform(0.3, 0.8), color=brush.numbers.random(3))
            start = max(0.0, start + brush.uniform(-0.5, 1) * length)
        ax.set_yticks(range(len(tasks)), tasks if brush.chance(0.8) else [""] * len(tasks), fontsize=7)
        ax.invert_yaxis()
        ax.set_xlabel(brush.pick(("ms", "week", "time (s)", "day")))
        image = rendered(figure, brush)
    return image, (
        f"timeline of {tasks[0]}, {tasks[1]} and {tasks[2]}",
        f"Gantt chart with the step {tasks[0]}",
        f"trace view: spans of {tasks[0]} and {tasks[-1]}",
        f"flame graph of {tasks[1]}",
    )


def dashboard(brush: Brush) -> Drawing:
    metrics = brush.sample(METRICS, 6)
    rows, columns, dark = brush.integer(2, 4), brush.integer(2, 4), brush.chance(0.6)
    with style.context("dark_background" if dark else brush.style()):
        figure = Figure(figsize=(brush.uniform(7, 10), brush.uniform(4, 6.5)))
        for index, ax in enumerate(np.ravel(figure.subplots(rows, columns))):
            ax.tick_params(labelsize=5)
            ax.set_title(metrics[index % 6], fontsize=6, loc=brush.pick(("left", "center")))
            _panel(brush, ax)
        if brush.chance(0.7):
            figure.tight_layout()
        if brush.chance(0.4):
            figure.suptitle(f"{brush.pick(SCREENS)} overview", fontsize=9)
        image = rendered(figure, brush)
    return image, (
        f"dashboard with {metrics[0]} and {metrics[1]} panels",
        f"monitoring dashboard of {metrics[0]}, {metrics[1]} and {metrics[2]}",
        f"Grafana dashboard: {metrics[0]}",
        f"overview with graphs of {metrics[0]} and {metrics[3]}",
        f"metrics dashboard for every {brush.pick(SUBJECTS)}",
    )


def _panel(brush: Brush, ax: Any) -> None:
    form = brush.random.random()
    if form < 0.5:
        shape = brush.pick(tuple(SHAPES))
        for _ in range(brush.integer(1, 4)):
            ax.plot(series(brush, shape), lw=0.8)
    elif form < 0.65:
        ax.bar(range(8), brush.numbers.random(8), color=brush.numbers.random(3))
    elif form < 0.86:
        ax.axis("off")
        value = brush.pick((f"{brush.integer(1, 99)}%", f"{brush.uniform(0, 10):.2f}k", f"{brush.integer(1, 300)} ms"))
        colour = brush.pick(("limegreen", "orange", "red", "deepskyblue"))
        ax.text(0.5, 0.4, value, ha="center", fontsize=brush.integer(12, 26), color=colour)
    elif form < 0.94:
        ax.grid(False)
        ax.imshow(brush.numbers.random((8, 12)), aspect="auto")
    else:
        ax.pie(brush.numbers.random(4))


def equation(brush: Brush) -> Drawing:
    chosen = brush.sample(FORMULAS, brush.integer(1, 5))
    figure = Figure(figsize=(brush.uniform(3.5, 7), brush.uniform(0.9, 1.3) * len(chosen)))
    dark = brush.chance(0.1)
    if dark:
        figure.set_facecolor("#20232a")
    ink = "white" if dark else "black"
    family = "stix" if brush.held_out else brush.pick(("cm", "dejavusans", "dejavuserif"))
    side = brush.pick(("center", "left"))
    for index, (formula, _) in enumerate(chosen):
        at = 0.5 if side == "center" else 0.05
        figure.text(
            at, (index + 0.5) / len(chosen), f"${formula}$", ha=side, va="center", color=ink,
            fontsize=brush.integer(13, 28), math_fontfamily=family,
        )  # fmt: skip
    image = rendered(figure, brush)
    names = [name for _, name in chosen]
    return image, (
        f"equation: {names[0]}",
        f"mathematical formula of {' and '.join(names[:2])}",
        f"definition of {names[-1]}",
        "formula with fractions and sums",
    )
