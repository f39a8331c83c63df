"""Violations that are planted in a copy of the project, and the command that has to refuse them."""
