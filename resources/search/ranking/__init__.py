"""Legs, their weights, and their fusion into one ranking."""
