"""The deploy of a stack's real program into the sandbox's real servers."""

from workload_secrets.sandbox.deploy.listing import listing
from workload_secrets.sandbox.deploy.run import Deployment, deploy

__all__ = ["Deployment", "deploy", "listing"]
