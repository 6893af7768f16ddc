"""Search over a release. Importing this is cheap (settings do it); LanceDB comes with the first name that needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codices.resources.search.index import Index, open_index
    from codices.resources.search.results import Results

__all__ = ["Index", "Results", "open_index"]


def __getattr__(name: str) -> Any:
    if name in ("Index", "open_index"):
        from codices.resources.search import index

        return getattr(index, name)
    if name == "Results":
        from codices.resources.search.results import Results

        return Results
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
