"""The program of every stack: loads its configuration and declares its platform."""

from __future__ import annotations

import gc
from pathlib import Path

import pulumi

from components.config.errors import ConfigError
from components.config.load import load
from components.platform.stack import declare

# Declaring makes many objects that all live to the end; collecting them each time costs a third.
gc.set_threshold(200_000, 50, 100)

try:
    outputs = declare(load(pulumi.Config("workload-secrets")), Path(__file__).parent)
except ConfigError as error:
    # The engine then shows the message alone, without a traceback.
    raise pulumi.RunError(str(error)) from error
for name, output in outputs.items():
    pulumi.export(name, output)
