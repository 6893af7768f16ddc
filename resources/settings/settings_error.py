"""The error of settings, for those who only catch it: importing the settings themselves takes a third of a second."""

from __future__ import annotations


class SettingsError(Exception):
    """A setting that is unknown or has no usable value; the message names the key and where it was read."""
