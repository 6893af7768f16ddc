"""Which models a set of options names, where their files lie, and their digests; nothing is loaded into torch here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from resources.encoders import embedded
from resources.encoders.digests import combined_digest, file_digest, folder_digest
from resources.encoders.interface import EncoderError
from resources.encoders.options import EncoderOptions

LOCAL_DIR = "local-dir:"


@dataclass(frozen=True)
class ModelSource:
    """One model as the user names it. `pretrained` is an open_clip tag or a checkpoint file; folders need none."""

    model: str
    pretrained: str | None = None
    projection: str | None = None  # of `embedded`: another layer than the one inside

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
        return ModelSource(options.text_model, options.text_pretrained)
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
    named folder does not exist."""
    if source.model == embedded.NAME:
        return None
    explicit = source.model.startswith(LOCAL_DIR)
    folder = Path(source.model.removeprefix(LOCAL_DIR)).expanduser()
    if folder.is_dir():
        return folder.resolve()
    if explicit or source.model.startswith((".", "/", "~")):
        raise EncoderError(f"the model folder {folder} does not exist")
    return None


def weights_file(source: ModelSource) -> Path:
    """The checkpoint of a model that open_clip knows by name; fetched from the hub into open_clip's own cache where
    there is a network. Raises EncoderError saying what was tried and how to bring the file over."""
    import open_clip

    if source.pretrained and Path(source.pretrained).expanduser().is_file():
        return Path(source.pretrained).expanduser().resolve()
    if source.model.startswith("hf-hub:"):
        raise EncoderError(f"{source.model} is loaded from a folder. {bring_over(source)}")
    tags = open_clip.list_pretrained_tags_by_model(source.model)
    if source.model not in open_clip.list_models():
        raise EncoderError(
            f"{source.model!r} is neither a folder nor a model that open_clip knows "
            "(`python -c 'import open_clip; print(open_clip.list_models())'` lists them)"
        )
    configuration = open_clip.get_pretrained_cfg(source.model, source.pretrained or "")
    if not configuration:
        raise EncoderError(
            f"{source.model} has no weights called {source.pretrained!r}: name one of its tags "
            f"({', '.join(tags) or 'none are known'}) or a checkpoint file that exists"
        )
    try:
        return Path(open_clip.download_pretrained(configuration))
    except Exception as error:  # the hub's client raises a dozen kinds, and each is told
        raise EncoderError(
            f"the weights of {source.name} are not on this machine and could not be fetched "
            f"({type(error).__name__}: {str(error).splitlines()[0]}). {bring_over(source)}"
        ) from error


def bring_over(source: ModelSource) -> str:
    """The one command that gets a model on another machine, and the setting that names it here."""
    import open_clip

    configuration = open_clip.get_pretrained_cfg(source.model, source.pretrained or "")
    hub = source.model.removeprefix("hf-hub:") if source.model.startswith("hf-hub:") else configuration.get("hf_hub")
    repository = (hub or "ORGANISATION/MODEL").rstrip("/")
    folder = repository.split("/")[-1]
    return (
        "On a machine with a network run "
        f"`hf download {repository} --include 'open_clip*' '*.json' '*.txt' --local-dir {folder}`, bring the folder "
        f'over, and name it: image_model = "local-dir:/path/to/{folder}" under [encoders] in codices.toml'
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
    whole = embedded.text_digest() if source.model == embedded.NAME else combined_digest("text", _files_digest(source))
    return combined_digest(whole, options.text_dimension) if options.text_dimension else whole


def image_encoder_digest(options: EncoderOptions) -> str:
    """As `text_encoder_digest`, for image vectors and the texts that are compared with them."""
    source = image_source(options)
    if source.model == embedded.NAME:
        whole = embedded.image_digest(projection_file(source))
    else:
        whole = combined_digest("image", _files_digest(source))
    return combined_digest(whole, options.image_dimension) if options.image_dimension else whole


def _files_digest(source: ModelSource) -> str:
    folder = model_path(source)
    if folder is not None:
        return folder_digest(folder)
    return combined_digest(source.model, file_digest(weights_file(source)))
