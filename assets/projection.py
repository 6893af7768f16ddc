"""The layer between the towers of `embedded`, trained on a corpus's own figures."""

import dagster as dg

from codices.assets.release import release
from codices.assets.shared import OWNERS, SINGLE_RUN, Codices
from codices.resources.stages.training import projection_folder, refresh_projection


@dg.asset(
    deps=[release],
    backfill_policy=SINGLE_RUN,  # as all others: the command line takes a range of shards only where each has it
    group_name="models",
    kinds={"pytorch"},
    owners=OWNERS,
)
def projection(context: dg.AssetExecutionContext, codices: dg.ResourceParam[Codices]) -> dg.MaterializeResult:
    """Trains the projection layer on `training.pairs` when those changed. Materialise it by hand: nothing asks for it.
    The layer is used once `encoders.projection` names it; then pictures are embedded again, and nothing else."""
    with codices.workspace(context) as workspace:
        report = refresh_projection(workspace)
        folder = projection_folder(workspace.home)
    if report is None:
        return dg.MaterializeResult(metadata={"projection": "not trained: training.pairs is not set"})
    return dg.MaterializeResult(
        metadata={
            "encoders.projection": str(folder / "projection.safetensors"),
            "method": report["chosen"],
            "pairs": report["pairs"],
            "unseen sources": dg.MetadataValue.json(report["methods"]),
            "report": dg.MetadataValue.path(str(folder / "report.html")),
        }
    )
