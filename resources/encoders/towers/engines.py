"""What runs a tower: torch on a device, or ONNX Runtime on the processor. fp32 vectors out, whatever is inside."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from codices.resources.encoders.common.batching import CPU_TOKENS, GPU_TOKENS
from codices.resources.encoders.common.preprocessing import Pixels, Preprocessing
from codices.resources.encoders.common.text_tower import TextTower
from codices.resources.encoders.common.tokenization import TextTokenizer


class Engine(Protocol):
    batch_size: int  # pictures that run best together; halved by the caller when they do not fit

    def run(self, pixels: Pixels) -> np.ndarray:
        """(n, height, width, 3) uint8 to (n, dimension) float32, not normalised."""
        ...


def features_of(visual: Any, batch: Any) -> Any:
    """(n, dimension) of a batch. Some towers (CoCa's) return their tokens beside it."""
    features = visual(batch)
    return features[0] if isinstance(features, tuple) else features


def has_matrix_units() -> bool:
    """Whether this processor multiplies matrices in bfloat16 (AMX): MiniLM takes half the time so, or less."""
    import torch

    known = getattr(torch.cpu, "get_capabilities", dict[str, Any])()  # an older torch does not tell
    return bool(known.get("amx_bf16"))


class Autocast:
    """`with autocast():` runs matrices in half precision where `precision` says so: `auto` does on CUDA, in bfloat16
    where the device has it, else in float16; and for `documents` on a processor with matrix units (Intel's AMX)."""

    def __init__(self, device: str, precision: str = "auto", documents: bool = False) -> None:
        import torch

        self._torch = torch
        self._kind = torch.device(device).type
        cuda = self._kind == "cuda"
        fast = cuda or (documents and self._kind == "cpu" and has_matrix_units())
        self._enabled = precision == "bfloat16" or (precision == "auto" and fast)
        float16 = precision == "auto" and cuda and not torch.cuda.is_bf16_supported()
        self._type = torch.float16 if float16 else torch.bfloat16

    def __call__(self) -> Any:
        return self._torch.autocast(self._kind, self._type, enabled=self._enabled)


class TorchTexts:
    """A text tower on torch, (n, length) int64 to (n, d) float32: `forward` takes and returns tensors on `device`;
    `module` is what it computes with."""

    def __init__(self, forward: Any, module: Any, device: str, autocast: Autocast) -> None:
        self.forward = forward
        self.module = module
        self.device = device
        self._autocast = autocast

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode(), self._autocast():
            return self.forward(torch.from_numpy(ids).to(self.device)).float().cpu().numpy()


def torch_tower(
    forward: Any, module: Any, tokenizer: TextTokenizer, device: str, *, precision: str = "auto", **settings: Any
) -> TextTower:
    """A text tower on torch, see `TorchTexts`; `settings` are those of `TextTower`."""
    queries, documents = (
        TorchTexts(forward, module, device, Autocast(device, precision, documents)) for documents in (False, True)
    )
    tokens = GPU_TOKENS if device.startswith("cuda") else CPU_TOKENS
    return TextTower(queries, tokenizer, documents=documents, tokens=tokens, **settings)


class TorchEngine:
    """channels_last, in the precision of `autocast`; on CUDA with pinned copies."""

    def __init__(
        self,
        visual: Any,
        preprocessing: Preprocessing,
        device: str,
        batch_size: int = 0,
        compiled: bool = False,
        precision: str = "auto",
    ) -> None:
        import torch

        self._device = torch.device(device)
        self._cuda = self._device.type == "cuda"
        self._visual = visual.to(self._device, memory_format=torch.channels_last).eval()
        if compiled:
            self._visual = torch.compile(self._visual)
        self._mean = torch.tensor(preprocessing.mean, device=self._device).view(1, 3, 1, 1) * 255
        self._scale = 1 / (torch.tensor(preprocessing.std, device=self._device).view(1, 3, 1, 1) * 255)
        self._autocast = Autocast(device, precision)
        self.batch_size = batch_size or (256 if self._cuda else 16)

    def run(self, pixels: Pixels) -> np.ndarray:
        import torch

        batch = torch.from_numpy(pixels)
        batch = batch.pin_memory() if self._cuda else batch
        batch = batch.to(self._device, non_blocking=self._cuda)
        with torch.inference_mode(), self._autocast():
            # NHWC in memory seen as NCHW is channels_last already.
            features = features_of(self._visual, (batch.permute(0, 3, 1, 2).float() - self._mean) * self._scale)
        return features.float().cpu().numpy()
