"""Handlers for Kubernetes resources, against the sandbox's API server."""
