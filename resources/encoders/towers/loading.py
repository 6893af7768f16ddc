"""Loads the encoders that options name: each model once per process, shared by both towers and by all threads."""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

from codices.resources.encoders.common import embedded
from codices.resources.encoders.common.interface import EncoderError, TextEncoder, trying
from codices.resources.encoders.common.preprocessing import Preprocessing
from codices.resources.encoders.common.profiles import (
    LOCAL_DIR,
    ModelSource,
    bring_over,
    image_encoder_digest,
    image_source,
    model_digest,
    model_path,
    preprocessing_of,
    projection_file,
    text_encoder_digest,
    text_source,
    weights_file,
)
from codices.resources.encoders.common.text_tower import TextTower, TowerTextEncoder
from codices.resources.encoders.common.tokenization import tokenizer_of
from codices.resources.encoders.towers.engines import Engine, TorchEngine, torch_tower
from codices.resources.encoders.towers.open_clip_towers import OpenClipImageEncoder, causal_forward
from codices.resources.foundation.cores import usable_cores
from codices.resources.settings.encoder_options import EncoderOptions

logger = logging.getLogger(__name__)
E = TypeVar("E", bound=TextEncoder | OpenClipImageEncoder)

_LOCK = threading.RLock()
# By their options; made again when the model's files are others than they were.
_TEXT_ENCODERS: dict[str, TextEncoder] = {}
_IMAGE_ENCODERS: dict[str, OpenClipImageEncoder] = {}


def load_text_encoder(options: EncoderOptions) -> TextEncoder:
    """The text encoder of `options`; the same object for the same options, safe to share between threads.

    Raises EncoderError saying what was tried and how to get a model that is not there.
    """
    return _loaded(_TEXT_ENCODERS, options, text_encoder_digest(options), _text_encoder)


def load_image_encoder(options: EncoderOptions) -> OpenClipImageEncoder:
    """The image-text encoder of `options`; otherwise as `load_text_encoder`."""
    return _loaded(_IMAGE_ENCODERS, options, image_encoder_digest(options), _image_encoder)


def _loaded(
    encoders: dict[str, E], options: EncoderOptions, digest: str, load: Callable[[EncoderOptions, str], E]
) -> E:
    key = options.model_dump_json()
    with _LOCK:
        if key not in encoders or encoders[key].digest != digest:
            encoders[key] = load(options, digest)
        return encoders[key]


def resolve_device(device: str) -> str:
    """`auto` to cuda, mps or cpu, whichever there is. Raises EncoderError for a device that is not there."""
    import torch

    if usable_cores() < torch.get_num_threads():  # torch does not know of a container's share
        torch.set_num_threads(usable_cores())
    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    with trying(f"device {device!r} cannot be used"):
        torch.zeros(1, device=device).cpu()
    return device


def _text_encoder(options: EncoderOptions, digest: str) -> TextEncoder:
    source = text_source(options)
    device = resolve_device(options.device)
    tower = text_tower(source, device, options.precision, options.batch_size, options.text_dimension)
    return TowerTextEncoder(tower, source.name, digest)


def text_tower(
    source: ModelSource, device: str, precision: str = "auto", batch_size: int = 0, dimension: int | None = None
) -> TextTower:
    """The text tower of `source` on torch. Raises EncoderError for a model that cannot be loaded."""
    folder = model_path(source)
    if folder is not None and not (folder / "open_clip_config.json").is_file():
        from codices.resources.encoders.towers.hugging_face import load_folder

        return load_folder(folder, device, batch_size, dimension, precision)
    model, tokenizer = load_open_clip_model(source, device, model_digest(source))
    return _open_clip_tower(
        source, model, tokenizer, device, precision=precision, batch_size=batch_size, dimension=dimension
    )


