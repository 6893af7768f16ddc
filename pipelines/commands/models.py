"""`codices classify` and `codices train-projection`: the commands about models."""

from __future__ import annotations

from pathlib import Path

import click

from codices.pipelines.commands.options import home_option, json_option, print_json, settings_of


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False))
@click.option("--labels", required=True, metavar="A,B,C", help="What it may be, separated by commas.")
@json_option
def classify(image: str, labels: str, as_json: bool) -> None:
    """Say which of some labels fits IMAGE best."""
    from codices.resources.encoders import load_image_encoder
    from codices.resources.encoders.common.kinds import classify_image

    options = settings_of().encoders
    asked = [label.strip() for label in labels.split(",") if label.strip()]
    found = classify_image(Path(image), asked, load_image_encoder(options), options)
    if as_json:
        print_json(found)
        return
    for label, probability in found.items():
        click.echo(f"{probability:6.1%}  {label}")


@click.command("train-projection")
@click.argument("pairs", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--from-index", is_flag=True, help="Take the pairs from this home's own figures instead of a file.")
@click.option(
    "--out", "folder", required=True, type=click.Path(file_okay=False), help="Folder for the layer and its card."
)
@click.option("--synthetic", type=click.IntRange(min=0), default=2880, show_default=True, help="Drawn figures added.")
@click.option("--closed-form-only", is_flag=True, help="Leave out CLIP's and SigLIP's losses.")
@home_option
def train_projection(
    pairs: str | None, from_index: bool, folder: str, synthetic: int, closed_form_only: bool, home: str | None
) -> None:
    """Fit the projection layer of the `embedded` profile on PAIRS of figures and captions.

    PAIRS has a JSON object a line: image (a path beside it), alt, caption, heading, title, repo or group, licence.
    Use the result with `projection = "FOLDER/projection.safetensors"` under [encoders].
    """
    from codices.resources.home.home import existing_home
    from codices.resources.stages.training import pairs_of_index
    from codices.resources.training.data import read_pairs
    from codices.resources.training.training import train_projection

    if (pairs is None) != from_index:
        raise click.UsageError("give either a file of PAIRS or --from-index")
    settings = settings_of(home=home)
    losses = () if closed_form_only else settings.training.losses
    options = settings.training.model_copy(update={"synthetic": synthetic, "losses": losses})
    found = pairs_of_index(existing_home(settings)) if pairs is None else read_pairs(Path(pairs))
    report = train_projection(found, Path(folder), options, progress=lambda said: click.echo(said, err=True))
    kinds = "" if report.kind_accuracy is None else f", kinds of drawings {report.kind_accuracy:.1%} right"
    click.echo(f"{folder}: {report.chosen}{kinds}; see report.html")
