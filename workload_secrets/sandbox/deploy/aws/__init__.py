"""Handlers for AWS resources, against the sandbox's emulator."""
