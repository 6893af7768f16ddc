"""What a release must say so that it can be searched: models and their digests, operating points, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from codices.resources.encoders import image_encoder_digest, text_encoder_digest
from codices.resources.index.schema import VECTOR_COLUMNS
from codices.resources.settings.encoder_options import EncoderOptions
from codices.resources.settings.search_options import SearchOptions

_OF_THE_MACHINE = {"device", "engine", "precision", "batch_size", "compile"}
_POINT = ("nprobes", "ef", "refine_factor")


def release_settings(
    encoders: EncoderOptions,
    search: SearchOptions,
    *,
    language: str = "English",
    index_report: Mapping[str, Any] | None = None,
    calibration: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The `settings` of a release, as JSON. `index_report` is what `build_indexes` returned,
    `calibration` what `Calibration.as_json` did. Raises EncoderError for models that are not here."""
    report = index_report or {}
    return {
        "profile": encoders.profile,
        "encoders": encoders.model_dump(exclude=_OF_THE_MACHINE),
        "digests": {
            "text_vector": text_encoder_digest(encoders),
            "image_vector": image_encoder_digest(encoders),
        },
        "language": language,
        "operating_points": {
            column: {key: report[column][key] for key in _POINT if report[column].get(key)}
            for column in VECTOR_COLUMNS
            if column in report
        },
        "search": search.model_dump(),
        "calibration": None if calibration is None else dict(calibration),
    }


def encoders_of(settings: Mapping[str, Any], machine: EncoderOptions | None) -> EncoderOptions:
    """Options that load the release's models on this machine: what from the release, how from `machine`."""
    recorded = {key: value for key, value in settings.get("encoders", {}).items() if key not in _OF_THE_MACHINE}
    machine = machine or EncoderOptions()
    if not recorded:
        return machine
    return EncoderOptions.model_validate({**recorded, **machine.model_dump(include=_OF_THE_MACHINE)})
