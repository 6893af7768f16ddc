"""The image tower on ONNX Runtime, for processors: exported once, int8 where the tower is a transformer and stays true.

Exported graphs lie in the user's cache, named by the weights they were made from.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np

from codices.resources.encoders.common.cache import cache_entry
from codices.resources.encoders.common.interface import EncoderError
from codices.resources.encoders.common.preprocessing import Pixels, Preprocessing
from codices.resources.encoders.towers.engines import features_of
from codices.resources.encoders.towers.onnx_export import export_graph
from codices.resources.foundation.cores import usable_cores

logger = logging.getLogger(__name__)

FORMAT = 1  # of a cache entry; another number leaves old entries aside
MIN_COSINE = 0.995  # of int8 vectors to fp32 ones, the worst of the probes
PROBES = 16


def pays(visual: Any) -> bool:
    """Whether `auto` takes this engine on a processor: int8 triples a vision transformer's speed; dynamic quantisation
    does nothing for convolutions."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
    except ImportError:
        return False
    return is_transformer(visual)


def is_transformer(visual: Any) -> bool:
    """Whether pictures are convolved at most once, into patches, and the rest is matrices."""
    import torch

    return sum(isinstance(module, torch.nn.Conv2d) for module in visual.modules()) <= 1


class OnnxEngine:
    """Raises EncoderError when the tower cannot be exported."""

    def __init__(self, visual: Any, preprocessing: Preprocessing, digest: str, batch_size: int = 0) -> None:
        import onnxruntime

        def build(folder: Path) -> None:
            _build(visual, preprocessing, folder)

        entry = cache_entry(f"onnx{FORMAT}-{digest[:24]}", build)
        self.report: dict[str, Any] = json.loads((entry / "report.json").read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = usable_cores()
        # A spinning thread takes the core that decodes the next batch.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            entry / self.report["file"], options, providers=["CPUExecutionProvider"]
        )
        self.batch_size = batch_size or 16

    def run(self, pixels: Pixels) -> np.ndarray:
        """See `Engine.run`."""
        return np.asarray(self._session.run(["features"], {"pixels": pixels})[0])


def _build(visual: Any, preprocessing: Preprocessing, folder: Path) -> None:
    import torch

    exported = folder / "fp32.onnx"
    module = _normalised(visual, preprocessing).eval()
    height, width = preprocessing.size
    example = torch.zeros(2, height, width, 3, dtype=torch.uint8)
    try:
        export_graph(module, example, exported, name="pixels", axes={0: "batch"})
    except (RuntimeError, ValueError, TypeError) as error:
        raise EncoderError(f"the image tower cannot be exported to ONNX: {error}") from error
    pixels = probes(preprocessing)
    with torch.inference_mode():
        reference = module(torch.from_numpy(pixels)).numpy()
    report: dict[str, Any] = {"file": exported.name, "cosine": _worst_cosine(exported, pixels, reference)}
    if report["cosine"] < MIN_COSINE:
        raise EncoderError(f"the exported image tower differs from torch (cosine {report['cosine']:.4f})")
    if is_transformer(visual):
        report = _quantised(exported, folder / "int8.onnx", pixels, reference) or report
    for path in folder.glob("*.onnx"):
        if path.name != report["file"]:
            path.unlink()
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")


def _quantised(exported: Path, path: Path, pixels: Pixels, reference: np.ndarray) -> dict[str, Any] | None:
    """Dynamic int8, one scale a channel; None when its vectors stray too far."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quiet = logging.getLogger()
    level = quiet.level
    quiet.setLevel(logging.ERROR)  # it recommends a pre-processing step that changes nothing here
    try:
        quantize_dynamic(
            exported, path, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gemm"]
        )
    finally:
        quiet.setLevel(level)
    cosine = _worst_cosine(path, pixels, reference)
    if cosine >= MIN_COSINE:
        return {"file": path.name, "cosine": cosine}
    logger.warning("int8 image tower strays to cosine %.4f from fp32 (limit %.3f): fp32 it stays", cosine, MIN_COSINE)
    return None


def _worst_cosine(path: Path, pixels: Pixels, reference: np.ndarray) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    features = np.asarray(session.run(["features"], {"pixels": pixels})[0])
    lengths = np.linalg.norm(features, axis=1) * np.linalg.norm(reference, axis=1)
    return float(((features * reference).sum(1) / lengths).min())


def probes(preprocessing: Preprocessing) -> Pixels:
    """(16, height, width, 3) uint8: pages with blocks, lines and gradients, the same every time."""
    height, width = preprocessing.size
    chance = np.random.default_rng(0)
    pixels = np.empty((PROBES, height, width, 3), np.uint8)
    for picture in pixels:
        picture[:] = chance.integers(0, 256, 3) if chance.random() < 0.5 else 255
        picture[:] = picture * np.linspace(chance.random(), 1, width)[None, :, None]
        for _ in range(chance.integers(2, 30)):
            top, left = chance.integers(0, height), chance.integers(0, width)
            tall, wide = chance.integers(1, height // 2), chance.integers(1, width // 2)
            picture[top : top + tall, left : left + wide] = chance.integers(0, 256, 3)
    return pixels


def _normalised(visual: Any, preprocessing: Preprocessing) -> Any:
    """The tower with its normalisation inside, from (n, height, width, 3) uint8."""
    import torch

    class Normalised(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.visual = visual
            self.mean = torch.tensor(preprocessing.mean).view(1, 3, 1, 1) * 255
            self.std = torch.tensor(preprocessing.std).view(1, 3, 1, 1) * 255

        def forward(self, pixels: torch.Tensor) -> torch.Tensor:
            return features_of(self.visual, (pixels.permute(0, 3, 1, 2).float() - self.mean) / self.std)

    return Normalised()
