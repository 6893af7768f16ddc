"""Settings of the encoders (the `[encoders]` table of codices.toml)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class EncoderOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str = Field(default="embedded", description="embedded, clip or siglip; the towers below go before it")
    text_model: str | None = Field(
        default=None, description="open_clip name, local-dir:FOLDER, a Hugging Face folder, or embedded"
    )
    text_pretrained: str | None = Field(default=None, description="open_clip tag or checkpoint file of text_model")
    image_model: str | None = Field(default=None, description="open_clip name, local-dir:FOLDER, or embedded")
    image_pretrained: str | None = Field(default=None, description="open_clip tag or checkpoint file of image_model")
    device: str = Field(default="auto", description="auto, cpu, cuda, cuda:1, mps")
    engine: str = Field(
        default="auto", pattern="^(auto|torch|onnx)$", description="of the image tower: auto, torch or onnx"
    )
    batch_size: int = Field(default=0, ge=0, description="0 means the largest that fits")
