"""What a person sees on a terminal: progress, plan, summary, hits, status."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from codices.resources.reports.plan import Plan

# Names, reasons and words come from files: they are printed as they are, never taken for markup.
_out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)
_CONTROL = r"\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
_NOT_IN_TEXT = re.compile(f"[{_CONTROL}]")
_NOT_IN_A_LINE = re.compile(f"[{_CONTROL}\\t\\n\u2028-\u202e\u2066-\u2069]")


def shown(text: object, unwanted: re.Pattern[str] = _NOT_IN_A_LINE) -> str:
    """Text without a character that a terminal would obey or that breaks a line: those are written as escapes."""
    return unwanted.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


class Reporter:
    """Progress of every stage on standard error: bars on a terminal, plain lines otherwise."""

    def __init__(self) -> None:
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._done: dict[str, int] = {}
        self._last = 0.0
        self._said = ""

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bars = Progress(
                TextColumn("{task.description:<14}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=_err,
            )
            self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        if self._bars is not None:
            self._bars.stop()

    def progress(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` units of the shard in hand; earlier shards of the same stage are added up."""
        if self._bars is None:
            self._say(stage, done, total)
            return
        before = self._done.get(stage, 0)
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        task = self._bars.tasks[self._tasks[stage]]
        if done == total:
            self._done[stage] = before + total
        grown = max(int(task.total or 0), before + total)
        self._bars.update(self._tasks[stage], completed=before + done, total=grown)

    def _say(self, stage: str, done: int, total: int) -> None:
        if done == total:
            self._done[stage] = self._done.get(stage, 0) + total
        now = time.monotonic()
        if stage != self._said or now - self._last > 10:
            if self._said and stage != self._said:
                _err.print(f"{self._said}: {self._done.get(self._said, 0)} done")
            self._said, self._last = stage, now


def print_plan(plan: Plan, err: bool = False) -> None:
    """Documents per state, units per stage and estimated minutes, a line each."""
    console = _err if err else _out
    states = ", ".join(f"{count} {state}" for state, count in plan.documents.items() if count) or "none"
    console.print(f"Documents: {states}")
    if plan.nothing_to_do:
        console.print("Nothing to do: every document is indexed as it is.")
        return
    parts = []
    for stage, units in plan.compute.items():
        about = plan.estimated.get(stage, 0)
        if units + about:
            parts.append(f"{'about ' if about else ''}{units + about} {stage}")
    console.print(f"To do in {len(plan.stale)} shards: {', '.join(parts) or 'a release'}")
    if plan.minutes is None:
        console.print("Time: not known before the first run")
    else:
        time = f"{plan.minutes * 60:.0f} seconds" if plan.minutes < 2 else f"{plan.minutes:.0f} minutes"
        console.print(f"Time: about {time}, as earlier runs took")


def print_summary(summary: Any) -> None:
    """What an index run did."""
    documents, elements = summary.documents, summary.elements
    _out.print(
        f"Documents: {documents['indexed']} indexed, {documents['unchanged']} unchanged, "
        f"{documents['removed']} removed, {documents['failed']} failed"
    )
    _out.print(f"Elements:  {elements['text']} text, {elements['table']} tables, {elements['figure']} figures")
    _out.print(f"Release:   {summary.release or 'none yet'}   ({summary.seconds:.1f} s)")
    for note in summary.notes:
        _out.print(f"Note:      {shown(note)}")
    print_failures(summary.failures)


def print_failures(failures: list[dict[str, str]]) -> None:
    """Every failed document with its reason."""
    if failures:
        _out.print("Failed documents:")
    for failure in failures:
        said = f"{failure['path']}: {failure['reason']} ({failure['stage']}, {failure['kind']})"
        _out.print(f"  {shown(said)}")


def print_hits(results: Any, explain: bool) -> None:
    """One block a hit: place, heading, the words, how many others it stands for, and when asked the legs that found
    it and how the query was read."""
    hits = results.to_json()["hits"]
    if explain:
        _print_explanation(results.explanation)
    if not hits:
        _out.print("No hit.")
    for number, hit in enumerate(hits, start=1):
        head = Text(f"{number:>2}  ", style="dim")
        head.append(hit["modality"], style={"figure": "magenta", "table": "cyan"}.get(hit["modality"], "green"))
        head.append(f"  {shown(hit['source_path'] or hit['path'])}", style="bold")
        if hit["pages"]:
            head.append("  p. " + ", ".join(map(str, hit["pages"])))
        if hit["source_path"] and hit["source_path"] != hit["path"]:
            head.append(f"  (in {shown(hit['path'])})", style="dim")
        _out.print(head)
        if hit["heading_path"]:
            _out.print(Text("      " + shown(" > ".join(hit["heading_path"])), style="dim"))
        words = shown(" ".join((hit["caption"] or hit["text"] or "").split()))
        _out.print(Text("      " + (words[:160] + "…" if len(words) > 160 else words)))
        if hit["siblings"]:
            _out.print(Text(f"      and {len(hit['siblings'])} more of the same", style="dim"))
        if explain:
            for leg, part in hit["legs"].items():
                _out.print(
                    Text(f"      {leg}: rank {part['rank']}, contributes {part['contribution']:.4f}", style="dim")
                )


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


def print_status(status: dict[str, Any]) -> None:
    """The answer of `codices status`."""
    _out.print(f"Home:      {shown(status['home'])}")
    _out.print(f"Corpus:    {shown(status['corpus'])} ({status['shards']} shards)")
    _out.print("Documents: " + (", ".join(f"{n} {state}" for state, n in status["documents"].items()) or "none"))
    _out.print("Elements:  " + ", ".join(f"{n} {modality}" for modality, n in status["elements"].items()))
    tables = Table(box=None)
    for column in ("table", "rows", "version", "fragments", "versions", "unindexed rows"):
        tables.add_column(column, justify="left" if column == "table" else "right")
    for name, counts in status["tables"].items():
        tables.add_row(name, *(str(counts.get(key, "")) for key in _TABLE_COLUMNS))
    _out.print(tables)
    if status["problem"]:
        _out.print(f"Problem:   {status['problem']}")
    _out.print(f"Release:   {status['release'] or 'none yet'} of {len(status['releases'])}")
    if status["warnings"]:
        count = len({warning["path"] for warning in status["warnings"]})
        _out.print(f"Warnings:  {count} indexed documents have parts that could not be read; `--json` lists them")
    print_failures(status["failures"])


_TABLE_COLUMNS = ("rows", "version", "fragments", "versions", "unindexed")


def print_extraction(found: dict[str, Any]) -> None:
    """One file's text, how many tables and figures it has, and what of it is lost."""
    if found["failure"] is not None:
        _err.print(shown(f"{found['path']}: {found['failure']['message']} ({found['failure']['kind']})"))
        return
    _out.print(shown(found["text"], _NOT_IN_TEXT))
    _err.print(f"-- {found['pages']} pages, {len(found['tables'])} tables, {len(found['figures'])} figures")
    for warning in found["warnings"]:
        _err.print(shown(f"-- warning: {warning['message']} ({warning['kind']})"))
