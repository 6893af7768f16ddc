"""`codices releases`: list, promote (a rollback is promoting an older one), diff."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from codices.pipelines.commands.options import home_option, json_option, print_json, settings_of

if TYPE_CHECKING:
    from codices.resources.index.tables import Tables


def _tables(home: str | None) -> Tables:
    from codices.resources.home.home import existing_home
    from codices.resources.stages.workspace import Workspace

    settings = settings_of(home=home)
    workspace = Workspace(settings, existing_home(settings))
    workspace.check_identity()
    return workspace.tables


@click.group(invoke_without_command=True)
@home_option
@json_option
@click.pass_context
def releases(ctx: click.Context, home: str | None, as_json: bool) -> None:
    """List the releases; promote or compare them."""
    ctx.obj = home
    if ctx.invoked_subcommand is not None:
        return
    from codices.resources.index.releases import find_release, list_releases

    tables = _tables(home)
    found = list_releases(tables)
    latest = find_release(tables).name if any(each.promoted_at for each in found) else None
    if as_json:
        print_json([{**asdict(each), "latest": each.name == latest} for each in found])
        return
    listed = Table(box=None)
    for column in ("", "release", "cut at", "promoted at", "nDCG@10"):
        listed.add_column(column, no_wrap=True)
    for each in found:
        quality = (each.metrics.get("retrieval") or {}).get("nDCG@10")
        listed.add_row(
            "latest" if each.name == latest else "",
            each.name,
            f"{each.created_at:%Y-%m-%d %H:%M}",
            f"{each.promoted_at:%Y-%m-%d %H:%M}" if each.promoted_at else "candidate",
            "" if quality is None else f"{quality:.3f}",
        )
    console = Console(width=1000, soft_wrap=True, highlight=False)  # a name is never cut: the terminal wraps
    console.print(listed)
    for each in found:
        if each.note:
            console.print(f"{each.name}: {each.note}", markup=False)


@releases.command()
@click.argument("name")
@home_option
@click.pass_context
def promote(ctx: click.Context, name: str, home: str | None) -> None:
    """Make NAME what readers see; promoting an older one is a rollback."""
    from codices.resources.index.releases import promote

    click.echo(f"{promote(_tables(home or ctx.obj), name).name} is now the latest release")


@releases.command()
@click.argument("a")
@click.argument("b", default="latest")
@home_option
@json_option
@click.pass_context
def diff(ctx: click.Context, a: str, b: str, home: str | None, as_json: bool) -> None:
    """Documents added, changed and removed from A to B, and how the metrics moved."""
    from codices.resources.index.comparison import diff

    found = asdict(diff(_tables(home or ctx.obj), a, b))
    if as_json:
        print_json(found)
        return
    for what in ("added", "changed", "moved", "removed", "failed"):
        click.echo(f"{what}: {len(found[what])}")
        for path in found[what]:
            click.echo(f"  {path if isinstance(path, str) else ' -> '.join(path)}")
    for name, (before, after) in {**found["elements"], **found["metrics"]}.items():
        click.echo(f"{name}: {before} -> {after}")


@click.command()
@click.option("--to", "target", required=True, metavar="URL", help="postgresql://…, qdrant, or qdrant:FOLDER")
@click.option("--release", default="latest", show_default=True)
@home_option
@json_option
def publish(target: str, release: str, home: str | None, as_json: bool) -> None:
    """Copy a release to PostgreSQL (pgvector) or Qdrant; a second run copies only what changed."""
    from codices.resources.index.publish import publish
    from codices.resources.index.releases import open_release

    done = {name: asdict(change) for name, change in publish(open_release(_tables(home), release), target).items()}
    if as_json:
        print_json(done)
        return
    for name, change in done.items():
        click.echo(f"{name}: " + ", ".join(f"{count} {what}" for what, count in change.items()))
