"""Makes the example corpus: the technical documentation of Tidegate, an edge gateway that does not exist."""
