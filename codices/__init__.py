"""The public face for analysis code: `from codices import open_index`.

The repository keeps the folders `pipelines`, `assets` and `resources` at its top; they are installed and imported under
this one name, so that they meet no folder of a user's project. LanceDB is imported with the first name that needs it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codices.resources.search.index import Index, open_index
    from codices.resources.search.results import Results

__all__ = ["Index", "Results", "open_index"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from codices.resources import search

        return getattr(search, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
