"""The `codices` command. `--json` prints one JSON document on standard output, and nothing else there.

Exit status: 0 done (single documents may have failed, they are reported), 1 the run failed, 2 wrong usage,
130 and 143 `codices index` was interrupted by Ctrl-C and by SIGTERM: the same command goes on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from codices.pipelines.commands.command_group import HELP_WIDTH, CodicesGroup
from codices.pipelines.commands.doctor import doctor, require_health
from codices.pipelines.commands.models import classify, train_projection
from codices.pipelines.commands.options import Command, home_option, json_option, print_json, settings_of
from codices.pipelines.commands.releases import publish, releases
from codices.pipelines.commands.settings import config, init
from codices.pipelines.commands.ui import ui
from codices.resources.settings.levels import LEVELS, Level

if TYPE_CHECKING:
    from codices.resources.reports.plan import Plan
    from codices.resources.search.index import Index


class _Search(click.Command):
    """Says how to search for what looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            hint = f"To search for words that begin with a dash: codices search [OPTIONS] -- '{error.option_name}'"
            raise click.UsageError(f"{error.format_message()} {hint}", ctx) from error


def _what_to_do(command: Command) -> Command:
    """The options that a run and its plan share."""
    for option in (
        click.option("--confirm-deletions", is_flag=True, help="Go on although many known documents are missing."),
        click.option("--retry-failed", is_flag=True, help="Try failed documents again."),
        click.option("--force", is_flag=True, help="Compute everything again."),
    ):
        command = option(command)
    return command


@click.group(
    cls=CodicesGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": HELP_WIDTH}
)
@click.version_option(package_name="codices")
@home_option
@click.option("--debug", is_flag=True, help="Show the trace of an error.")
def main(home: str | None, debug: bool) -> None:
    """Documents in, a search index that people trust out."""
    if home is not None:  # as after the command; there it goes before this
        os.environ["CODICES_HOME"] = home


