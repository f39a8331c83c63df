"""How a workload's pods get their secrets, as it travels in the graph. Names, never values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from workload_secrets.declaration.secret import DeclarationModel


class DeliveredFile(DeclarationModel):
    """One file that an agent writes; with `format: keys` a folder with a file for each key.

    `names` holds every key that the file has, with its name in it. `mode` is octal text.
    """

    name: str
    secret: str
    format: Literal["env", "json", "keys", "template"]
    mode: str
    names: Mapping[str, str]
    optional: tuple[str, ...] = ()


class Target(DeclarationModel):
    """The object of the workload's namespace whose pod template is patched."""

    kind: Literal["Deployment", "StatefulSet", "CronJob"]
    name: str


class Delivery(DeclarationModel):
    """`files` belong to the ways `agent` and `csi`, where `names` are those of single files;
    `kubernetes_secrets` to `eso` and `vso`: where each secret goes."""

    way: Literal["direct", "agent", "csi", "eso", "vso"]
    target: Target | None = None
    files: tuple[DeliveredFile, ...] = ()
    kubernetes_secrets: Mapping[str, str] = {}
