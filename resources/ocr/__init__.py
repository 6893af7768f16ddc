"""Words from pixels: reading pictures, and putting what was read back into the extraction."""

from resources.ocr.apply import apply_readings
from resources.ocr.reading import MissingLanguageError, check_languages, read_picture

__all__ = ["MissingLanguageError", "apply_readings", "check_languages", "read_picture"]
