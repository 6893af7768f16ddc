"""The job that trains the projection layer of the profile `embedded`."""

import dagster as dg

from codices.assets.projection import train_projection as train


@dg.job(
    description="Trains the projection layer of the profile `embedded` on `training.pairs`, and shows it at the asset "
    "`projection`; does nothing where the pairs did not change. Takes minutes, on the cores of this machine."
)
def train_projection() -> None:
    train()
