"""What every reader of a format needs: the model of what is cut out, limits, encodings, the flow of a document."""
