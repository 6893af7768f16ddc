"""`codices search` on a terminal: a block a hit, with a link to its file, and the query's words marked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from codices.pipelines.terminal.codes import plain_console, shown
from codices.resources.foundation.files import is_remote
from codices.resources.search.results import Results
from codices.resources.search.showing import body, cells, marked

_COLOURS = {"figure": "magenta", "table": "cyan"}
_INDENT = 6
_WORDS = 200  # characters of a hit's text
_out = plain_console()


def print_hits(results: Results, explain: bool, corpus: str | None = None) -> None:
    """One block a hit: score, place, heading, words, how many others it stands for, and when asked the legs that found
    it and how the query was read. `corpus` is the folder of the files, for links; None where it is not known."""
    if explain:
        _print_explanation(results.explanation)
    if not len(results):
        _out.print("No hit.")
    for hit in results:
        _out.print(_head(hit, corpus))
        if hit["heading_path"]:
            _out.print(Text(" " * _INDENT + shown(" > ".join(hit["heading_path"])), style="dim"))
        _print_words(hit, results.query)
        if hit["siblings"]:
            _out.print(Text(f"{'':<{_INDENT}}and {len(hit['siblings'])} more of the same", style="dim"))
        for leg, part in hit["legs"].items() if explain else ():
            told = f"{leg}: rank {part['rank']}, contributes {part['contribution']:.4f}"
            _out.print(Text(" " * _INDENT + told, style="dim"))


def _head(hit: Mapping[str, Any], corpus: str | None) -> Text:
    head = Text()
    head.append(f"{hit['rank']:>2}  {hit['score']:.3f}  ", style="dim")
    head.append(hit["modality"], style=_COLOURS.get(hit["modality"], "green"))
    place = hit["source_path"] or hit["path"]
    link = _link(corpus, place, hit["pages"])
    head.append("  ")
    head.append(shown(place), style=f"bold link {link}" if link else "bold")
    if hit["pages"]:
        head.append("  p. " + ", ".join(map(str, hit["pages"])))
    if place != hit["path"]:
        head.append(f"  (in {shown(hit['path'])})", style="dim")
    return head


def _link(corpus: str | None, path: str, pages: list[int] | None) -> str | None:
    """The address of a file that is there; rich writes it on terminals only."""
    if corpus is None or is_remote(corpus):
        return None
    file = Path(corpus, path)
    if not file.is_file():  # inside another file, or gone
        return None
    return file.as_uri() + (f"#page={pages[0]}" if pages and file.suffix.lower() == ".pdf" else "")


def _print_words(hit: Mapping[str, Any], query: str) -> None:
    if hit["caption"]:
        _out.print(_marked(hit["caption"], query))
    if hit["modality"] == "table":
        _out.print(_grid(hit), soft_wrap=False)
    elif not hit["caption"]:
        _out.print(_marked(body(hit), query))


def _marked(text: str, query: str) -> Text:
    line = Text(" " * _INDENT)
    for piece, of_query in marked(text, query, _WORDS):
        line.append(shown(piece), style="bold yellow" if of_query else "")
    return line


def _grid(hit: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    rows = cells(hit)
    for _ in range(max(map(len, rows), default=0) + 1):
        grid.add_column(no_wrap=True, overflow="ellipsis")
    for number, row in enumerate(rows):
        grid.add_row(" " * (_INDENT - 2), *(Text(shown(cell)) for cell in row), style="" if number else "bold")
    return grid


def _print_explanation(explanation: Mapping[str, Any]) -> None:
    weights = ", ".join(f"{leg} {weight:.3g}" for leg, weight in explanation["weights"].items())
    timings = ", ".join(f"{leg} {ran['ms']:.0f} ms ({ran['hits']} hits)" for leg, ran in explanation["legs"].items())
    lines = {
        "words": explanation["words"],
        "identifiers": ", ".join(explanation["identifiers"]),
        "phrases": ", ".join(explanation["phrases"]),
        "asks for": explanation["intent"],
        explanation["fusion"]: weights,
        "legs": f"{timings}; all {explanation['ms']:.0f} ms",
    }
    for name, told in lines.items():
        if told:
            _out.print(Text(f"{name}: {told}", style="dim"))
