"""Settings of OCR (the `[ocr]` table of codices.toml)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from codices.resources.settings.options import Options


class OcrOptions(Options):
    enabled: bool = Field(default=True, description="read the words in pictures; else scanned pages stay empty")
    engine: Literal["auto", "tesseract", "rapidocr"] = Field(
        default="auto",
        description="what reads; auto is tesseract, and rapidocr (Latin and CJK letters) where tesseract reads badly",
    )
    languages: tuple[str, ...] = Field(default=("eng",), description="tesseract language codes, the likeliest first")
    min_confidence: float = Field(default=50, ge=0, le=100, description="words below it are dropped from figure crops")
