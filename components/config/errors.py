"""The one error a bad stack file ends in."""

from __future__ import annotations


class ConfigError(ValueError):
    """A stack file is refused before anything is made.

    The message has one line a problem: file, key, what was got (never where a secret
    could stand), what is allowed and the remedy. `rules` are the ids of the review's rules
    about what was refused: the review itself never gets to see it.
    """

    def __init__(self, message: str, rules: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.rules = rules
