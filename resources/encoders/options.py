"""Settings of the encoders (the `[encoders]` table of codices.toml)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class EncoderOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    profile: str = Field("embedded", description="embedded, clip, siglip, or the towers below")
    text_model: str | None = Field(None, description="open_clip name, local-dir:FOLDER or a Hugging Face folder")
    text_pretrained: str | None = None
    image_model: str | None = Field(None, description="open_clip name or local-dir:FOLDER")
    image_pretrained: str | None = None
    device: str = Field("auto", description="auto, cpu, cuda, cuda:1, mps")
    engine: str = Field("auto", description="auto, torch or onnx")
    batch_size: int = Field(0, ge=0, description="0 means the largest that fits")
