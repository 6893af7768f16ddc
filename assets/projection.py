"""The layer between the towers of `embedded`, trained on a corpus's own figures."""

import dagster as dg

from codices.assets.partitions import SINGLE_RUN
from codices.assets.release import release
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.training import projection_folder, refresh_projection


@dg.asset(
    deps=[release],
    backfill_policy=SINGLE_RUN,
)
def projection(context: dg.AssetExecutionContext, codices: Codices) -> dg.MaterializeResult:
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
