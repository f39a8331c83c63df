"""Handlers for Vault and OpenBao resources, against the sandbox's OpenBao."""
