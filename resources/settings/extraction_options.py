"""Settings of extraction (the `[extraction]` table of codices.toml)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from codices.resources.settings.options import Options


class ExtractionOptions(Options):
    timeout_seconds: float = Field(default=120, gt=0, description="per document or page range")
    memory_gib: float = Field(default=3, gt=0, description="above what the worker holds at its start")
    workers: int = Field(default=0, ge=0, description="parsing processes; 0 means one per core")
    pages_per_job: int = Field(default=32, ge=1, description="a longer PDF or TIFF is parsed in ranges of so many")
    max_file_mib: float = Field(default=1024, gt=0, description="larger files are not opened")
    max_text_mib: float = Field(default=64, gt=0, description="larger text, HTML and mail files are not read")
    max_unpacked_mib: float = Field(default=2048, gt=0, description="what a ZIP based document may unpack to")
    max_pixels: int = Field(default=100_000_000, ge=1, description="larger pictures are not decoded")
    max_figures: int = Field(default=2000, ge=0, description="figures kept of one document without pages")
    max_cells: int = Field(default=2_000_000, ge=1, description="table cells kept of one document")
    archives: bool = Field(default=True, description="read what lies in ZIP and TAR archives and packed files")
    engines: dict[str, Literal["own", "unstructured"]] = Field(
        default_factory=dict, description="media type -> what reads such files: own or unstructured"
    )
    max_result_mib: float = Field(default=512, gt=0, description="what is cut out of one document, pictures included")
