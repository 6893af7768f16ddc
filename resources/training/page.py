"""The report page of a training: one HTML file with figures of merit, sources, and pictures found well and badly."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from codices.resources.foundation.pictures_in_html import picture_html
from codices.resources.training.data import FigurePair
from codices.resources.training.examples import TrainingReport

SHOWN = 12  # pictures of each end
_STYLE = """body{font:15px/1.45 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{border-top:1px solid #ddd;padding:.3rem;text-align:left}
.right{background:#eaf7ea}.sheet{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;width:170px}
figcaption{font-size:.8rem;color:#444}"""


def training_page(report: TrainingReport, pairs: Sequence[FigurePair], standing: np.ndarray) -> str:
    """The page for `report`. `standing` (n,) is where each of `pairs` stood for its own first text when its source was
    unseen, as a share of the figures there: 0 is first."""
    order = np.argsort(standing, kind="stable")
    licences = ", ".join(f"{name} ({count})" for name, count in sorted(report.licences.items()))
    return "".join(
        [
            "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Projection layer</title>",
            f"<style>{_STYLE}</style></head><body><h1>Projection layer, fitted by {html.escape(report.chosen)}</h1>",
            f"<p>{report.pairs} figures of {len(report.sources)} sources and {report.synthetic} drawings, seed "
            f"{report.seed}. Licences of the figures: {html.escape(licences)}.</p>",
            "<h2>Sources that the layer never saw</h2>",
            "<p>A figure's first text is the query among all figures of its fold; a rank percentile of .5 is chance.",
            f" The layer is chosen by its rank percentile on the validation sources.</p>{_methods(report)}",
            f"<h2>Found best</h2>{_sheet(pairs, standing, order[:SHOWN])}",
            f"<h2>Found worst</h2>{_sheet(pairs, standing, order[::-1][:SHOWN])}",
            f"<h2>Sources</h2>{_sources(report)}</body></html>",
        ]
    )


def _methods(report: TrainingReport) -> str:
    names = list(next(iter(report.methods.values())))
    rows = [
        f"<tr{' class=right' if method == report.chosen else ''}><td>{html.escape(method)}</td>"
        + "".join(f"<td>{merits[name]:.3f}</td>" for name in names)
        + "</tr>"
        for method, merits in report.methods.items()
    ]
    head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
    return f"<table><tr><th>method</th>{head}</tr>{''.join(rows)}</table>"


def _sheet(pairs: Sequence[FigurePair], standing: np.ndarray, rows: np.ndarray) -> str:
    figures = [
        f"<figure>{picture_html(pairs[row].image)}<figcaption>{html.escape(pairs[row].texts[0][:160])}<br>"
        f"behind {standing[row]:.0%} · {html.escape(pairs[row].group)}</figcaption></figure>"
        for row in rows
    ]
    return f"<div class='sheet'>{''.join(figures)}</div>"


def _sources(report: TrainingReport) -> str:
    by_size = sorted(report.sources.items(), key=lambda item: -item[1])
    rows = "".join(f"<tr><td>{html.escape(source)}</td><td>{count}</td></tr>" for source, count in by_size)
    return f"<table><tr><th>source</th><th>figures</th></tr>{rows}</table>"
