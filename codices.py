"""The public face for analysis code: `from codices import open_index`."""

from resources.search import Index, Results, open_index

__all__ = ["Index", "Results", "open_index"]
