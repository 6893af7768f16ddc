"""Settings of the encoders (the `[encoders]` table of codices.toml)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from codices.resources.settings.options import Options

# What a figure can be, and how captions put it. The drawings of `synthetic_figures` have the same names.
FIGURE_KINDS: dict[str, tuple[str, ...]] = {
    "line chart": ("line chart", "time series graph"),
    "bar chart": ("bar chart", "histogram"),
    "pie chart": ("pie chart", "donut chart"),
    "scatter plot": ("scatter plot",),
    "heatmap": ("heatmap", "confusion matrix"),
    "timeline": ("timeline", "Gantt chart", "trace view"),
    "architecture diagram": ("architecture diagram", "network topology", "block diagram"),
    "flowchart": ("flowchart", "workflow diagram"),
    "sequence diagram": ("sequence diagram",),
    "dashboard": ("monitoring dashboard", "dashboard with panels"),
    "code": ("source code", "code snippet in an editor"),
    "terminal": ("terminal output", "command line"),
    "form": ("user interface", "form in a web page", "settings screen"),
    "table": ("table", "data table"),
    "equation": ("equation", "mathematical formula"),
    "map": ("geographic map",),
    "photo": ("photo", "photograph"),
    "logo": ("logo", "icon"),
}


# open_clip's losses by the names that reports use.
SOFTMAX, SIGMOID = "CLIP softmax loss", "SigLIP sigmoid loss"


class EncoderOptions(Options):
    profile: str = Field(default="embedded", description="embedded, clip or siglip; the towers below go before it")
    text_model: str | None = Field(
        default=None, description="open_clip name, local-dir:FOLDER, a Hugging Face folder, or embedded"
    )
    text_pretrained: str | None = Field(default=None, description="open_clip tag or checkpoint file of text_model")
    image_model: str | None = Field(default=None, description="open_clip name, local-dir:FOLDER, or embedded")
    image_pretrained: str | None = Field(default=None, description="open_clip tag or checkpoint file of image_model")
    projection: str | None = Field(
        default=None, description="projection layer of `embedded`, from train-projection; None takes the one inside"
    )
    text_dimension: int | None = Field(
        default=None, ge=8, description="first components of a text vector that are kept; None keeps all"
    )
    image_dimension: int | None = Field(
        default=None, ge=8, description="first components of an image vector that are kept; None keeps all"
    )
    device: str = Field(default="auto", description="auto, cpu, cuda, cuda:1, mps")
    engine: str = Field(
        default="auto", pattern="^(auto|torch|onnx)$", description="of the image tower: auto, torch or onnx"
    )
    precision: str = Field(
        default="auto",
        pattern="^(auto|float32|bfloat16)$",
        description="of matrices on torch: auto halves it on CUDA, and for texts that are indexed on CPUs with AMX",
    )
    batch_size: int = Field(default=0, ge=0, description="0 means the largest that fits")
    compile: bool = Field(default=False, description="torch.compile the image tower; pays for long runs on a GPU")
    figure_kinds: dict[str, tuple[str, ...]] = Field(
        default=FIGURE_KINDS, description="kind -> how captions describe it"
    )
    kind_prompts: tuple[str, ...] = Field(
        default=("{}", "a {}", "screenshot or figure: {}"), min_length=1, description="templates around a description"
    )
    unsure_below: float | None = Field(
        default=None, ge=0, le=1, description="probability under which a kind is `unsure`; None fits the model"
    )

    @model_validator(mode="after")
    def _runs(self) -> EncoderOptions:
        if self.engine == "onnx" and self.precision != "auto":
            raise ValueError(f"engine onnx has a precision of its own: leave precision at auto, not {self.precision}")
        return self

    @field_validator("kind_prompts")
    @classmethod
    def _with_a_place(cls, prompts: tuple[str, ...]) -> tuple[str, ...]:
        if any(prompt.count("{}") != 1 for prompt in prompts):
            raise ValueError("every prompt needs {} exactly once, where the description goes")
        return prompts

    @field_validator("figure_kinds")
    @classmethod
    def _described(cls, kinds: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        if not kinds:
            raise ValueError("there is no kind to choose from; leave the table out for the usual ones")
        if any(not descriptions for descriptions in kinds.values()):
            raise ValueError("every kind needs at least one description")
        return kinds


class TrainingOptions(Options):
    """How the projection layer of `embedded` is trained (the `[training]` table of codices.toml)."""

    pairs: str | None = Field(
        default=None,
        description="what the asset `projection` trains on: `index` for the figures of this home, or a JSON Lines file",
    )
    synthetic: int = Field(default=2880, ge=0, description="drawn figures to train on, all kinds in turn")
    synthetic_held_out: int = Field(default=900, ge=0, description="drawn in styles kept aside, to judge kinds with")
    folds: int = Field(default=5, ge=2, description="parts that sources are split into")
    seed: int = Field(default=1, description="of drawings and of the order of batches")
    losses: tuple[Literal["CLIP softmax loss", "SigLIP sigmoid loss"], ...] = Field(
        default=(SOFTMAX, SIGMOID), description="tried besides the closed form; the best is kept"
    )
