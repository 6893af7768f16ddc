"""`codices init` and `codices config`: a settings file to begin with, and what counts."""

from __future__ import annotations

from pathlib import Path

import click

from codices.pipelines.commands.options import home_option, json_option, print_json, settings_of


@click.command()
@click.argument("corpus", required=False)
def init(corpus: str | None) -> None:
    """Write a commented codices.toml here, for CORPUS if that is given."""
    from codices.resources.settings.settings import settings_file
    from codices.resources.settings.settings_file import write_settings_file

    path = settings_file()
    write_settings_file(path, corpus)
    click.echo(f"{path} is written. Next: {'codices index' if corpus else 'set `corpus` in it, then codices index'}")


@click.command()
@home_option
@json_option
def config(home: str | None, as_json: bool) -> None:
    """Print every setting's value and where it comes from: default, file, environment or option."""
    from codices.resources.settings.settings import read_settings_file, settings_file
    from codices.resources.settings.settings_file import toml_value
    from codices.resources.settings.settings_keys import effective

    settings = settings_of(home=home)
    found = effective(settings, read_settings_file(), options=() if home is None else ("home",))
    path = settings_file()
    if as_json:
        print_json({"file": str(path.resolve()) if Path(path).exists() else None, "settings": [vars(e) for e in found]})
        return
    click.echo(f"# file: {path.resolve() if path.exists() else f'{path} (none)'}")
    width = max(len(each.key) for each in found)
    for each in found:
        value = "(not set)" if each.value is None else toml_value(each.value)
        click.echo(f"{each.source:<11}  {each.key:<{width}} = {value}")
