"""Markup that is made ready for pandoc."""
