"""What every section of the settings is."""

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """A section: unknown keys are errors, values do not change. Defaults are validated like values that are given, so
    that 1024 of a number that may have a fraction is 1024.0 in either case: fingerprints are taken of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
