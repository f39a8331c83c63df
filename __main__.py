"""The program of every stack: loads its configuration and declares its platform."""

from __future__ import annotations

import gc
from pathlib import Path

import pulumi

from components.config.load import load
from components.platform.stack import declare

# Declaring makes many objects that all live to the end; collecting them each time costs a third.
gc.set_threshold(200_000, 50, 100)

outputs = declare(load(pulumi.Config("workload-secrets")), Path(__file__).parent)
for name, output in outputs.items():
    pulumi.export(name, output)
