"""What the commands have in common: the home, JSON output, settings from the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from codices.resources.settings.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def home_option(command: Command) -> Command:
    """`--home DIR`."""
    return click.option("--home", metavar="DIR", help="Folder of everything computed. Default: .codices")(command)


def json_option(command: Command) -> Command:
    """`--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def settings_of(**overrides: Any) -> Settings:
    """Settings with those of the command line, handed on through the environment to whatever this process starts."""
    from codices.resources.settings.settings import Settings, load_settings
    from codices.resources.settings.settings_keys import unknown_variables

    for key, value in overrides.items():
        if value is not None:
            os.environ[f"CODICES_{key.upper()}"] = str(value)
    for told in unknown_variables(Settings).values():
        click.echo(f"codices: warning: {told}", err=True)
    return load_settings()


def print_json(document: Any) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, default=str))
