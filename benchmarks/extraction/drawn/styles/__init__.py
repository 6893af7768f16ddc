"""Every style; importing this registers them all."""

from benchmarks.extraction.drawn.registry import STYLES
from benchmarks.extraction.drawn.styles import arranged, business, images, looks, mixed, pictures, prose, scripts

__all__ = ["STYLES", "arranged", "business", "images", "looks", "mixed", "pictures", "prose", "scripts"]