@main.command()
@click.argument("corpus", required=False)
@home_option
@click.option("--shards", type=click.IntRange(1, 65536), help="Partitions; fixed when the home is made. Default: 16")
@click.option("--profile", help="Encoders: embedded, clip or siglip.")
@_what_to_do
@click.option("--rebuild", is_flag=True, help="Write the tables again from what was computed.")
@click.option("--target-saving", metavar="32x", help="Ask for an index so many times smaller than its vectors.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="Of the line of a failed or slow document.")
@json_option
def index(
    corpus: str | None,
    home: str | None,
    shards: int | None,
    profile: str | None,
    force: bool,
    retry_failed: bool,
    rebuild: bool,
    target_saving: str | None,
    log_format: str | None,
    confirm_deletions: bool,
    as_json: bool,
) -> None:
    """Bring the index of CORPUS up to date and cut a release."""
    from codices.pipelines.terminal.progress import Reporter

    _check_corpus(corpus)
    settings = settings_of(
        corpus=corpus,
        home=home,
        shards=shards,
        encoders__profile=profile,
        index__target_saving=target_saving,
        logging__format=log_format,
        safety__max_missing_share=1 if confirm_deletions else None,
    )
    with Reporter() as reporter:  # from here on somebody hears something, while the libraries are loaded too
        from codices.pipelines.run import run_index
        from codices.pipelines.terminal.document_lines import lines_shown
        from codices.pipelines.terminal.printing import print_plan, print_summary
        from codices.resources.workers.isolation import in_hand

        def announce(plan: Plan) -> None:
            print_plan(plan, reporter.console)
            reporter.plan(plan.units)

        reporter.in_hand = in_hand
        require_health(settings)
        with lines_shown(settings.logging, reporter.tell):
            summary = run_index(
                settings,
                force=force,
                retry_failed=retry_failed,
                rebuild=rebuild,
                progress=reporter.progress,
                announce=announce,
            )
    if as_json:
        print_json(summary.to_json())
    else:
        print_summary(summary)


def _check_corpus(corpus: str | None) -> None:
    if corpus is not None and "://" not in corpus and not Path(corpus).is_dir():
        raise click.BadParameter(f"{corpus} is not a folder", param_hint="CORPUS")


@main.command()
@click.argument("corpus", required=False)
@home_option
@click.option("--shards", type=click.IntRange(1, 65536))
@_what_to_do
@json_option
def plan(
    corpus: str | None,
    home: str | None,
    shards: int | None,
    force: bool,
    retry_failed: bool,
    confirm_deletions: bool,
    as_json: bool,
) -> None:
    """Say what `codices index` would do with the same options, without doing it."""
    from codices.pipelines.run import plan_only
    from codices.pipelines.terminal.printing import print_plan

    _check_corpus(corpus)
    settings = settings_of(
        corpus=corpus, home=home, shards=shards, safety__max_missing_share=1 if confirm_deletions else None
    )
    require_health(settings, stop=False)
    found = plan_only(settings, force=force, retry_failed=retry_failed)
    if as_json:
        print_json(found.to_json())
    else:
        print_plan(found)


@main.command(cls=_Search)
@click.argument("query", required=False, default="")
@home_option
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--modality", type=click.Choice(["text", "table", "figure"]))
@click.option("--level", type=click.Choice(LEVELS), default="element", show_default=True, help="What one hit is.")
@click.option("--where", metavar="SQL", help="Filter on any column of the elements table.")
@click.option(
    "--image", type=click.Path(exists=True, dir_okay=False), help="A picture as query, with or without QUERY."
)
@click.option("--release", default="latest", show_default=True)
@click.option("--explain", is_flag=True, help="How the query was read and weighted, and what every leg gave.")
@json_option
def search(
    query: str,
    home: str | None,
    limit: int,
    modality: str | None,
    level: Level,
    where: str | None,
    image: str | None,
    release: str,
    explain: bool,
    as_json: bool,
) -> None:
    """Search the index for QUERY."""
    from codices.pipelines.terminal.hits import print_hits

    opened = _opened(home, release)
    results = opened.search(
        query, limit=limit, modality=modality, level=level, where=where, image=image, explain=explain
    )
    if as_json:
        print_json(results.to_json())
    else:
        print_hits(results, explain, _corpus_of(home))


@main.command()
@click.argument("queries", type=click.Path(exists=True, dir_okay=False))
@home_option
@click.option("--run", "run_file", type=click.Path(dir_okay=False), required=True, help="TREC run file to write.")
@click.option("--level", type=click.Choice(LEVELS), default="element", show_default=True, help="What the ids are.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--modality", type=click.Choice(["text", "table", "figure"]))
@click.option("--release", default="latest", show_default=True)
def retrieve(
    queries: str, home: str | None, run_file: str, level: Level, limit: int, modality: str | None, release: str
) -> None:
    """Run a file of queries ({"id", "text"} a line) and write a TREC run."""
    from codices.resources.search.evaluation.retrieve import read_queries, retrieve_queries, write_run

    opened = _opened(home, release)
    ranked = retrieve_queries(opened, read_queries(queries), level=level, limit=limit, modality=modality)
    write_run(ranked, run_file)
    click.echo(f"{run_file}: written", err=True)


def _opened(home: str | None, release: str) -> Index:
    """The release, searched as this machine's settings say where they say something, else as it was cut."""
    from codices.resources.home.home import home_url
    from codices.resources.search.index import open_index

    settings = settings_of(home=home)
    return open_index(home_url(settings), release=release, search=settings.search, encoders=settings.encoders)


def _corpus_of(home: str | None) -> str | None:
    """The folder of a home's files; None where only its tables were copied."""
    from codices.resources.home.home import read_home

    found = read_home(settings_of(home=home))
    return found.corpus if found is not None else None


@main.command()
@home_option
@json_option
def status(home: str | None, as_json: bool) -> None:
    """Documents by state, failures with their reasons, tables, index coverage, releases."""
    from codices.pipelines.terminal.printing import print_status
    from codices.resources.home.home import existing_home
    from codices.resources.reports.status import full_status
    from codices.resources.stages.workspace import Workspace

    settings = settings_of(home=home)
    found = full_status(Workspace(settings, existing_home(settings)))
    if as_json:
        print_json(found)
    else:
        print_status(found)


@main.command()
@home_option
def metrics(home: str | None) -> None:
    """The state of the home in the text format of Prometheus."""
    from codices.resources.home.home import existing_home
    from codices.resources.reports.metrics import prometheus_text
    from codices.resources.stages.workspace import Workspace

    settings = settings_of(home=home)
    click.echo(prometheus_text(Workspace(settings, existing_home(settings))), nl=False)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@json_option
@click.option(
    "--format",
    "written_as",
    type=click.Choice(["text", "markdown", "json", "html", "unstructured"]),
    default="text",
    show_default=True,
    help="What is printed; unstructured is the JSON of its elements.",
)
@click.option("--overlay", type=click.Path(dir_okay=False), help="Write an HTML page with every box drawn.")
def extract(file: str, as_json: bool, written_as: str, overlay: str | None) -> None:
    """What is cut out of one FILE, without indexing it."""
    from codices.pipelines.terminal.printing import print_extraction
    from codices.resources.reports.single_file import extract_file

    extracted = extract_file(settings_of(), Path(file))
    found = extracted.to_json()
    if overlay:
        Path(overlay).write_text(extracted.overlay(), encoding="utf-8")
    if as_json or written_as == "json":
        print_json(found)
    elif written_as == "markdown":
        click.echo(extracted.to_markdown(), nl=False)
    elif written_as == "html":
        click.echo(extracted.to_html(), nl=False)
    elif written_as == "unstructured":
        print_json(extracted.to_unstructured())
    else:
        print_extraction(found)
    if found["failure"] is not None:
        sys.exit(1)


for command in (releases, publish, classify, train_projection, ui, init, config, doctor):
    main.add_command(command)


if __name__ == "__main__":
    main()
