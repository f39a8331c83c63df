"""Real servers on 127.0.0.1, and the deploy of a stack into them."""

from workload_secrets.sandbox.api import down, load, running, up
from workload_secrets.sandbox.endpoints import endpoints

__all__ = ["down", "endpoints", "load", "running", "up"]
