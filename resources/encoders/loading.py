"""Loads the encoders that options name: each model once per process, shared by both towers and by all threads."""

from __future__ import annotations

import copy
import logging
import threading
from functools import lru_cache
from typing import Any

from resources.encoders import embedded
from resources.encoders.engines import Engine, TorchEngine
from resources.encoders.interface import EncoderError, TextEncoder
from resources.encoders.open_clip_towers import OpenClipImageEncoder, TextTower, TowerTextEncoder
from resources.encoders.options import EncoderOptions
from resources.encoders.pictures import Preprocessing
from resources.encoders.profiles import (
    LOCAL_DIR,
    ModelSource,
    bring_over,
    image_encoder_digest,
    image_source,
    model_path,
    projection_file,
    text_encoder_digest,
    text_source,
    weights_file,
)
from resources.encoders.tokenization import tokenizer_of

logger = logging.getLogger(__name__)

_LOCK = threading.RLock()
_TEXT_ENCODERS: dict[str, TextEncoder] = {}
_IMAGE_ENCODERS: dict[str, OpenClipImageEncoder] = {}


def load_text_encoder(options: EncoderOptions) -> TextEncoder:
    """The text encoder of `options`; the same object for the same options, safe to share between threads.

    Raises EncoderError saying what was tried and how to get a model that is not there.
    """
    key = options.model_dump_json()
    with _LOCK:
        if key not in _TEXT_ENCODERS:
            _TEXT_ENCODERS[key] = _text_encoder(options)
        return _TEXT_ENCODERS[key]


def load_image_encoder(options: EncoderOptions) -> OpenClipImageEncoder:
    """The image-text encoder of `options`; otherwise as `load_text_encoder`."""
    key = options.model_dump_json()
    with _LOCK:
        if key not in _IMAGE_ENCODERS:
            _IMAGE_ENCODERS[key] = _image_encoder(options)
        return _IMAGE_ENCODERS[key]


def resolve_device(device: str) -> str:
    """`auto` to cuda, mps or cpu, whichever there is. Raises EncoderError for a device that is not there."""
    import torch

    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise EncoderError(f"device {device!r} cannot be used: {str(error).splitlines()[0]}") from error
    return device


def _text_encoder(options: EncoderOptions) -> TextEncoder:
    source = text_source(options)
    folder = model_path(source)
    digest, device = text_encoder_digest(options), resolve_device(options.device)
    if folder is not None and not (folder / "open_clip_config.json").is_file():
        from resources.encoders.hugging_face import load_folder

        tower = load_folder(folder, device, options.batch_size, options.text_dimension)
        return TowerTextEncoder(tower, source.name, digest)
    model, tokenizer = load_open_clip_model(source, device)
    tower = _text_tower(source, model, tokenizer, device, options.batch_size, options.text_dimension)
    return TowerTextEncoder(tower, source.name, digest)


def _image_encoder(options: EncoderOptions) -> OpenClipImageEncoder:
    source = image_source(options)
    digest, device = image_encoder_digest(options), resolve_device(options.device)
    model, tokenizer = load_open_clip_model(source, device)
    tower = _text_tower(source, model, tokenizer, device, options.batch_size, options.image_dimension)
    preprocessing = Preprocessing.of(model.visual.preprocess_cfg)
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

    from resources.encoders import onnx_engine

    if options.engine == "onnx" and device != "cpu":
        raise EncoderError(f"engine onnx runs on the processor; set encoders.device to cpu, not {device}")
    if options.engine == "onnx" or (options.engine == "auto" and device == "cpu" and onnx_engine.pays(visual)):
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
        TorchEngine(each, preprocessing, name, options.batch_size, options.compile)
        for each, name in zip(copies, devices, strict=True)
    ]


@lru_cache(maxsize=4)
def load_open_clip_model(source: ModelSource, device: str) -> tuple[Any, Any]:
    """The model in eval mode (open_clip returns it in train mode: dropout would change every vector) and tokenizer."""
    import open_clip

    if source.model == embedded.NAME:
        name, pretrained = f"{LOCAL_DIR}{embedded.model_folder(projection_file(source))}", None
    elif (folder := model_path(source)) is not None:
        if not (folder / "open_clip_config.json").is_file():
            raise EncoderError(f"{folder} holds no open_clip_config.json: it is no open_clip model")
        name, pretrained = f"{LOCAL_DIR}{folder}", None
    else:
        # A tag stays a tag, since its mean, deviation and resizing come with it.
        weights = weights_file(source)
        tag = open_clip.get_pretrained_cfg(source.model, source.pretrained or "")
        name, pretrained = source.model, source.pretrained if tag else str(weights)
    try:
        model, _, _ = open_clip.create_model_and_transforms(
            name, pretrained=pretrained, device=device, pretrained_text=False, require_pretrained=True
        )
        tokenizer = open_clip.get_tokenizer(name)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise EncoderError(f"open_clip cannot load {source.name}: {error}. {bring_over(source)}") from error
    return model.eval().requires_grad_(False), tokenizer


def _text_tower(
    source: ModelSource, model: Any, tokenizer: Any, device: str, batch_size: int, dimension: int | None
) -> TextTower:
    from open_clip.hf_model import HFTextEncoder

    # Only a Hugging Face tower masks its padding; the others read it or have fixed positions.
    hugging_face = isinstance(getattr(model, "text", None), HFTextEncoder)
    context_length = tokenizer.context_length
    wrapped = tokenizer_of(tokenizer, context_length, clean=source.model != embedded.NAME)
    if hugging_face:
        pad_id = model.text.config.pad_token_id
    else:
        pad_id = getattr(getattr(tokenizer, "tokenizer", None), "pad_token_id", None) or 0
    return TextTower(
        model.encode_text,
        wrapped,
        device,
        pad_id=pad_id,
        padding=None if hugging_face else context_length,
        batch_size=batch_size,
        dimension=dimension,
    )
