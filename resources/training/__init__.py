"""Training of the projection layer: data, losses, drawn figures, the report and the model card."""
