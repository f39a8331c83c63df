"""The one error a bad stack file ends in."""

from __future__ import annotations


class ConfigError(ValueError):
    """A stack file is refused before anything is made.

    The message has one line a problem: file, key, what was got (never where a secret
    could stand), what is allowed and the remedy.
    """
