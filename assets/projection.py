"""The layer between the towers of `embedded`, trained on a corpus's own figures."""

from pathlib import Path

import dagster as dg

from codices.assets.release import release
from codices.resources.orchestration.codices_resource import Codices
from codices.resources.stages.training import projection_folder, refresh_projection

NAME = "projection"


def train(context: dg.OpExecutionContext, codices: Codices) -> None:
    """Trains the projection layer on `training.pairs` when those changed, and shows at the asset what came of it."""
    with codices.workspace(context) as workspace:
        report = refresh_projection(workspace)
        folder = projection_folder(workspace.home)
    if report is None:
        context.log_event(dg.AssetObservation(NAME, metadata={NAME: "not trained: training.pairs is not set"}))
        return
    metadata = {
        "encoders.projection": str(folder / "projection.safetensors"),
        "method": report["chosen"],
        "pairs": report["pairs"],
        "unseen sources": dg.MetadataValue.json(report["methods"]),
        "report": dg.MetadataValue.path(str(folder / "report.html")),
    }
    context.log_event(dg.AssetMaterialization(NAME, metadata=metadata))


projection = dg.AssetSpec(
    NAME,
    deps=[release],
    description="The projection layer, from the job `train_projection`: training is no part of an index run, nor of "
    "what materializes all assets. The layer is used once `encoders.projection` names it; then pictures are embedded "
    "again, and nothing else.",
    metadata={
        "dagster/code_references": dg.CodeReferencesMetadataValue(
            code_references=[
                dg.LocalFileCodeReference(
                    file_path=str(Path(__file__).resolve()), line_number=train.__code__.co_firstlineno
                )
            ]
        )
    },
)
train_projection = dg.op(name="projection_layer")(train)
