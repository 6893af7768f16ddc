"""What all commands have in common: one line for an error, the trace when it is asked for, examples in the help."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from codices.resources.settings.settings_error import SettingsError

HELP_WIDTH = 120  # columns at most; a narrower terminal gets its own

EXAMPLES: Mapping[str, Sequence[str]] = {
    "index": ("codices index ~/manuals", "codices index                          # again, the home knows the corpus",
              "codices --home /srv/index index /srv/documents --shards 64"),
    "plan": ("codices plan ~/manuals", "codices plan --retry-failed"),
    "search": ('codices search "load balancer configuration" --modality figure',
               "codices search ports --where \"path LIKE 'guide/%'\" --limit 3",
               "codices search ERR_UPSTREAM_PINNED --explain"),
    "retrieve": ("codices retrieve queries.jsonl --run run.trec",
                 "codices retrieve queries.jsonl --run run.trec --level page"),
    "status": ("codices status", "codices status --json"),
    "metrics": ("codices metrics", "codices metrics > /var/lib/node_exporter/codices.prom"),
    "extract": ("codices extract report.pdf", "codices extract report.pdf --format markdown",
                "codices extract report.pdf --overlay report.html"),
    "releases": ("codices releases", "codices releases promote NAME        # a rollback is promoting an older one"),
    "publish": ("codices publish --to postgresql://localhost/search", "codices publish --to qdrant:copy"),
    "classify": ('codices classify figure.png --labels "line chart,map,photo"',),
    "train-projection": ("codices train-projection --from-index --out layer",),
    "ui": ("codices ui", "codices ui --home /srv/index --port 0"),
    "init": ("codices init", "codices init ~/manuals"),
    "config": ("codices config", "codices config --json"),
    "doctor": ("codices doctor", "codices doctor --json"),
}  # fmt: skip
"""Command -> what one may type, for its help."""


class CodicesGroup(click.Group):
    """Turns the errors that a user can mend into one line and an exit status; with `--debug`, into the trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            sys.exit(130)  # click would say "Aborted!" and exit with 1
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if isinstance(error, SettingsError):
                raise click.UsageError(str(error)) from error
            from codices.pipelines.errors import EXPECTED  # costly to import, so only when there is something to tell

            told = str(error)
            if not isinstance(error, EXPECTED):
                told = (
                    f"unexpected {type(error).__name__}: {error}. The same with `codices --debug` in front shows where"
                )
            click.echo(f"codices: {told}", err=True)
            ctx.exit(1)

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        examples = EXAMPLES.get(name or cmd.name or "")
        if examples:
            cmd.epilog = "\b\nExamples:\n" + "\n".join(f"  {each}" for each in examples)
        super().add_command(cmd, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every command with its whole first sentence, wrapped instead of cut."""
        rows = [(name, command.get_short_help_str(limit=200)) for name, command in sorted(self.commands.items())]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
