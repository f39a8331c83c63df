"""The whole stack file as one model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from components.config.base import Model
from components.config.ci import Ci
from components.config.endpoints import Endpoints
from components.config.facts import Facts
from components.config.fields import Environment, Name
from components.config.gateways.model import Gateway
from components.config.secrets import Secret
from components.config.shared import Shared
from components.config.workloads import Workload, Writer


class StackConfig(Model):
    """Placeholders ({environment}, {Environment}) are resolved before this is made."""

    environment: Environment
    tier: Literal["development", "production"]
    facts: Facts
    endpoints: Endpoints
    shared: Shared = Shared()
    secrets: Mapping[Name, Secret]
    workloads: Mapping[Name, Workload]
    writers: Mapping[Name, Writer] = {}
    gateways: Mapping[Name, Gateway] = {}
    ci: Ci | None = None
