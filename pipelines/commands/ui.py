"""`codices ui`."""

from __future__ import annotations

import click

from codices.pipelines.commands.options import home_option, settings_of


@click.command()
@home_option
@click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True, help="0: any that is free.")
def ui(home: str | None, port: int) -> None:
    """Open the Dagster UI on a home: runs, backfills, schedules. Ctrl-C ends it."""
    from codices.pipelines.ui import serve_ui

    click.echo("Starting; this takes half a minute.", err=True)
    serve_ui(settings_of(home=home), port, _announce)


def _announce(url: str) -> None:
    click.echo(url)
    click.echo(
        "To re-index by itself, switch on in Automation: observe_corpus_on_cron (or corpus_folder_changed) and "
        "reindex_stale. Ctrl-C ends the UI.",
        err=True,
    )
