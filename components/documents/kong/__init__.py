"""Kong's files and objects: pure functions, no Pulumi."""
