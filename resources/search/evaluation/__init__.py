"""Queries with judgements: runs, measures, reports, and what is learnt from them."""
