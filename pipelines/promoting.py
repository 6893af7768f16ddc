"""The job that makes a release what readers see: the newest, or an older one, which is a rollback."""

# Without `from __future__ import annotations`: Dagster reads the annotations of an op's config while it is made.

import dagster as dg
from pydantic import Field

from codices.resources.index.errors import ReleaseMissing
from codices.resources.index.releases import list_releases, promote
from codices.resources.orchestration.codices_resource import Codices

NEWEST = "newest"


class Promotion(dg.Config):
    """Which release."""

    release: str = Field(
        default=NEWEST, description="its name, as `codices releases` and the asset `release` list them, or `newest`"
    )


@dg.op(pool="lancedb_writer")
def promote_one(context: dg.OpExecutionContext, config: Promotion, codices: Codices) -> None:
    """Promotes in one commit. Raises ReleaseMissing for a release that there is not."""
    with codices.workspace(context) as workspace:
        workspace.check_identity()
        name = config.release
        if name == NEWEST:
            newest = next(iter(list_releases(workspace.tables)), None)
            if newest is None:
                raise ReleaseMissing("there is no release yet; run the job index_changed")
            name = newest.name
        promoted = promote(workspace.tables, name)
    context.log_event(dg.AssetObservation("release", metadata={"release": promoted.name, "promoted": True}))


@dg.job(
    description="Lets readers see a release: the newest, also where it was kept back as worse, or the one that the "
    "launchpad names. Promoting an older one is a rollback; it stays until something changes."
)
def promote_release() -> None:
    promote_one()
