"""`codices doctor`, and the cheap part of it that runs before an index run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from codices.pipelines.commands.options import home_option, json_option, print_json, settings_of

if TYPE_CHECKING:
    from codices.resources.settings.settings import Settings

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red"}


@click.command()
@home_option
@json_option
@click.pass_context
def doctor(ctx: click.Context, home: str | None, as_json: bool) -> None:
    """Check that everything a run needs is here. Exit status 1 when something is missing."""
    from codices.pipelines.terminal.codes import shown
    from codices.resources.health.examine import examine

    settings = settings_of(home=home)
    found = {}
    for name, finding in examine(settings):
        found[name] = finding
        if not as_json:
            click.echo(f"{click.style(finding.status, fg=_COLOURS[finding.status])}  {name:<13} {shown(finding.told)}")
            if finding.mend:
                click.echo(f"{'':<20}mend: {shown(finding.mend)}")
    if as_json:
        print_json([{"check": name, **vars(finding)} for name, finding in found.items()])
    if any(finding.status == "fail" for finding in found.values()):
        ctx.exit(1)


def require_health(settings: Settings, *, stop: bool = True) -> None:
    """Run the cheap checks; say what fails, and with `stop` end the command with status 1 then."""
    from codices.resources.health.examine import examine

    failed = {name: each for name, each in examine(settings, cheap_only=True) if each.status == "fail"}
    told = "\n".join(
        f"{name}: {each.told}" + (f"; mend: {each.mend}" if each.mend else "") for name, each in failed.items()
    )
    if told and stop:
        raise click.ClickException(told)
    if told:
        click.echo(told, err=True)