def _image_encoder(options: EncoderOptions, digest: str) -> OpenClipImageEncoder:
    source = image_source(options)
    device = resolve_device(options.device)
    model, tokenizer = load_open_clip_model(source, device, model_digest(source))
    tower = _open_clip_tower(
        source,
        model,
        tokenizer,
        device,
        precision=options.precision,
        batch_size=options.batch_size,
        dimension=options.image_dimension,
    )
    # A tag's own way stands in no file, and open_clip leaves it out for a checkpoint.
    known = preprocessing_of(source) if source.model != embedded.NAME else {}
    preprocessing = Preprocessing.of({**model.visual.preprocess_cfg, **known})
    bias = getattr(model, "logit_bias", None)
    return OpenClipImageEncoder(
        tower,
        lambda: _engines(options, model.visual, preprocessing, device, digest),
        preprocessing,
        name=source.name,
        digest=digest,
        logit_scale=float(model.logit_scale.exp()),
        logit_bias=None if bias is None else float(bias),
    )


def _engines(
    options: EncoderOptions, visual: Any, preprocessing: Preprocessing, device: str, digest: str
) -> list[Engine]:
    """One engine per device: all CUDA devices under `auto`, else the one named."""
    import torch

    from codices.resources.encoders.towers import onnx_engine

    if options.engine == "onnx" and device != "cpu":
        raise EncoderError(f"engine onnx runs on the processor; set encoders.device to cpu, not {device}")
    automatic = options.engine == "auto" and options.precision == "auto" and device == "cpu"
    if options.engine == "onnx" or (automatic and onnx_engine.pays(visual)):
        try:
            return [onnx_engine.OnnxEngine(visual, preprocessing, digest, options.batch_size)]
        except EncoderError as error:
            if options.engine == "onnx":
                raise
            logger.warning("the image tower runs on torch, more slowly: %s", error)
    devices = [device]
    if options.device == "auto" and device == "cuda":
        devices = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    copies = [visual, *(copy.deepcopy(visual) for _ in devices[1:])]
    return [
        TorchEngine(each, preprocessing, name, options.batch_size, options.compile, options.precision)
        for each, name in zip(copies, devices, strict=True)
    ]


@lru_cache(maxsize=4)
def load_open_clip_model(source: ModelSource, device: str, digest: str) -> tuple[Any, Any]:
    """The model in eval mode (open_clip returns it in train mode: dropout would change every vector) and tokenizer.

    `digest` is `model_digest(source)`: with other files it is another model. Raises EncoderError saying what was tried.
    """
    import open_clip

    if source.model == embedded.NAME:
        name, pretrained = f"{LOCAL_DIR}{embedded.model_folder(projection_file(source))}", None
    elif (folder := model_path(source)) is not None:
        if not (folder / "open_clip_config.json").is_file():
            raise EncoderError(f"{folder} holds no open_clip_config.json: it is no open_clip model")
        name, pretrained = f"{LOCAL_DIR}{folder}", None
    else:
        name, pretrained = source.model, str(weights_file(source))
    with trying(f"open_clip cannot load {source.name}. {bring_over(source)}"):
        model, _, _ = open_clip.create_model_and_transforms(
            name, pretrained=pretrained, device=device, pretrained_text=False, require_pretrained=True
        )
        tokenizer = open_clip.get_tokenizer(name)
    return model.eval().requires_grad_(False), tokenizer


def _open_clip_tower(source: ModelSource, model: Any, tokenizer: Any, device: str, **settings: Any) -> TextTower:
    from open_clip.hf_model import HFTextEncoder

    # Only a Hugging Face tower masks its padding; the others read it or have fixed positions.
    hugging_face = isinstance(getattr(model, "text", None), HFTextEncoder)
    context_length = tokenizer.context_length
    wrapped = tokenizer_of(tokenizer, context_length, clean=source.model != embedded.NAME)
    if hugging_face:
        pad_id = model.text.config.pad_token_id
    else:
        pad_id = getattr(getattr(tokenizer, "tokenizer", None), "pad_token_id", None) or 0
    causal = causal_forward(model)
    with trying(f"{source.name} gives no vectors of texts. {bring_over(source)}"):
        return torch_tower(
            causal or model.encode_text,
            model,
            wrapped,
            device,
            pad_id=pad_id,
            padding=None if hugging_face or causal else context_length,
            **settings,
        )
