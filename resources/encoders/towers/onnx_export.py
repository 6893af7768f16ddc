"""A module of torch as a graph for ONNX Runtime."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

OPSET = 17
FEATURES = "features"  # the graph's output, (n, d)


def export_graph(module: Any, example: Any, path: Path, *, name: str, axes: Mapping[int, str]) -> None:
    """Write `module`, traced with the tensor `example`, to `path`: one input `name`, whose `axes` may have any length,
    and the output FEATURES, any number of rows. Raises the dozen kinds of errors that the exporter does."""
    import torch

    fastpath = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)  # its fused operator has no ONNX counterpart
    try:
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module,
                (example,),
                path,
                input_names=[name],
                output_names=[FEATURES],
                dynamic_axes={name: dict(axes), FEATURES: {0: "batch"}},
                opset_version=OPSET,
                dynamo=False,
            )
    finally:
        torch.backends.mha.set_fastpath_enabled(fastpath)
