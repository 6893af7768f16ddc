"""What a person sees on a terminal: plan, summary, status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from codices.pipelines.terminal.codes import NOT_IN_TEXT, plain_console, shown

if TYPE_CHECKING:
    from codices.resources.reports.plan import Plan

_out = plain_console()
_err = plain_console(stderr=True)


def print_plan(plan: Plan, console: Console = _out) -> None:
    """Documents per state, units per stage and estimated minutes, a line each."""
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
    _out.print(shown(found["text"], NOT_IN_TEXT))
    _err.print(f"-- {found['pages']} pages, {len(found['tables'])} tables, {len(found['figures'])} figures")
    for warning in found["warnings"]:
        _err.print(shown(f"-- warning: {warning['message']} ({warning['kind']})"))
