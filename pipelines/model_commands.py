"""`codices classify` and `codices train-projection`: the commands about models."""

from __future__ import annotations

from pathlib import Path

import click

from pipelines.options import json_option, print_json, settings_of


@click.command()
@click.argument("image", type=click.Path(exists=True, dir_okay=False))
@click.option("--labels", required=True, metavar="A,B,C", help="What it may be, separated by commas.")
@json_option
def classify(image: str, labels: str, as_json: bool) -> None:
    """Say which of some labels fits IMAGE best."""
    from resources.encoders import load_image_encoder
    from resources.encoders.kinds import classify_image

    options = settings_of().encoders
    asked = [label.strip() for label in labels.split(",") if label.strip()]
    found = classify_image(Path(image), asked, load_image_encoder(options), options)
    if as_json:
        print_json(found)
        return
    for label, probability in found.items():
        click.echo(f"{probability:6.1%}  {label}")
