"""Settings of the index (the `[index]` table of codices.toml)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from codices.resources.settings.options import Options

Language = Literal[
    "Arabic",
    "Danish",
    "Dutch",
    "English",
    "Finnish",
    "French",
    "German",
    "Greek",
    "Hungarian",
    "Italian",
    "Norwegian",
    "Portuguese",
    "Romanian",
    "Russian",
    "Spanish",
    "Swedish",
    "Tamil",
    "Turkish",
]
"""Those that LanceDB has stems and stop words of."""

Tokenizer = Literal["simple", "whitespace", "icu", "icu/split"]
"""Those of LanceDB that need no files of their own. `simple` cuts at all that is no letter or digit, `icu` as Unicode
says, with dictionaries for scripts without spaces, `icu/split` that and at punctuation."""

VectorIndexKind = Literal["flat", "ivf_flat", "ivf_hnsw_sq", "ivf_sq", "ivf_rq", "ivf_pq"]


class IndexOptions(Options):
    vector_index: Literal["auto"] | VectorIndexKind = Field(
        default="auto", description="auto, flat, ivf_flat, ivf_hnsw_sq, ivf_sq, ivf_rq or ivf_pq"
    )
    flat_below: int = Field(default=20_000, ge=0, description="rows under which vectors are scanned exactly")
    min_recall: float = Field(default=0.99, gt=0, le=1, description="recall@10 against exact search of every build")
    target_saving: float = Field(
        default=0,
        ge=0,
        allow_inf_nan=False,
        description="times an index must be smaller than its float32 vectors; 0 leaves it to auto",
    )
    sample: int = Field(default=200, ge=1, description="of the corpus's own rows that recall is measured with")

    tokenizer: Tokenizer = Field(
        default="simple",
        description="what cuts text into words; scripts without spaces have an index of their own, whatever is set",
    )
    language: Language = Field(default="English", description="of stemming and stop words in full text")
    stem: bool = Field(default=True, description="find `indexes` by `indexing`")
    remove_stop_words: bool = Field(default=True, description="leave words like `the` out of the full-text index")
    ascii_folding: bool = Field(default=True, description="find `Müller` by `muller`")

    keep_releases: int = Field(default=20, ge=1, description="newest releases that retention never touches")
    keep_days: float = Field(default=90, ge=0, description="age under which retention touches no release")
    clean_up_days: float = Field(default=2, gt=0, description="age from which versions that no release pins are freed")

    @field_validator("language", mode="before")
    @classmethod
    def _name(cls, value: object) -> object:
        """`german` is German."""
        return value.strip().capitalize() if isinstance(value, str) else value

    @field_validator("target_saving", mode="before")
    @classmethod
    def _times(cls, value: object) -> object:
        """`32x` is 32."""
        return value.strip().lower().removesuffix("x") if isinstance(value, str) else value
