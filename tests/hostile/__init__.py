"""Documents that mean harm, drawn from a seed, and the check that none of them hurts the documents beside it."""
