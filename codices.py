"""The public face for analysis code: `from codices import open_index`."""

from resources.search.index import Index, open_index
from resources.search.results import Results

__all__ = ["Index", "Results", "open_index"]
