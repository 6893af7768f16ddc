"""All settings in one place: `codices.toml`, overridden by CODICES_* variables, overridden by the command line.

A key of the file that nobody knows is an error, a CODICES_* variable that is no setting a warning. A nested key is
reached with two underscores: CODICES_OCR__LANGUAGES='["eng","deu"]'.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from codices.resources.settings.alert_options import AlertOptions
from codices.resources.settings.element_options import ElementOptions
from codices.resources.settings.encoder_options import EncoderOptions, TrainingOptions
from codices.resources.settings.extraction_options import ExtractionOptions
from codices.resources.settings.index_options import IndexOptions
from codices.resources.settings.logging_options import LoggingOptions
from codices.resources.settings.ocr_options import OcrOptions
from codices.resources.settings.options import Options
from codices.resources.settings.search_options import RetrievalOptions, SearchOptions
from codices.resources.settings.settings_error import SettingsError
from codices.resources.settings.settings_keys import keys, suggestion, unknown_variables

DEFAULT_SHARDS = 16


class SafetyOptions(Options):
    max_missing_share: float = Field(
        default=0.3, ge=0, le=1, description="share of known documents that one listing may miss before the run stops"
    )
    max_failed_share: float = Field(
        default=0.95,
        ge=0,
        le=1,
        description="share of failed documents a release may have: above it nothing is readable",
    )
    max_lost_share: float = Field(
        default=0.3, ge=0, le=1, description="share of the documents readers have that may fail at once in a release"
    )
    promote_partial: bool = Field(
        default=False, description="let readers see a release although listed shards were never written"
    )
    always_hash: bool = Field(default=False, description="hash every file, even when size and modification time stand")


class ScheduleOptions(Options):
    cron: str = Field(default="0 3 * * *", description="when the corpus is observed; switch the schedule on in the UI")
    max_age_hours: float = Field(
        default=48, gt=0, description="age of the newest listing from which the index does not count as fresh"
    )


class Settings(BaseSettings):
    """What a user can set. Sections live beside the code they steer."""

    model_config = SettingsConfigDict(env_prefix="CODICES_", env_nested_delimiter="__", extra="forbid", frozen=True)

    corpus: str | None = Field(default=None, description="local folder or fsspec URL; remembered by the home")
    include: tuple[str, ...] = Field(default=("*",), description="patterns of documents, as in .gitignore")
    exclude: tuple[str, ...] = Field(default=(".*", "~$*"), description="patterns left out, as in .gitignore")
    home: str = Field(default=".codices", description="folder of everything computed")
    shards: int | None = Field(
        default=None, ge=1, le=65536, description=f"fixed at first use; default {DEFAULT_SHARDS}"
    )

    extraction: ExtractionOptions = ExtractionOptions()
    ocr: OcrOptions = OcrOptions()
    elements: ElementOptions = ElementOptions()
    encoders: EncoderOptions = EncoderOptions()
    training: TrainingOptions = TrainingOptions()
    index: IndexOptions = IndexOptions()
    search: SearchOptions = SearchOptions()
    retrieval: RetrievalOptions = RetrievalOptions()
    safety: SafetyOptions = SafetyOptions()
    schedule: ScheduleOptions = ScheduleOptions()
    logging: LoggingOptions = LoggingOptions()
    alerts: AlertOptions = AlertOptions()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        # The file's values arrive as keyword arguments, and the environment goes before them. A variable that is no
        # setting may be another program's, or of another version: it is told (`unknown_variables`), and ends nothing.
        if isinstance(env_settings, EnvSettingsSource):
            unknown = {name.lower() for name in unknown_variables(settings_cls)}
            env_settings.env_vars = {
                name: value for name, value in env_settings.env_vars.items() if name.lower() not in unknown
            }
        return env_settings, init_settings


def settings_file() -> Path:
    """`CODICES_CONFIG`, or codices.toml in the working directory. It need not exist."""
    return Path(os.environ.get("CODICES_CONFIG", "codices.toml"))


def beside_settings(name: str) -> Path:
    """A file that a setting names: relative to the settings' own folder."""
    return settings_file().resolve().parent / name


def load_settings(**overrides: Any) -> Settings:
    """Settings of this process; `overrides` (from the command line, or of one run) win, those that are None are left
    out, and a section need not be given whole.

    Raises SettingsError for a file that is not TOML, an unknown key, or a value out of range.
    """
    try:
        settings = Settings(**read_settings_file())
        given = {key: value for key, value in overrides.items() if value is not None}
        return Settings.model_validate(_overridden(settings.model_dump(), given)) if given else settings
    except ValidationError as error:
        told = "; ".join(_told(".".join(map(str, e["loc"])), e["type"], e["msg"]) for e in error.errors())
        raise SettingsError(f"settings ({settings_file()} and CODICES_*): {told}") from error


def _overridden(values: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with those that are given; of a section that is given, the other keys stay."""
    sections = {
        key: {**values[key], **value}
        for key, value in given.items()
        if isinstance(value, Mapping) and isinstance(values.get(key), Mapping)
    }
    return {**values, **given, **sections}


def read_settings_file() -> dict[str, Any]:
    """What the settings file says; empty where there is none.

    Raises SettingsError for a file that is not TOML, or that CODICES_CONFIG names and that is not there.
    """
    path = settings_file()
    if not path.exists():
        if "CODICES_CONFIG" in os.environ:
            raise SettingsError(f"CODICES_CONFIG names {path}, which does not exist")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error


def _told(key: str, kind: str, message: str) -> str:
    if kind != "extra_forbidden":
        return f"{key}: {message}"
    return f"{key} is no setting{suggestion(key, [*keys(Settings), *Settings.model_fields])}"
