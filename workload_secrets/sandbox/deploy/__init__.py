"""Handlers that make a stack's resources on the sandbox's real servers, and what is there then."""

from workload_secrets.sandbox.deploy.listing import listing

__all__ = ["listing"]
